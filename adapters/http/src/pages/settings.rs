//! The member's own settings.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use qualify_domain::access::Role;
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings.html")]
struct SettingsPage {
    page: Page,
    filled: Filled,
    roles: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
}

/// `GET /settings`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let me = web.app().members.me(&member.0.actor).await?;
    let t = member.text();
    let mut page = Page::of(&member.0, "settings", t.get("settings"));
    if coming.is_ok_and(|Query(coming)| !coming.saved.is_empty()) {
        page.toast = t.get("settings-saved");
    }
    let filled = Filled::default().with("new_leads", if me.membership.notify_new_leads { "1" } else { "" });
    let roles = member.0.roles.iter().map(|role| role_name(t, *role)).collect::<Vec<_>>().join(", ");
    show(&SettingsPage { page, filled, roles })
}

/// `POST /settings/notifications`
pub async fn notify(State(web): State<Web>, Member(member): Member, posted: Posted) -> Result<Response, Problem> {
    let [wanted] = posted.only(["new_leads"])?;
    web.app().members.notify_new_leads(&member.actor, !wanted.is_empty()).await?;
    Ok(Redirect::to("/settings?saved=1").into_response())
}

fn role_name(t: Text, role: Role) -> String {
    match role {
        Role::Owner => t.get("role-owner"),
        Role::Admin => t.get("role-admin"),
        Role::Manager => t.get("role-manager"),
        Role::Agent => t.get("role-agent"),
        Role::Viewer => t.get("role-viewer"),
        Role::PrivacyOfficer => t.get("role-privacy-officer"),
        Role::Billing => t.get("role-billing"),
    }
}
