//! Inviting somebody from the members' page, and what can be done about an invitation afterwards.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{access::Role, id::InvitationId, text::Email, violation::Violations};
use qualify_usecases::{Broken, Error, Invite};

use super::members::{HERE, members_page, read, words};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    problem::{Problem, wants_page},
    web::Web,
};

/// `POST /settings/members/invitations`
pub async fn invite(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [email, owner, admin, manager, agent, viewer, privacy_officer, billing] =
        posted.only(["email", "owner", "admin", "manager", "agent", "viewer", "privacy_officer", "billing"])?;
    let ticked = [owner, admin, manager, agent, viewer, privacy_officer, billing];
    let roles: Vec<Role> =
        Role::ALL.into_iter().zip(ticked).filter(|(_, ticked)| !ticked.is_empty()).map(|(role, _)| role).collect();
    let filled =
        roles.iter().fold(Filled::default().with("email", &email), |filled, role| filled.with(role.code(), "1"));
    let mut faults = Violations::default();
    let parsed = faults.keep("email", Email::parse(&email));
    let outcome = match faults.or(parsed) {
        Ok(email) => web.app().invitations.invite(&member.0.actor, Invite { email, roles }).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, filled, "invited").await
}

/// `POST /settings/members/invitations/{id}/sending`
pub async fn send_again(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let outcome = web.app().invitations.send_again(&member.0.actor, read::<InvitationId>(&id)?).await;
    answer(&web, &member, &headers, outcome, Filled::default(), "invited").await
}

/// `POST /settings/members/invitations/{id}/withdrawal`
pub async fn withdraw(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let outcome = web.app().invitations.withdraw(&member.0.actor, read::<InvitationId>(&id)?).await;
    answer(&web, &member, &headers, outcome, Filled::default(), "withdrawn").await
}

async fn answer(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    filled: Filled,
    after: &str,
) -> Result<Response, Problem> {
    let t = member.text();
    let (status, filled) = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("{HERE}?after={after}#invitations")).into_response()),
        Err(error) if !wants_page(headers) => return Err(error.into()),
        Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t)),
        Err(Error::Rule(Broken::Member(rule))) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty("roles", words(t, rule)))
        }
        Err(Error::Rule(Broken::PlanFull(refused))) => (StatusCode::PAYMENT_REQUIRED, filled.full(refused, t)),
        Err(Error::TooOften(seconds)) => {
            let page = members_page(web, member, filled.faulty("email", t.get("invitations-wait")), "").await?;
            return Ok(
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response()
            );
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, members_page(web, member, filled, "").await?).into_response())
}
