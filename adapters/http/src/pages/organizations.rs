//! The organizations of a member, and the way from one to the other.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use qualify_domain::id::OrganizationId;

use crate::{
    actor::Member,
    fields::Posted,
    page::{Face, Page, show},
    pages::{accounts::inner, choices},
    problem::Problem,
    session,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/organizations.html")]
struct OrganizationsPage {
    page: Page,
    homes: Vec<Row>,
}

struct Row {
    id: OrganizationId,
    face: Face,
    roles: String,
    is_here: bool,
}

/// `GET /organizations`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let t = member.text();
    let homes = web.app().accounts.homes(&member.0).await?.into_iter().map(|home| Row {
        id: home.organization,
        face: Face::new(&*home.name),
        roles: home.roles.iter().map(|role| choices::role(t, *role)).collect::<Vec<_>>().join(", "),
        is_here: home.organization == member.0.actor.organization(),
    });
    let homes = homes.collect();
    show(&OrganizationsPage { page: Page::of(&member.0, "organizations", t.get("organizations-title")), homes })
}

/// `POST /organizations/{id}/entry`
pub async fn enter(
    State(web): State<Web>,
    Member(member): Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let [next] = posted.only(["next"])?;
    let granted = web.app().accounts.enter(&member, id).await?;
    let mut response = Redirect::to(inner(&next)).into_response();
    session::keep(response.headers_mut(), &granted);
    Ok(response)
}
