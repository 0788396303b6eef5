//! The page that a link for support opens: it works once, and leads where an owner opened (PRV-11).

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    actor::Reader,
    fields::Posted,
    moment::Moment,
    page::{Page, show},
    problem::Problem,
    support::let_in,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/support_door.html")]
struct DoorPage {
    page: Page,
    organization: String,
    reason: String,
    until: Moment,
}

/// `GET /support/{token}`: looking uses nothing up.
pub async fn look(State(web): State<Web>, Reader(t): Reader, Path(link): Path<String>) -> Result<Response, Problem> {
    let door = web.app().support.look(&link).await?;
    let page = Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get("support-door-title")) };
    let until = web.public_calendar(t).moment(door.ends_at);
    show(&DoorPage { page, organization: door.organization.to_string(), reason: door.reason, until })
}

/// `POST /support/{token}`
pub async fn enter(State(web): State<Web>, Path(link): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    let inside = web.app().support.enter(&link).await?;
    let mut response = Redirect::to("/").into_response();
    let_in(response.headers_mut(), &inside);
    Ok(response)
}
