//! Sign-up, sign-in, sign-out.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{
    password::{NewPassword, OwnWords},
    text::{Email, Name},
    violation::Violations,
};
use qualify_usecases::{Broken, Error, SignIn, SignInOutcome, SignUp};
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
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/sign_up.html")]
struct SignUpPage {
    page: Page,
    filled: Filled,
}

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

/// `GET /sign-up`
pub async fn show_sign_up(Reader(t): Reader) -> Result<Response, Problem> {
    sign_up_page(t, Filled::default())
}

fn sign_up_page(t: Text, filled: Filled) -> Result<Response, Problem> {
    show(&SignUpPage { page: Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get("sign-up-title")) }, filled })
}

/// `POST /sign-up`: the answer is the same whether the address was known or not (AUTH-5).
pub async fn sign_up(
    State(web): State<Web>,
    Reader(t): Reader,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [first_name, last_name, organization, email, password] =
        posted.only(["first_name", "last_name", "organization", "email", "password"])?;
    let filled = Filled::default()
        .with("first_name", &first_name)
        .with("last_name", &last_name)
        .with("organization", &organization)
        .with("email", &email);
    let command = parse_sign_up([&first_name, &last_name, &organization, &email], password, t);
    let outcome = match command {
        Ok(command) => web.app().accounts.sign_up(command).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/sign-in?after=sign-up").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = sign_up_page(t, filled.faulty_all(&faults, t))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn parse_sign_up(
    [first_name, last_name, organization, email]: [&str; 4],
    password: String,
    t: Text,
) -> Result<SignUp, Violations> {
    let mut faults = Violations::default();
    let own = OwnWords::of(&[first_name, last_name, organization, email]);
    let first_name = faults.keep("first_name", Name::parse(first_name));
    let last_name = faults.keep("last_name", Name::parse(last_name));
    let organization = faults.keep("organization", Name::parse(organization));
    let email = faults.keep("email", Email::parse(email));
    let password = faults.keep("password", NewPassword::choose(password, &own));
    let command = match (first_name, last_name, organization, email, password) {
        (Some(first_name), Some(last_name), Some(organization), Some(email), Some(password)) => {
            Some(SignUp { first_name, last_name, email, password, organization, language: t.language() })
        }
        _ => None,
    };
    faults.or(command)
}

/// `GET /sign-in`
pub async fn show_sign_in(
    Reader(t): Reader,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Coming { next, after } = coming.map(|Query(coming)| coming).unwrap_or_default();
    let said = match after.as_str() {
        "sign-up" => t.get("sign-up-done"),
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
pub(super) fn inner(next: &str) -> &str {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\");
    if inside && !next.chars().any(char::is_control) { next } else { "/" }
}

/// `POST /sign-out`
pub async fn sign_out(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
) -> Result<Response, Problem> {
    web.app().accounts.sign_out(&member, &from).await?;
    let mut response = Redirect::to("/sign-in?after=sign-out").into_response();
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

    #[test]
    fn all_faults_of_a_sign_up_are_told_at_once() {
        let text = Text::new(qualify_domain::language::Language::English);
        let Err(faults) = parse_sign_up(["", "B", "", "x"], "short".to_owned(), text) else { panic!("accepted") };
        let fields: Vec<_> = faults.iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["first_name", "organization", "email", "password"]);
    }
}
