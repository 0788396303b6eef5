//! Where people ask, what is served by itself, and requests that came by letter or by telephone.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use jiff::civil::Date;
use qualify_domain::{
    rights_request::{Right, RightsPolicy},
    text::{Email, Message},
    violation::{Rule, Violations},
};
use qualify_usecases::{ChangeRightsSettings, Error, NewRequest};

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    public::rights::{right_name, rights},
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/privacy_requests/settings.html")]
struct SettingsPage {
    page: Page,
    filled: Filled,
    address: String,
    rights: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "pages/privacy_requests/new.html")]
struct NewPage {
    page: Page,
    filled: Filled,
    rights: Vec<(&'static str, String)>,
}

/// `GET /privacy-requests/settings`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    settings_page(&web, &member, Filled::default()).await
}

async fn settings_page(web: &Web, member: &Member, typed: Filled) -> Result<Response, Problem> {
    let t = member.text();
    let settings = web.app().rights.settings(&member.0.actor).await?;
    let address = format!("{}/o/{}/privacy", web.origin(), settings.slug);
    let filled = if typed.is_unsaved() {
        typed
    } else {
        let filled = Filled::default().with("slug", settings.slug.to_string());
        settings.policy.automatic().fold(filled, |filled, right| filled.with(right.code(), "1"))
    };
    let choices = Right::ALL
        .iter()
        .filter(|right| !right.is_unconditional())
        .map(|right| (right.code(), right_name(t, *right)))
        .collect();
    let page = Page::of(&member.0, "privacy", t.get("requests-settings"));
    show(&SettingsPage { page, filled, address, rights: choices })
}

/// `POST /privacy-requests/settings`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (slug, rest) = posted.apart("slug")?;
    let codes = ["access", "rectification", "erasure", "restriction", "portability"];
    let ticked = rest.only(codes)?;
    let chosen = codes.iter().zip(&ticked).filter(|(_, value)| !value.is_empty()).map(|(code, _)| *code);
    let automatic = chosen.filter_map(|code| code.parse::<Right>().ok());
    let policy = RightsPolicy::of(automatic);
    let filled =
        policy.automatic().fold(Filled::default().with("slug", &*slug), |filled, right| filled.with(right.code(), "1"));
    match web.app().rights.change_settings(&member.0.actor, &ChangeRightsSettings { slug, policy }).await {
        Ok(()) => Ok(Redirect::to("/privacy-requests/settings").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = settings_page(&web, &member, filled.faulty_all(&faults, member.text())).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /privacy-requests/new`
pub async fn new(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let today = web.calendar(&member.0).today().to_string();
    new_page(&member, Filled::default().with("received_on", today))
}

fn new_page(member: &Member, filled: Filled) -> Result<Response, Problem> {
    let t = member.text();
    show(&NewPage { page: Page::of(&member.0, "privacy", t.get("requests-new")), filled, rights: rights(t) })
}

/// `POST /privacy-requests`
pub async fn take_in(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [email, right, received_on, words] = posted.only(["email", "right", "received_on", "words"])?;
    let t = member.text();
    let filled = Filled::default()
        .with("email", &*email)
        .with("right", &*right)
        .with("received_on", &*received_on)
        .with("words", &*words);
    let mut faults = Violations::default();
    let address = faults.keep("email", Email::parse(&email));
    let wanted = faults.keep("right", right.parse::<Right>());
    let day = faults.keep("received_on", received_on.parse::<Date>().map_err(|_| Rule::NotADate));
    let said = faults.keep("words", Message::parse_optional(&words));
    let outcome = match (address, wanted, day, said) {
        (Some(address), Some(right), Some(received_on), Some(words)) => {
            let command = NewRequest { address, right, received_on, words };
            web.app().rights.take_in(&member.0.actor, command).await
        }
        _ => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/privacy-requests").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = new_page(&member, filled.faulty_all(&faults, t))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::TooOften(seconds)) if wants_page(&headers) => {
            let page = new_page(&member, filled.faulty("form", t.get("rights-many")))?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
