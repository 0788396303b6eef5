//! What the organization says of itself: name, language, place, working hours, holidays, and whom it asks for a second
//! factor.

mod typed;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::Permission, holiday::Holiday, mfa_policy::MfaPolicy, text::Name, violation::Violations,
    working_hours::Working, zone::Zone,
};
use qualify_usecases::{Error, OrganizationFile};
use serde::Deserialize;

use self::typed::{DAYS, Typed};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::Calendar,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

pub(super) const HERE: &str = "/settings/organization";

#[derive(Template)]
#[template(path = "pages/settings/organization.html")]
struct OrganizationPage {
    page: Page,
    filled: Filled,
    version: i32,
    languages: [(&'static str, &'static str); 2],
    zones: Vec<&'static str>,
    /// Where clocks are read if the organization does not say.
    usual_zone: String,
    days: Vec<Weekday>,
    /// Whether it is working time now, in words.
    now: String,
    is_open: bool,
    holidays: Vec<Day>,
    /// The policies to choose from; none for who may not choose.
    policies: Vec<(String, String)>,
    may_close: bool,
}

struct Weekday {
    name: String,
    from: &'static str,
    until: &'static str,
}

struct Day {
    iso: String,
    words: String,
    name: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
}

/// `GET /settings/organization`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let file = web.app().settings.view(&member.0.actor).await?;
    let mut page = organization_page(&web, &member, &file, typed::of(&file.settings));
    if coming.is_ok_and(|Query(coming)| !coming.saved.is_empty()) {
        page.page.toast = member.text().get("settings-saved");
    }
    show(&page)
}

fn organization_page(web: &Web, member: &Member, file: &OrganizationFile, filled: Filled) -> OrganizationPage {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let (is_open, now) = now(web, file, t);
    let day = |holiday: &Holiday| Day {
        iso: holiday.day.to_string(),
        words: calendar.date(holiday.day),
        name: holiday.name.to_string(),
    };
    OrganizationPage {
        page: super::page(&member.0, HERE),
        filled: filled.or("policy", file.policy.code()),
        version: file.version,
        languages: choices::languages(),
        zones: Zone::places().map(Zone::name).collect(),
        usual_zone: web.zone_name().to_owned(),
        days: DAYS.map(|(from, until, key)| Weekday { name: t.get(key), from, until }).into(),
        now,
        is_open,
        holidays: file.holidays.iter().map(day).collect(),
        policies: if member.0.actor.may(Permission::RequireSecondFactor) { policies(t) } else { Vec::new() },
        may_close: member.0.actor.may(Permission::CloseOrganization),
    }
}

/// Whether the organization works now, as its own clocks tell it.
fn now(web: &Web, file: &OrganizationFile, t: Text) -> (bool, String) {
    let schedule = file.settings.schedule(&file.holidays, web.zone());
    let calendar = Calendar::new(t.language(), schedule.zone.clone(), web.now());
    match schedule.at(web.now()) {
        Working::Open(None) => (true, t.get("hours-always")),
        Working::Open(Some(until)) => (true, t.with("hours-open", "until", calendar.moment(until).full)),
        Working::Closed(Some(until)) => (false, t.with("hours-closed", "until", calendar.moment(until).full)),
        Working::Closed(None) => (false, t.get("hours-never")),
    }
}

fn policies(t: Text) -> Vec<(String, String)> {
    let name = |policy| match policy {
        MfaPolicy::Off => t.get("policy-off"),
        MfaPolicy::OwnersAndAdmins => t.get("policy-owners-and-admins"),
        MfaPolicy::Everybody => t.get("policy-everybody"),
    };
    MfaPolicy::ALL.into_iter().map(|policy| (policy.code().to_owned(), name(policy))).collect()
}

/// `POST /settings/organization`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let typed = Typed::read(&posted)?;
    let version: i32 = typed.version.parse().map_err(|_| Problem::bad_request())?;
    let outcome = match typed.parse() {
        Ok(settings) => web.app().settings.change(&member.0.actor, &settings, version).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, Some(typed.filled())).await
}

/// `POST /settings/organization/holidays`
pub async fn add_holiday(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [day, holiday] = posted.only(["day", "holiday"])?;
    let mut faults = Violations::default();
    let parsed = (faults.keep("day", Holiday::parse_day(&day)), faults.keep("holiday", Name::parse(&holiday)));
    let parsed = match parsed {
        (Some(day), Some(name)) => Some(Holiday { day, name }),
        _ => None,
    };
    let outcome = match faults.or(parsed) {
        Ok(holiday) => web.app().settings.add_holiday(&member.0.actor, &holiday).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, Some(Filled::default().with("day", day).with("holiday", holiday))).await
}

/// `POST /settings/organization/holidays/{day}/removal`
pub async fn remove_holiday(
    State(web): State<Web>,
    Member(member): Member,
    Path(day): Path<String>,
) -> Result<Response, Problem> {
    let day = Holiday::parse_day(&day).map_err(|_| Problem::not_found())?;
    web.app().settings.remove_holiday(&member.actor, day).await?;
    Ok(Redirect::to(&format!("{HERE}?saved=1")).into_response())
}

/// `POST /settings/security/second-factor/policy`: whom the organization asks for a second factor (AUTH-15).
pub async fn require(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [policy] = posted.only(["policy"])?;
    let mut faults = Violations::default();
    let outcome = match faults.keep("policy", policy.parse::<MfaPolicy>()) {
        Some(policy) => web.app().second_factors.require(&member.0.actor, policy).await,
        None => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, None).await
}

/// On to the page, or the page again with the faults; `filled` is what was typed into one of its forms.
async fn answer(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    filled: Option<Filled>,
) -> Result<Response, Problem> {
    let (t, filled) = (member.text(), filled.unwrap_or_default());
    let (status, filled) = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("{HERE}?saved=1")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t))
        }
        Err(Error::Conflict(_)) if wants_page(headers) => {
            (StatusCode::CONFLICT, filled.faulty("day", t.get("holiday-twice")))
        }
        Err(Error::Stale) if wants_page(headers) => {
            (StatusCode::CONFLICT, filled.faulty("form", t.get("organization-stale")))
        }
        Err(error) => return Err(error.into()),
    };
    let file = web.app().settings.view(&member.0.actor).await?;
    let filled = typed::of(&file.settings).over(filled);
    let page = show(&organization_page(web, member, &file, filled))?;
    Ok((status, page).into_response())
}
