//! What owners opened for support: until when, what for, and when somebody came in (PRV-11).

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::UserId,
    organization::Member as Person,
    support::{MOST_HOURS, SupportError, SupportGrant, SupportVisit},
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error, OpenSupport};

use super::settings::{self, members::name};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const HERE: &str = "/privacy/support";
/// For how many hours it is opened unless somebody says otherwise.
const USUAL: &str = "2";

#[derive(Template)]
#[template(path = "pages/support.html")]
struct SupportPage {
    page: Page,
    /// The grants that are open, and those that are over.
    open: Vec<Row>,
    over: Vec<Row>,
    most: u8,
    filled: Filled,
}

struct Row {
    reason: String,
    author: String,
    opened: Moment,
    until: Moment,
    /// When it was ended before its time, and by whom.
    ended: Option<(Moment, String)>,
    visits: Vec<Visit>,
}

struct Visit {
    /// When somebody came in; none if the link was never used.
    begun: Option<Moment>,
    made: Moment,
    left: Option<Moment>,
}

/// `GET /privacy/support`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    support_page(&web, &member, Filled::default().with("hours", USUAL)).await
}

async fn support_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let calendar = web.calendar(&member.0);
    let listed = web.app().support.list(&member.0.actor).await?;
    let row = |(grant, visits): &(SupportGrant, Vec<SupportVisit>)| {
        let known = |id| named(&listed.members, id);
        Row {
            reason: grant.reason.to_string(),
            author: known(grant.author),
            opened: calendar.moment(grant.opened_at),
            until: calendar.moment(grant.ends_at),
            ended: grant.ended.map(|(at, by)| (calendar.moment(at), known(by))),
            visits: visits.iter().map(|visit| told(&calendar, visit)).collect(),
        }
    };
    let (open, over) = listed.grants.iter().partition::<Vec<_>, _>(|(grant, _)| grant.is_open(listed.now));
    show(&SupportPage {
        page: settings::page(&member.0, HERE),
        open: open.into_iter().map(row).collect(),
        over: over.into_iter().map(row).collect(),
        most: MOST_HOURS,
        filled,
    })
}

fn named(members: &[Person], id: UserId) -> String {
    members.iter().find(|one| one.membership.user == id).map(name).unwrap_or_default()
}

fn told(calendar: &Calendar, visit: &SupportVisit) -> Visit {
    Visit {
        begun: visit.begun_at.map(|at| calendar.moment(at)),
        made: calendar.moment(visit.made_at),
        left: visit.left_at.map(|at| calendar.moment(at)),
    }
}

/// `POST /privacy/support`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [hours, reason] = posted.only(["hours", "reason"])?;
    let filled = Filled::default().with("hours", &*hours).with("reason", &*reason);
    let outcome = match parse(&hours, &reason) {
        Ok(command) => web.app().support.open(&member.0.actor, command).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let t = member.text();
    let filled = match outcome {
        Ok(_) => return Ok(Redirect::to(HERE).into_response()),
        Err(error) if !wants_page(&headers) => return Err(error.into()),
        Err(Error::Invalid(faults)) => filled.faulty_all(&faults, t),
        Err(Error::Rule(Broken::Support(error))) => filled.faulty("hours", refused(t, error)),
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, support_page(&web, &member, filled).await?).into_response())
}

fn parse(hours: &str, reason: &str) -> Result<OpenSupport, Violations> {
    let mut faults = Violations::default();
    let hours = faults.keep("hours", hours.trim().parse::<u8>().map_err(|_| Rule::NotAChoice));
    let reason = faults.keep("reason", Message::parse(reason));
    faults.or(hours.zip(reason).map(|(hours, reason)| OpenSupport { hours, reason }))
}

fn refused(t: Text, error: SupportError) -> String {
    t.get(match error {
        SupportError::Hours => "support-hours-fault",
        SupportError::Open => "support-open-already",
        SupportError::Over => "support-over-already",
    })
}

/// `POST /privacy/support/end`: whoever is in sees nothing more.
pub async fn end(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    match web.app().support.end(&member.0.actor).await {
        // It is over, whoever ended it.
        Ok(()) | Err(Error::Rule(Broken::Support(SupportError::Over))) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => Err(error.into()),
    }
}
