//! Teams: who sees whose leads.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{id::TeamId, team::Team, text::Name, violation::Violations};
use qualify_usecases::{Error, People};

use super::members::{name, read};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    web::Web,
};

const HERE: &str = "/settings/teams";

#[derive(Template)]
#[template(path = "pages/settings/teams.html")]
struct TeamsPage {
    page: Page,
    filled: Filled,
    teams: Vec<Row>,
}

struct Row {
    id: TeamId,
    name: String,
    leader: String,
    members: Vec<(String, String)>,
    others: Vec<(String, String)>,
}

/// `GET /settings/teams`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    teams_page(&web, &member, Filled::default()).await
}

async fn teams_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let people = web.app().members.people(&member.0.actor).await?;
    let teams = people.teams.iter().map(|team| row(team, &people)).collect();
    show(&TeamsPage { page: super::page(&member.0, HERE), filled, teams })
}

fn row(team: &Team, people: &People) -> Row {
    let (members, others): (Vec<_>, Vec<_>) =
        people.members.iter().partition(|member| team.members.contains(&member.membership.user));
    let named = |members: Vec<&qualify_domain::organization::Member>| {
        members.into_iter().map(|member| (member.membership.user.to_string(), name(member))).collect()
    };
    Row {
        id: team.id,
        name: team.name.to_string(),
        leader: team.leader.map(|leader| leader.to_string()).unwrap_or_default(),
        members: named(members),
        others: named(others),
    }
}

/// `POST /settings/teams`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [typed] = posted.only(["name"])?;
    let outcome = match parse(&typed) {
        Ok(name) => web.app().members.make_team(&member.0.actor, name).await.map(|_| ()),
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, Some(typed)).await
}

/// `POST /settings/teams/{id}/name`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [typed, leader] = posted.only(["name", "leader"])?;
    let leader = if leader.is_empty() { None } else { Some(read(&leader)?) };
    let outcome = match parse(&typed) {
        Ok(name) => web.app().members.change_team(&member.0.actor, id, name, leader).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &member, &headers, outcome, None).await
}

/// `POST /settings/teams/{id}/members`
pub async fn add(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [user] = posted.only(["user"])?;
    let outcome = web.app().members.fill_team(&member.0.actor, read(&id)?, read(&user)?, true).await;
    answer(&web, &member, &headers, outcome, None).await
}

/// `POST /settings/teams/{id}/members/{user}/removal`
pub async fn take_out(
    State(web): State<Web>,
    member: Member,
    Path((id, user)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let outcome = web.app().members.fill_team(&member.0.actor, read(&id)?, read(&user)?, false).await;
    answer(&web, &member, &headers, outcome, None).await
}

/// `POST /settings/teams/{id}/removal`
pub async fn end(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let outcome = web.app().members.end_team(&member.0.actor, read(&id)?).await;
    answer(&web, &member, &headers, outcome, None).await
}

fn parse(typed: &str) -> Result<Name, Violations> {
    let mut faults = Violations::default();
    let name = faults.keep("name", Name::parse(typed));
    faults.or(name)
}

/// The page again, or with what went wrong: at the field of a new team, else above all.
async fn answer(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    typed: Option<String>,
) -> Result<Response, Problem> {
    let t = member.text();
    let field = if typed.is_some() { "name" } else { "form" };
    let (status, words) = match outcome {
        Ok(()) => return Ok(Redirect::to(HERE).into_response()),
        Err(Error::Conflict("team")) if wants_page(headers) => (StatusCode::CONFLICT, t.get("team-same-name")),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            let words = faults.iter().map(|fault| t.rule(&fault.field, fault.rule)).collect::<Vec<_>>().join(" ");
            (StatusCode::UNPROCESSABLE_ENTITY, words)
        }
        Err(error) => return Err(error.into()),
    };
    let filled = Filled::default().with("name", typed.unwrap_or_default()).faulty(field, words);
    let page = teams_page(web, member, filled).await?;
    Ok((status, page).into_response())
}
