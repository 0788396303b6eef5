//! What the member wants to be told of.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings/notifications.html")]
struct NotificationsPage {
    page: Page,
    filled: Filled,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
}

/// `GET /settings/notifications`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let me = web.app().members.me(&member.0.actor).await?;
    let mut page = super::page(&member.0, "/settings/notifications");
    if coming.is_ok_and(|Query(coming)| !coming.saved.is_empty()) {
        page.toast = member.text().get("settings-saved");
    }
    let filled = Filled::default().with("new_leads", if me.membership.notify_new_leads { "1" } else { "" });
    show(&NotificationsPage { page, filled })
}

/// `POST /settings/notifications`
pub async fn notify(State(web): State<Web>, Member(member): Member, posted: Posted) -> Result<Response, Problem> {
    let [wanted] = posted.only(["new_leads"])?;
    web.app().members.notify_new_leads(&member.actor, !wanted.is_empty()).await?;
    Ok(Redirect::to("/settings/notifications?saved=1").into_response())
}
