//! Signing in with a passkey, and the passkeys of a member (AUTH-14).

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::header;
use qualify_domain::{id::PasskeyId, text::Name, violation::Violations};
use qualify_usecases::{Broken, Error, PasskeyAnswer, PasskeyQuestion};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    actor::Member,
    fields::Posted,
    pages::{accounts::inner, settings::second_factor},
    problem::Problem,
    session,
    source::Whence,
    web::Web,
};

/// What the browser is asked: the page's script hands it to the authenticator.
pub(super) fn question(asked: &PasskeyQuestion) -> Response {
    // The options are JSON already.
    let body = format!("{{\"reference\":\"{}\",\"options\":{}}}", asked.reference.expose_secret(), asked.options);
    let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    session::not_kept(response.headers_mut());
    response
}

pub(super) fn answered(reference: String, answer: String) -> PasskeyAnswer {
    PasskeyAnswer { reference: SecretString::from(reference), answer }
}

/// `POST /sign-in/passkey/question`
pub async fn ask(State(web): State<Web>, Whence(from): Whence) -> Result<Response, Problem> {
    Ok(question(&web.app().accounts.ask_passkey(&from).await?))
}

/// `POST /sign-in/passkey`
pub async fn sign_in(State(web): State<Web>, Whence(from): Whence, posted: Posted) -> Result<Response, Problem> {
    let [reference, answer, next] = posted.only(["reference", "answer", "next"])?;
    match web.app().accounts.sign_in_passkey(answered(reference, answer), &from).await {
        Ok(granted) => {
            let mut response = Redirect::to(inner(&next)).into_response();
            session::keep(response.headers_mut(), &granted);
            Ok(response)
        }
        Err(Error::Rule(Broken::Passkey(_) | Broken::ChallengeOver | Broken::NoOrganization)) => {
            Ok(Redirect::to("/sign-in?after=passkey").into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/security/passkeys/question`
pub async fn ask_new(State(web): State<Web>, Member(member): Member) -> Result<Response, Problem> {
    Ok(question(&web.app().second_factors.begin_passkey(&member).await?))
}

/// `POST /settings/security/passkeys`: keeps a new one; shows recovery codes if these are the first.
pub async fn add(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
    posted: Posted,
) -> Result<Response, Problem> {
    let [reference, answer, name] = posted.only(["reference", "answer", "name"])?;
    let mut faults = Violations::default();
    let Some(name) = faults.keep("name", Name::parse(&name)) else { return Err(Problem::invalid(faults)) };
    match web.app().second_factors.add_passkey(&member, answered(reference, answer), name, &from).await {
        Ok(codes) => second_factor::after_adding(&member, &codes),
        Err(Error::Rule(Broken::Passkey(_) | Broken::ChallengeOver)) => {
            Ok(Redirect::to("/settings/security/second-factor?failed=1").into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/security/passkeys/{id}/removal`
pub async fn remove(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse::<PasskeyId>().map_err(|_| Problem::not_found())?;
    web.app().second_factors.remove_passkey(&member, id, &from).await?;
    Ok(Redirect::to("/settings/security/second-factor?saved=1").into_response())
}
