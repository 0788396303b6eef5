//! "Is it you?": asked in front of what is sensitive (AUTH-16).

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, header};
use qualify_domain::id::OrganizationId;
use qualify_usecases::{Broken, Confirmation, Error};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{
        accounts::inner,
        passkey::{answered, question},
    },
    problem::Problem,
    source::Whence,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/confirm.html")]
struct ConfirmPage<'a> {
    page: Page,
    filled: Filled,
    email: String,
    /// Which one the tab shows.
    organization: OrganizationId,
    coming: &'a Coming,
    /// Where whoever does not want to confirm goes.
    back: &'a str,
    has_second_factor: bool,
    has_passkey: bool,
    passkey_failed: bool,
}

/// What led here.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// Where to go on.
    #[serde(default)]
    next: String,
    /// Whether something was sent and not done.
    #[serde(default)]
    again: String,
    /// Whether a passkey was not accepted.
    #[serde(default)]
    failed: String,
}

/// `GET /confirm`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let coming = coming.map(|Query(coming)| coming).unwrap_or_default();
    page(&web, &member, Filled::default(), &coming).await
}

async fn page(web: &Web, member: &Member, filled: Filled, coming: &Coming) -> Result<Response, Problem> {
    let factors = web.app().accounts.factors(&member.0).await?;
    let t = member.text();
    show(&ConfirmPage {
        page: Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get("confirm-title")) },
        filled,
        email: member.0.email.to_string(),
        organization: member.0.actor.organization(),
        coming,
        back: inner(&coming.next),
        has_second_factor: factors.guard(),
        has_passkey: factors.passkeys > 0 && web.app().second_factors.passkeys_available(),
        passkey_failed: !coming.failed.is_empty(),
    })
}

/// `POST /confirm`: leads back to where it was asked, or asks again.
pub async fn answer(
    State(web): State<Web>,
    member: Member,
    Whence(from): Whence,
    posted: Posted,
) -> Result<Response, Problem> {
    let [password, code, next, again] = posted.only(["password", "code", "next", "again"])?;
    let coming = Coming { next, again, failed: String::new() };
    let command = Confirmation { password: SecretString::from(password), code, from };
    let (t, plain) = (member.text(), Filled::default());
    let (status, filled, wait) = match web.app().accounts.confirm(&member.0, command).await {
        Ok(()) => return Ok(Redirect::to(inner(&coming.next)).into_response()),
        Err(Error::Rule(Broken::WrongCredentials)) => {
            (StatusCode::UNAUTHORIZED, plain.faulty("form", t.get("confirm-failed")), None)
        }
        Err(Error::Rule(Broken::AppDisabled)) => {
            (StatusCode::UNAUTHORIZED, plain.faulty("code", t.get("app-disabled")), None)
        }
        Err(Error::TooOften(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, plain.faulty("form", t.get("sign-in-wait")), Some(seconds))
        }
        Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, plain.faulty_all(&faults, t), None),
        Err(error) => return Err(error.into()),
    };
    let page = page(&web, &member, filled, &coming).await?;
    let wait = wait.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    Ok((status, wait, page).into_response())
}

/// `POST /confirm/passkey/question`
pub async fn ask_passkey(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
) -> Result<Response, Problem> {
    Ok(question(&web.app().accounts.ask_own_passkey(&member, &from).await?))
}

/// `POST /confirm/passkey`
pub async fn answer_passkey(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
    posted: Posted,
) -> Result<Response, Problem> {
    let [reference, answer, next, again] = posted.only(["reference", "answer", "next", "again"])?;
    match web.app().accounts.confirm_passkey(&member, answered(reference, answer), &from).await {
        Ok(()) => Ok(Redirect::to(inner(&next)).into_response()),
        Err(Error::Rule(Broken::Passkey(_) | Broken::ChallengeOver)) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("next", inner(&next)), ("again", &again), ("failed", "1")])
                .finish();
            Ok(Redirect::to(&format!("/confirm?{query}")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
