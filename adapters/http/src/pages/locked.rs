//! What stays open in an organization whose subscription has ended: a page that is not open any more leads here.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use qualify_domain::{access::Permission, subscription::Access};

use super::settings::is_for;
use crate::{
    actor::Member,
    page::{Page, end, show},
    problem::Problem,
    web::Web,
};

/// What may be open: where, the icon, and the key of its words.
const OPEN: &[(&str, &str, &str)] = &[
    ("/settings/billing", "credit-card", "locked-billing"),
    ("/leads/export", "download", "locked-export"),
    ("/privacy-requests", "shield-check", "locked-requests"),
    ("/privacy/records", "list-checks", "locked-records"),
    ("/settings/audit", "clock-alert", "locked-audit"),
    ("/settings/members", "users", "locked-members"),
    ("/settings/privacy", "user", "locked-privacy"),
    ("/settings/security", "settings", "locked-security"),
    ("/organizations", "building-2", "locked-organizations"),
    ("/departure", "log-out", "locked-departure"),
];

#[derive(Template)]
#[template(path = "pages/locked.html")]
struct LockedPage {
    page: Page,
    /// Since when it is locked.
    since: String,
    /// When its data go.
    purge: String,
    /// Whether whoever looks may do something about it.
    pays: bool,
    open: Vec<Open>,
}

struct Open {
    path: &'static str,
    icon: &'static str,
    name: String,
    about: String,
}

/// `GET /locked`; somebody whose organization is not has nothing to see there.
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let Some(end) = end(&member.0).filter(|_| member.0.standing.access == Access::Locked) else {
        return Ok(Redirect::to("/").into_response());
    };
    let open = OPEN.iter().filter(|(path, ..)| is_for(&member.0, path)).map(|(path, icon, key)| Open {
        path,
        icon,
        name: t.get(key),
        about: t.get(&format!("{key}-about")),
    });
    show(&LockedPage {
        page: Page { banner: None, ..Page::of(&member.0, "locked", t.get("locked-title")) },
        since: calendar.day(end.closed_at),
        purge: calendar.day(end.purge_due_at()),
        pays: member.0.actor.may(Permission::ManageBilling),
        open: open.collect(),
    })
}
