//! Groups of rules, and the half-life.

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::HeaderMap;
use qualify_domain::{
    score::{Group, GroupNumber, Rulebook},
    text::Name,
    violation::Violations,
};
use qualify_usecases::{Edit, Error};

use super::answer;
use crate::{actor::Member, fields::Posted, filled::Filled, problem::Problem, web::Web};

/// `POST /settings/score/groups`
pub async fn add(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name, cap] = posted.only(["name", "cap"])?;
    let outcome = match read(&name, &cap) {
        Ok((name, cap)) => web.app().scores.edit(&member.0.actor, Edit::AddGroup(name, cap)).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, Filled::default().with("name", name).with("cap", cap)).await
}

/// `POST /settings/score/groups/{number}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(number): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let number: GroupNumber = number.parse().map_err(|_| Problem::not_found())?;
    let [name, cap] = posted.only(["name", "cap"])?;
    let outcome = match read(&name, &cap) {
        Ok((name, cap)) => web.app().scores.edit(&member.0.actor, Edit::ChangeGroup(Group { number, name, cap })).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    // What is wrong with one of the groups is told above all: their fields bear the same names.
    let outcome = outcome.map_err(|error| match error {
        Error::Invalid(faults) => Error::Invalid(above_all(&faults)),
        other => other,
    });
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

/// `POST /settings/score/groups/{number}/removal`
pub async fn remove(
    State(web): State<Web>,
    member: Member,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::not_found())?;
    let outcome = web.app().scores.edit(&member.0.actor, Edit::RemoveGroup(number)).await;
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

/// `POST /settings/score/half-life`
pub async fn fade(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [typed] = posted.only(["half_life"])?;
    let mut faults = Violations::default();
    let outcome = match faults.keep("half_life", Rulebook::parse_half_life(&typed)) {
        Some(days) => web.app().scores.edit(&member.0.actor, Edit::HalfLife(days)).await,
        None => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, Filled::default().with("half_life", typed)).await
}

fn read(name: &str, cap: &str) -> Result<(Name, u8), Violations> {
    let mut faults = Violations::default();
    let name = faults.keep("name", Name::parse(name));
    let cap = faults.keep("cap", Rulebook::parse_cap(cap));
    faults.or(name.zip(cap))
}

fn above_all(faults: &Violations) -> Violations {
    let mut told = Violations::default();
    for fault in faults.iter() {
        told.add("form", fault.rule);
    }
    told
}
