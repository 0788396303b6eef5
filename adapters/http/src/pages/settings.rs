//! The settings: one page per tab. `TABS` orders them; [`page`] makes the frame that every one of them stands in.

pub mod access;
pub mod api_keys;
pub mod audit;
pub mod billing;
pub mod closing;
pub mod email;
pub mod invitations;
pub mod members;
pub mod notifications;
pub mod organization;
pub mod password;
pub mod pipelines;
pub mod privacy;
pub mod profile;
pub mod properties;
pub mod reasons;
pub mod score;
pub mod second_factor;
pub mod security;
pub mod teams;
pub mod webhooks;

use axum::response::Redirect;
use http::Method;
use qualify_usecases::SignedIn;

use crate::{
    actor::Member,
    page::{Page, Tab},
    problem::Problem,
    routes::ROUTES,
    text::Text,
};

/// The tabs in their order: an address, and the key of its name. Each shows where its route exists and lets the member
/// in; a page becomes a tab by its line here.
const TABS: &[(&str, &str)] = &[
    ("/settings/profile", "tab-profile"),
    ("/settings/security", "tab-security"),
    ("/settings/notifications", "tab-notifications"),
    ("/settings/privacy", "tab-privacy"),
    ("/settings/organization", "tab-organization"),
    ("/settings/pipelines", "tab-pipelines"),
    ("/settings/properties", "tab-properties"),
    ("/settings/score", "tab-score"),
    (billing::HERE, "tab-billing"),
    ("/settings/members", "tab-members"),
    ("/settings/teams", "tab-teams"),
    ("/settings/api-keys", "tab-api-keys"),
    ("/settings/webhooks", "tab-webhooks"),
    ("/settings/audit", "tab-audit"),
    ("/privacy/restrictions", "tab-restrictions"),
    ("/privacy/holds", "tab-holds"),
    ("/privacy/breaches", "tab-breaches"),
    ("/privacy/agreement", "tab-agreement"),
    ("/privacy/retention", "tab-retention"),
    ("/privacy/records", "tab-records"),
    ("/privacy/support", "tab-support"),
];

/// A settings page: `here` is the address of the tab it belongs to.
pub fn page(member: &SignedIn, here: &str) -> Page {
    let t = Text::new(member.language);
    let tabs: Vec<Tab> = TABS
        .iter()
        .filter(|(path, _)| is_for(member, path))
        .map(|(path, key)| Tab { path, name: t.get(key), current: *path == here })
        .collect();
    let title = tabs.iter().find(|tab| tab.current).map_or_else(|| t.get("settings"), |tab| tab.name.clone());
    Page { tabs, ..Page::of(member, "settings", title) }
}

/// Whether the page of a route is for the member. That of billing is for nobody where nobody pays.
pub(super) fn is_for(member: &SignedIn, path: &str) -> bool {
    if path == billing::HERE && member.standing.plan.is_none() {
        return false;
    }
    let route = ROUTES.iter().find(|spec| spec.path == path && spec.method == Method::GET);
    route.is_some_and(|spec| spec.access.permission().is_none_or(|permission| member.actor.may(permission)))
}

/// Whether something is to be moved towards the beginning of its list; towards the end else.
///
/// # Errors
/// 400 for a direction that is none.
pub(super) fn earlier(direction: &str) -> Result<bool, Problem> {
    match direction {
        "earlier" => Ok(true),
        "later" => Ok(false),
        _ => Err(Problem::bad_request()),
    }
}

/// `GET /settings`: the first tab that is for the member.
pub async fn open(Member(member): Member) -> Result<Redirect, Problem> {
    let first = TABS.iter().find(|(path, _)| is_for(&member, path));
    first.map(|(path, _)| Redirect::to(path)).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Access;

    #[test]
    fn every_settings_page_is_a_tab() {
        let pages = ROUTES.iter().filter(|spec| spec.method == Method::GET);
        for spec in pages.filter(|spec| spec.path.split('/').count() == 3 && spec.path.starts_with("/settings/")) {
            assert!(TABS.iter().any(|(path, _)| *path == spec.path), "{} has no tab", spec.path);
            assert_ne!(spec.access, Access::Public, "{}", spec.path);
        }
    }

    #[test]
    fn every_tab_has_a_name() {
        let t = Text::new(qualify_domain::language::Language::French);
        for (path, key) in TABS {
            assert_ne!(t.get(key), *key, "{path}");
        }
    }
}
