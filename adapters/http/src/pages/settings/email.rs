//! Another address for one's account: asked for here, proven by the link in the mail to it (AUTH-12).

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{text::Email, violation::Violations};
use qualify_usecases::Error;
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    source::Whence,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings/email.html")]
struct EmailPage {
    page: Page,
    filled: Filled,
    email: String,
    sent: bool,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    after: String,
}

/// `GET /settings/profile/email`
pub async fn open(member: Member, coming: Result<Query<Coming>, QueryRejection>) -> Result<Response, Problem> {
    let sent = coming.is_ok_and(|Query(coming)| coming.after == "asked");
    email_page(&member, Filled::default(), sent)
}

fn email_page(member: &Member, filled: Filled, sent: bool) -> Result<Response, Problem> {
    let page = super::page(&member.0, "/settings/profile");
    let page = Page { title: member.text().get("email-change-title"), ..page };
    show(&EmailPage { page, filled, email: member.0.email.to_string(), sent })
}

/// `POST /settings/profile/email`: the answer is the same if another account has that address (AUTH-5).
pub async fn ask(
    State(web): State<Web>,
    member: Member,
    Whence(from): Whence,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let ([typed], t) = (posted.only(["email"])?, member.text());
    let filled = Filled::default().with("email", &typed);
    let mut faults = Violations::default();
    let email = faults.keep("email", Email::parse(&typed));
    let outcome = match faults.or(email) {
        Ok(email) => web.app().accounts.ask_email_change(&member.0, email, &from).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/settings/profile/email?after=asked").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = email_page(&member, filled.faulty_all(&faults, t), false)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::TooOften(seconds)) if wants_page(&headers) => {
            let page = email_page(&member, filled.faulty("email", t.get("mails-wait")), false)?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
