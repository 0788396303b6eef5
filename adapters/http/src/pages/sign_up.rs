//! Sign-up: what somebody types, and the link by which they prove their mailbox and choose their password.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{
    circumstances::Circumstances,
    id::OneTimeTokenId,
    text::{Email, Name},
    violation::Violations,
};
use qualify_usecases::{Error, SignUp, WaitingSignUp};
use serde::Deserialize;

use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
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
#[template(path = "pages/sign_up_sent.html")]
struct SentPage {
    page: Page,
    again: String,
    said: String,
}

#[derive(Template)]
#[template(path = "pages/sign_up_waiting.html")]
struct WaitingPage {
    page: Page,
    filled: Filled,
    name: String,
    organization: String,
    email: String,
}

/// What the address of the page after a sign-up may say.
#[derive(Debug, Default, Deserialize)]
pub struct Sent {
    #[serde(default)]
    again: String,
    #[serde(default)]
    after: String,
}

fn page(t: Text, key: &str) -> Page {
    Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get(key)) }
}

/// `GET /sign-up`
pub async fn open(Reader(t): Reader) -> Result<Response, Problem> {
    sign_up_page(t, Filled::default())
}

fn sign_up_page(t: Text, filled: Filled) -> Result<Response, Problem> {
    show(&SignUpPage { page: page(t, "sign-up-title"), filled })
}

/// `POST /sign-up`: the answer is the same whether the address was known or not (AUTH-5).
pub async fn sign_up(
    State(web): State<Web>,
    Reader(t): Reader,
    Whence(from): Whence,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [first_name, last_name, organization, email] =
        posted.only(["first_name", "last_name", "organization", "email"])?;
    let filled = Filled::default()
        .with("first_name", &first_name)
        .with("last_name", &last_name)
        .with("organization", &organization)
        .with("email", &email);
    let outcome = match parse([&first_name, &last_name, &organization, &email], t, from) {
        Ok(command) => web.app().accounts.sign_up(command).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(token) => Ok(Redirect::to(&format!("/sign-up/sent?again={token}")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = sign_up_page(t, filled.faulty_all(&faults, t))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::TooOften(seconds)) if wants_page(&headers) => {
            let page = sign_up_page(t, filled.faulty("form", t.get("mails-wait")))?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn parse(
    [first_name, last_name, organization, email]: [&str; 4],
    t: Text,
    from: Circumstances,
) -> Result<SignUp, Violations> {
    let mut faults = Violations::default();
    let first_name = faults.keep("first_name", Name::parse(first_name));
    let last_name = faults.keep("last_name", Name::parse(last_name));
    let organization = faults.keep("organization", Name::parse(organization));
    let email = faults.keep("email", Email::parse(email));
    let command = match (first_name, last_name, organization, email) {
        (Some(first_name), Some(last_name), Some(organization), Some(email)) => {
            Some(SignUp { first_name, last_name, email, organization, language: t.language(), from })
        }
        _ => None,
    };
    faults.or(command)
}

/// `GET /sign-up/sent`
pub async fn show_sent(Reader(t): Reader, sent: Result<Query<Sent>, QueryRejection>) -> Result<Response, Problem> {
    let Sent { again, after } = sent.map(|Query(sent)| sent).unwrap_or_default();
    let again = again.parse::<OneTimeTokenId>().map(|token| token.to_string()).unwrap_or_default();
    let said = if after == "again" { t.get("mail-sent-again") } else { String::new() };
    show(&SentPage { page: page(t, "sign-up-sent"), again, said })
}

/// `POST /sign-up/again`: one answer, whether there is still such a sign-up or not.
pub async fn again(State(web): State<Web>, Whence(from): Whence, posted: Posted) -> Result<Redirect, Problem> {
    let [again] = posted.only(["again"])?;
    let Ok(token) = again.parse::<OneTimeTokenId>() else { return Ok(Redirect::to("/sign-up")) };
    web.app().accounts.sign_up_again(token, &from).await?;
    Ok(Redirect::to(&format!("/sign-up/sent?again={token}&after=again")))
}

/// `GET /sign-up/{token}`: looking uses nothing up.
pub async fn show_waiting(
    State(web): State<Web>,
    Reader(t): Reader,
    Path(link): Path<String>,
) -> Result<Response, Problem> {
    waiting_page(t, web.app().accounts.waiting_sign_up(&link).await?, Filled::default())
}

fn waiting_page(t: Text, WaitingSignUp { pending, email }: WaitingSignUp, filled: Filled) -> Result<Response, Problem> {
    show(&WaitingPage {
        page: page(t, "sign-up-waiting"),
        filled,
        name: format!("{} {}", pending.first_name, pending.last_name),
        organization: pending.organization.to_string(),
        email: email.to_string(),
    })
}

/// `POST /sign-up/{token}`
pub async fn confirm(
    State(web): State<Web>,
    Reader(t): Reader,
    Path(link): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [password] = posted.only(["password"])?;
    match web.app().accounts.confirm_sign_up(&link, password).await {
        Ok(()) => Ok(Redirect::to("/sign-in?after=sign-up").into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let waiting = web.app().accounts.waiting_sign_up(&link).await?;
            let page = waiting_page(t, waiting, Filled::default().faulty_all(&faults, t))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_a_sign_up_are_told_at_once() {
        let text = Text::new(qualify_domain::language::Language::English);
        let Err(faults) = parse(["", "B", "", "x"], text, Circumstances::default()) else { panic!("accepted") };
        let fields: Vec<_> = faults.iter().map(|violation| &*violation.field).collect();
        assert_eq!(fields, ["first_name", "organization", "email"]);
    }
}
