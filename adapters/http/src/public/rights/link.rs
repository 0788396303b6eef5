//! The link of a mail: looking uses nothing up, confirming opens what is kept, once.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_usecases::{Broken, Error, Opened, PrivacyDoor, RightsQuestion};
use secrecy::ExposeSecret;

use super::{held::held_page, page_of, right_name, text_in};
use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "public/rights/confirm.html")]
struct ConfirmPage {
    page: Page,
    about: String,
    erases: bool,
}

#[derive(Template)]
#[template(path = "public/rights/over.html")]
struct OverPage {
    page: Page,
    slug: String,
}

#[derive(Template)]
#[template(path = "public/rights/erased.html")]
struct ErasedPage {
    page: Page,
    organization: String,
}

/// `GET /o/{slug}/privacy/{token}`
pub async fn look(
    State(web): State<Web>,
    Path((slug, link)): Path<(String, String)>,
    Reader(t): Reader,
) -> Result<Response, Problem> {
    let door = web.app().rights.door(&slug).await?;
    match web.app().rights.look(&door.actor, &link).await {
        Ok(RightsQuestion { right, language, erases }) => {
            let t = Text::new(language);
            let about = [("organization", &*door.organization), ("right", &right_name(t, right))];
            let about = t.with_all("rights-confirm-about", about);
            show(&ConfirmPage { page: page_of(t, &door), about, erases })
        }
        Err(error) => over(error, &door, t),
    }
}

/// `POST /o/{slug}/privacy/{token}`
pub async fn confirm(
    State(web): State<Web>,
    Path((slug, link)): Path<(String, String)>,
    Reader(browser): Reader,
    posted: Posted,
) -> Result<Response, Problem> {
    let [lang] = posted.only(["lang"])?;
    let t = text_in(&lang, browser);
    let door = web.app().rights.door(&slug).await?;
    match web.app().rights.prove(&door.actor, &link).await {
        Ok(Opened::What(session)) => {
            held_page(&web, &door, t, session.expose_secret(), Filled::default(), String::new()).await
        }
        Ok(Opened::Nothing) => erased(&door, t),
        Err(error) => over(error, &door, t),
    }
}

/// That nothing is kept any more.
pub(super) fn erased(door: &PrivacyDoor, t: Text) -> Result<Response, Problem> {
    show(&ErasedPage { page: page_of(t, door), organization: door.organization.to_string() })
}

/// What to do about a link, or what it opened, that does not work any more.
pub(super) fn over(error: Error, door: &PrivacyDoor, t: Text) -> Result<Response, Problem> {
    match error {
        Error::Rule(Broken::LinkOver) => {
            let page = OverPage { page: page_of(t, door), slug: door.slug.to_string() };
            Ok((StatusCode::GONE, show(&page)?).into_response())
        }
        error => Err(error.into()),
    }
}
