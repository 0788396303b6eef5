//! The second step of signing in, where a password is not enough (AUTH-13, AUTH-14).

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use qualify_usecases::{Broken, Challenged, Error, SecondStep};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::accounts::inner,
    problem::Problem,
    session,
    source::Whence,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/second_step.html")]
struct SecondStepPage<'a> {
    page: Page,
    filled: Filled,
    /// Opens nothing without the second factor; five minutes, five tries, one account (SES-7).
    reference: &'a str,
    next: &'a str,
}

/// Asks for the second factor, as the answer to a right password.
pub(super) fn ask(t: Text, challenged: &Challenged, next: &str) -> Result<Response, Problem> {
    page(t, Filled::default(), challenged.reference.expose_secret(), next)
}

fn page(t: Text, filled: Filled, reference: &str, next: &str) -> Result<Response, Problem> {
    let page = Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get("second-step-title")) };
    let mut response = show(&SecondStepPage { page, filled, reference, next })?;
    session::not_kept(response.headers_mut());
    Ok(response)
}

/// `GET /sign-in/second`: nobody comes here but by a password.
pub async fn show_beginning() -> Redirect {
    Redirect::to("/sign-in")
}

/// `POST /sign-in/second`
pub async fn answer(
    State(web): State<Web>,
    Reader(t): Reader,
    Whence(from): Whence,
    posted: Posted,
) -> Result<Response, Problem> {
    let [reference, code, next] = posted.only(["reference", "code", "next"])?;
    let command = SecondStep { reference: SecretString::from(reference.as_str()), code, from };
    let (status, filled) = match web.app().accounts.sign_in_second(command).await {
        Ok(granted) => {
            let mut response = Redirect::to(inner(&next)).into_response();
            session::keep(response.headers_mut(), &granted);
            return Ok(response);
        }
        Err(Error::Rule(Broken::ChallengeOver)) => {
            return Ok(Redirect::to("/sign-in?after=challenge").into_response());
        }
        Err(Error::Rule(Broken::WrongCode)) => {
            (StatusCode::UNAUTHORIZED, Filled::default().faulty("code", t.get("code-wrong")))
        }
        Err(Error::Rule(Broken::AppDisabled)) => {
            (StatusCode::UNAUTHORIZED, Filled::default().faulty("code", t.get("app-disabled")))
        }
        Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, Filled::default().faulty_all(&faults, t)),
        Err(error) => return Err(error.into()),
    };
    Ok((status, page(t, filled, &reference, &next)?).into_response())
}
