//! The page that the link of a mail about a consent opens: it confirms the consent or takes it back. No cookie is read or set,
//! and nothing happens before the button is pressed.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::consent::{LinkUse, Matter};
use qualify_usecases::{Broken, ConsentQuestion, Error};

use crate::{
    page::{Page, show},
    pages::choices,
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "public/consent.html")]
struct ConsentPage {
    page: Page,
    about: String,
    matter: String,
    wording: String,
    /// What stands on the button; empty once it was pressed.
    button: String,
}

/// `GET /c/{token}`
pub async fn open(State(web): State<Web>, Path(link): Path<String>) -> Result<Response, Problem> {
    show_page(&web.app().consents.look(&link).await.map_err(over)?, false)
}

/// `POST /c/{token}`
pub async fn answer(State(web): State<Web>, Path(link): Path<String>) -> Result<Response, Problem> {
    show_page(&web.app().consents.answer(&link).await.map_err(over)?, true)
}

/// Whoever holds such a link has no account to sign in to.
fn over(error: Error) -> Problem {
    match error {
        Error::Rule(Broken::LinkOver) => Problem::new(StatusCode::GONE, "error-consent-link"),
        error => error.into(),
    }
}

fn show_page(question: &ConsentQuestion, is_answered: bool) -> Result<Response, Problem> {
    let t = Text::new(question.language);
    let key = match (question.link_use, is_answered) {
        (LinkUse::Confirm, false) => "consent-confirm",
        (LinkUse::Confirm, true) => "consent-confirmed",
        (LinkUse::Withdraw, false) => "consent-withdraw",
        (LinkUse::Withdraw, true) => "consent-withdrawn",
    };
    show(&ConsentPage {
        page: Page::plain(t, t.get(&format!("{key}-title"))),
        about: t.with(&format!("{key}-about"), "organization", &*question.organization),
        matter: match question.matter {
            Matter::Request => t.get("consent-request"),
            Matter::Further(purpose) => choices::purpose(t, purpose),
        },
        wording: question.wording.clone(),
        button: if is_answered { String::new() } else { t.get(&format!("{key}-do")) },
    })
}
