//! Sign-in, sign-out.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_usecases::{Broken, Error, SignIn, SignInOutcome};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    actor::{Member, Reader},
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::second_step,
    problem::{Problem, wants_page},
    session,
    source::Whence,
    support,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    page: Page,
    filled: Filled,
    next: String,
    said: String,
}

/// What the address of the sign-in page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    next: String,
    #[serde(default)]
    after: String,
}

/// `GET /sign-in`
pub async fn show_sign_in(
    Reader(t): Reader,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Coming { next, after } = coming.map(|Query(coming)| coming).unwrap_or_default();
    let said = match after.as_str() {
        "sign-up" => t.get("sign-up-confirmed"),
        "reset" => t.get("reset-done"),
        "email" => t.get("email-change-done"),
        "joined" => t.get("invitation-may-sign-in"),
        "sign-out" => t.get("signed-out"),
        "passkey" => t.get("passkey-failed"),
        "challenge" => t.get("challenge-over"),
        _ => String::new(),
    };
    sign_in_page(t, Filled::default(), next, said)
}

fn sign_in_page(t: Text, filled: Filled, next: String, said: String) -> Result<Response, Problem> {
    let page = Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get("sign-in-title")) };
    show(&SignInPage { page, filled, next, said })
}

/// `POST /sign-in`
pub async fn sign_in(
    State(web): State<Web>,
    Reader(t): Reader,
    Whence(from): Whence,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [email, password, next] = posted.only(["email", "password", "next"])?;
    let command = SignIn { email: email.clone(), password: SecretString::from(password), from };
    match web.app().accounts.sign_in(command).await {
        Ok(SignInOutcome::Challenged(challenged)) => second_step::ask(t, &challenged, &next),
        Ok(SignInOutcome::Granted(granted)) => {
            let mut response = Redirect::to(inner(&next)).into_response();
            session::keep(response.headers_mut(), &granted);
            Ok(response)
        }
        Err(Error::Rule(Broken::WrongCredentials | Broken::NoOrganization)) if wants_page(&headers) => {
            let filled = Filled::default().with("email", email).faulty("form", t.get("sign-in-failed"));
            let page = sign_in_page(t, filled, next, String::new())?;
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(Error::TooOften(seconds)) if wants_page(&headers) => {
            // One text for everybody, whether there is such an account or not (AUTH-10).
            let words = t.get("sign-in-wait");
            let page =
                sign_in_page(t, Filled::default().with("email", email).faulty("form", words), next, String::new())?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// An address inside the product, or its beginning (WEB-8).
pub(crate) fn inner(next: &str) -> &str {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\");
    if inside && !next.chars().any(char::is_control) { next } else { "/" }
}

/// `POST /sign-out`
pub async fn sign_out(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut response = Redirect::to("/sign-in?after=sign-out").into_response();
    if member.actor.is_support() {
        support::leave(&web, &headers, response.headers_mut()).await?;
        return Ok(response);
    }
    web.app().accounts.sign_out(&member, &from).await?;
    session::forget(response.headers_mut());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_8_the_way_on_stays_inside() {
        assert_eq!(inner("/leads?stage=1"), "/leads?stage=1");
        for outside in ["", "//evil.example", "/\\evil.example", "https://evil.example", "leads", "/a\r\nb", "/\t/x"] {
            assert_eq!(inner(outside), "/", "{outside:?}");
        }
    }
}
