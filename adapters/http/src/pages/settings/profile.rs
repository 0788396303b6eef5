//! What a member chooses for themselves: names, language, theme, time zone. The menu has the switches for two of them.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{
    language::Language,
    profile::Profile,
    text::Name,
    theme::Theme,
    violation::{Rule, Violations},
    zone::Zone,
};
use qualify_usecases::SignedIn;
use serde::Deserialize;
use url::Url;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    routes::is_page,
    text::Text,
    web::Web,
};

const HERE: &str = "/settings/profile";

#[derive(Template)]
#[template(path = "pages/settings/profile.html")]
struct ProfilePage {
    page: Page,
    filled: Filled,
    languages: [(&'static str, &'static str); 2],
    themes: [(&'static str, String); 3],
    zones: Vec<&'static str>,
    /// Where clocks are read by who chooses nothing.
    usual_zone: String,
    email: String,
    /// Since which day no mail to it is taken; empty if it is.
    refused: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
}

/// `GET /settings/profile`
pub async fn open(
    State(web): State<Web>,
    Member(member): Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Profile { first_name, last_name, language, theme, time_zone } = member.profile();
    let filled = Filled::default()
        .with("first_name", first_name)
        .with("last_name", last_name)
        .with("language", language.code())
        .with("theme", theme.code())
        .with("time_zone", time_zone.map_or("", Zone::name));
    let mut page = profile_page(&web, &member, filled).await?;
    if coming.is_ok_and(|Query(coming)| !coming.saved.is_empty()) {
        page.page.toast = page.page.t.get("settings-saved");
    }
    show(&page)
}

async fn profile_page(web: &Web, member: &SignedIn, filled: Filled) -> Result<ProfilePage, Problem> {
    let page = super::page(member, HERE);
    let refused_at = web.app().profiles.mail_refused_at(member).await?;
    Ok(ProfilePage {
        languages: choices::languages(),
        themes: choices::themes(page.t),
        zones: Zone::places().map(Zone::name).collect(),
        usual_zone: member.organization_zone.map_or_else(|| web.zone_name().to_owned(), |zone| zone.to_string()),
        email: member.email.to_string(),
        refused: refused_at.map(|since| web.calendar(member).day(since)).unwrap_or_default(),
        page,
        filled,
    })
}

/// `POST /settings/profile`
pub async fn change(
    State(web): State<Web>,
    Member(member): Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    const NAMES: [&str; 5] = ["first_name", "last_name", "language", "theme", "time_zone"];
    let typed = posted.only(NAMES)?;
    match parse(&typed) {
        Ok(profile) => {
            web.app().profiles.change(&member, &profile).await?;
            Ok(Redirect::to(&format!("{HERE}?saved=1")).into_response())
        }
        Err(faults) if wants_page(&headers) => {
            let filled =
                NAMES.into_iter().zip(typed).fold(Filled::default(), |filled, (name, value)| filled.with(name, value));
            let page = profile_page(&web, &member, filled.faulty_all(&faults, Text::new(member.language))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)?).into_response())
        }
        Err(faults) => Err(Problem::invalid(faults)),
    }
}

fn parse([first_name, last_name, language, theme, time_zone]: &[String; 5]) -> Result<Profile, Violations> {
    let mut faults = Violations::default();
    let first_name = faults.keep("first_name", Name::parse(first_name));
    let last_name = faults.keep("last_name", Name::parse(last_name));
    let language = faults.keep("language", language.parse::<Language>());
    let theme = faults.keep("theme", theme.parse::<Theme>());
    let time_zone = faults.keep("time_zone", Zone::parse_optional(time_zone));
    let profile = match (first_name, last_name, language, theme, time_zone) {
        (Some(first_name), Some(last_name), Some(language), Some(theme), Some(time_zone)) => {
            Some(Profile { first_name, last_name, language, theme, time_zone })
        }
        _ => None,
    };
    faults.or(profile)
}

/// `POST /settings/profile/language`: the switch of the menu.
pub async fn speak(
    State(web): State<Web>,
    Member(member): Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [code] = posted.only(["language"])?;
    let language = chosen("language", code.parse())?;
    web.app().profiles.change(&member, &Profile { language, ..member.profile() }).await?;
    Ok(Redirect::to(&back(&headers, &web)).into_response())
}

/// `POST /settings/profile/theme`: the switch of the menu.
pub async fn light(
    State(web): State<Web>,
    Member(member): Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [code] = posted.only(["theme"])?;
    let theme = chosen("theme", code.parse())?;
    web.app().profiles.change(&member, &Profile { theme, ..member.profile() }).await?;
    Ok(Redirect::to(&back(&headers, &web)).into_response())
}

fn chosen<T>(field: &'static str, parsed: Result<T, Rule>) -> Result<T, Problem> {
    let mut faults = Violations::default();
    let value = faults.keep(field, parsed);
    faults.or(value).map_err(Problem::invalid)
}

/// The page the switch was used on, if it is one of ours that can be looked at again.
fn back(headers: &HeaderMap, web: &Web) -> String {
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()?.parse::<Url>().ok());
    let ours = referrer.filter(|url| url.origin().ascii_serialization() == web.origin() && is_page(url.path()));
    ours.map_or_else(|| HERE.to_owned(), |url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}
