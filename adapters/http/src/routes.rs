//! Every route there is, as data, area by area: the router is built from it, and tests walk it (RLS-11).

mod accounts;
mod agreement;
mod api;
mod billing;
mod breaches;
mod forms;
mod kept;
mod leads;
mod public;
mod records;
mod retention;
mod rights;
mod settings;
mod support;

use std::sync::LazyLock;

use axum::{Router, middleware::from_fn_with_state, routing::MethodRouter};
use http::Method;
use qualify_domain::access::Permission;
use utoipa::openapi::path::Operation;

use crate::{
    api::door as keys,
    public::door,
    security::own_origin,
    session, step_up, support as visits,
    tab::{self, Tabs},
    watch,
    web::Web,
};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody, in front of a form: the address names it.
    Visitor,
    /// A member who is signed in, whatever their role.
    Member,
    /// A member with this permission.
    Granted(Permission),
    /// A program with an API key, whatever it is for.
    Program,
    /// A program with an API key whose role and scopes have this permission.
    Keyed(Permission),
}

impl Access {
    /// The permission it asks for, if it does.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Granted(permission) | Self::Keyed(permission) => Some(permission),
            Self::Public | Self::Visitor | Self::Member | Self::Program => None,
        }
    }
}

/// One route.
#[derive(Clone, Debug)]
pub struct RouteSpec {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The address, with its parameters in braces.
    pub path: &'static str,
    /// Who may come in.
    pub access: Access,
    /// Whether it asks for a proof of at most ten minutes ago of who it is (AUTH-16).
    pub confirmed: bool,
    /// From which tabs it may be used.
    pub tabs: Tabs,
    /// Whether it is for support too, where an owner opened (PRV-11).
    pub for_support: bool,
    handler: fn() -> MethodRouter<Web>,
    /// How the API's document tells of it; nothing elsewhere.
    pub(crate) describe: Option<fn() -> Operation>,
}

impl RouteSpec {
    /// The same, told of in the API's document.
    const fn described(mut self, describe: fn() -> Operation) -> Self {
        self.describe = Some(describe);
        self
    }

    /// The same route behind a proof of at most ten minutes ago of who it is (AUTH-16).
    const fn confirmed(mut self) -> Self {
        self.confirmed = true;
        self
    }

    /// The same route for support too: what only shows, and takes nothing away.
    const fn for_support(mut self) -> Self {
        self.for_support = true;
        self
    }

    /// The same route from a tab of another organization too.
    const fn in_any_tab(mut self) -> Self {
        self.tabs = Tabs::Any;
        self
    }
}

const fn read(path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    changed(Method::GET, path, access, handler)
}

const fn change(path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    changed(Method::POST, path, access, handler)
}

const fn changed(method: Method, path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    RouteSpec { method, path, access, confirmed: false, tabs: Tabs::Same, for_support: false, handler, describe: None }
}

/// Every route there is.
pub static ROUTES: LazyLock<Vec<RouteSpec>> = LazyLock::new(|| {
    [
        accounts::ROUTES,
        leads::ROUTES,
        forms::ROUTES,
        settings::ROUTES,
        billing::ROUTES,
        rights::ROUTES,
        agreement::ROUTES,
        breaches::ROUTES,
        support::ROUTES,
        kept::ROUTES,
        retention::ROUTES,
        records::ROUTES,
        api::ROUTES,
        public::ROUTES,
    ]
    .concat()
});

/// Whether a page can be looked at there.
pub(crate) fn is_page(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |spec: &RouteSpec| {
        let known: Vec<&str> = spec.path.split('/').collect();
        known.len() == parts.len()
            && known.iter().zip(&parts).all(|(known, part)| known.starts_with('{') || known == part)
    };
    ROUTES.iter().any(|spec| spec.method == Method::GET && fits(spec))
}

/// The router of all routes, each behind the layers its access asks for.
pub(crate) fn router(web: &Web) -> Router<Web> {
    let mut router = Router::new();
    for spec in ROUTES.iter() {
        let handler = if spec.confirmed {
            (spec.handler)().route_layer(from_fn_with_state(web.clone(), step_up::ask))
        } else {
            (spec.handler)()
        };
        let guarded = match spec.access {
            Access::Visitor => handler.route_layer(from_fn_with_state(web.clone(), door::enter)),
            Access::Program => handler.route_layer(from_fn_with_state(web.clone(), keys::enter)),
            Access::Keyed(permission) => handler
                .route_layer(from_fn_with_state(permission, keys::permit))
                .route_layer(from_fn_with_state(web.clone(), keys::enter)),
            Access::Public => handler.route_layer(from_fn_with_state(web.clone(), own_origin)),
            Access::Member => handler
                .route_layer(from_fn_with_state(spec.for_support, visits::keep_out))
                .route_layer(from_fn_with_state(web.clone(), watch::tell))
                .route_layer(from_fn_with_state((web.clone(), spec.tabs), tab::stay))
                .route_layer(from_fn_with_state(web.clone(), session::enter))
                .route_layer(from_fn_with_state(web.clone(), own_origin)),
            Access::Granted(permission) => handler
                .route_layer(from_fn_with_state(permission, session::permit))
                .route_layer(from_fn_with_state(spec.for_support, visits::keep_out))
                .route_layer(from_fn_with_state(web.clone(), watch::tell))
                .route_layer(from_fn_with_state((web.clone(), spec.tabs), tab::stay))
                .route_layer(from_fn_with_state(web.clone(), session::enter))
                .route_layer(from_fn_with_state(web.clone(), own_origin)),
        };
        router = router.route(spec.path, guarded);
    }
    router
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use axum::routing::post;
    use qualify_domain::access::SUPPORT;

    use super::*;
    use crate::pages;

    fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn rls_11_routes_are_declared_in_the_table_only() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let call = concat!(".route", "(");
        let elsewhere: Vec<_> = files.iter().filter(|(_, text)| text.contains(call)).map(|(path, _)| path).collect();
        assert_eq!(elsewhere.len(), 1, "{elsewhere:?}");
        assert!(elsewhere[0].ends_with("routes.rs"));
        for way_around in [concat!(".nest", "("), concat!(".fallback_", "service("), concat!(".route_", "service(")] {
            assert!(!files.iter().any(|(_, text)| text.contains(way_around)), "{way_around}");
        }
    }

    #[test]
    fn a_page_is_known_by_its_address() {
        for page in ["/", "/leads", "/leads/0192f7a0-0000-7000-8000-000000000000", "/settings/profile"] {
            assert!(is_page(page), "{page}");
        }
        for none in ["", "//evil.example", "/settings/profile/theme", "/sign-out", "/nowhere", "/leads/1/notes"] {
            assert!(!is_page(none), "{none}");
        }
    }

    #[test]
    fn no_route_is_declared_twice() {
        let all: BTreeSet<_> = ROUTES.iter().map(|spec| (spec.method.as_str(), spec.path)).collect();
        assert_eq!(all.len(), ROUTES.len());
    }

    /// What stands in the addresses of changes that are sensitive.
    const SENSITIVE: &[&str] = &[
        "/email",
        "/password",
        "/second-factor/policy",
        "/totp",
        "/recovery-codes",
        "/passkeys",
        "/sessions/",
        "/api-keys",
        "/webhooks",
        "/export",
        "/deletion",
        "/billing",
        "/roles",
        "/ownership",
        "/members/{user}/removal",
        "/departure",
    ];

    /// Whether the rule of step-up speaks of the route: a sensitive change by somebody who is signed in.
    fn is_sensitive(spec: &RouteSpec) -> bool {
        let by_member = matches!(spec.access, Access::Member | Access::Granted(_));
        let of_a_team = spec.path.starts_with("/settings/teams");
        by_member && !of_a_team && spec.method != Method::GET && SENSITIVE.iter().any(|part| spec.path.contains(part))
    }

    #[test]
    fn auth_16_every_sensitive_change_asks_for_a_fresh_proof() {
        let open: Vec<_> = ROUTES.iter().filter(|spec| is_sensitive(spec) && !spec.confirmed).collect();
        assert!(open.is_empty(), "{open:?}");
        for part in ["/totp", "/recovery-codes", "/passkeys", "/sessions/", "/export", "/roles", "/ownership"] {
            assert!(
                ROUTES.iter().any(|spec| is_sensitive(spec) && spec.path.contains(part)),
                "{part} finds its routes"
            );
        }
        let unmarked = change("/settings/api-keys", Access::Member, || post(pages::home));
        assert!(is_sensitive(&unmarked) && !unmarked.confirmed, "one that was forgotten would be found");
    }

    #[test]
    fn auth_16_a_proof_is_asked_of_those_only_who_are_signed_in() {
        for spec in ROUTES.iter().filter(|spec| spec.confirmed) {
            assert!(matches!(spec.access, Access::Member | Access::Granted(_)), "{}", spec.path);
            assert!(!spec.path.starts_with("/confirm") && !spec.path.starts_with("/sign-"), "{}", spec.path);
        }
    }

    #[test]
    fn the_routes_that_are_used_in_any_tab_are_few_and_known() {
        let any = ROUTES.iter().filter(|spec| spec.tabs == Tabs::Any && spec.access != Access::Visitor);
        let paths: Vec<_> = any.map(|spec| spec.path).collect();
        let own = ["/settings/profile", "/settings/profile/language", "/settings/profile/theme"];
        assert_eq!(paths, [&["/sign-out", "/organizations", "/organizations/{id}/entry"][..], &own].concat());
    }

    #[test]
    fn prv_11_support_is_shown_what_it_may_look_at_and_has_no_route_that_writes_or_takes_away() {
        let routes: Vec<_> = ROUTES.iter().filter(|spec| spec.for_support).collect();
        for spec in &routes {
            let is_shown = match spec.access {
                Access::Granted(permission) => SUPPORT.iter().any(|(granted, _)| *granted == permission),
                access => access == Access::Member,
            };
            assert!(is_shown && !spec.confirmed, "{}", spec.path);
            assert!(spec.method == Method::GET || spec.path == "/sign-out", "{} {}", spec.method, spec.path);
            for taken in ["file", "export", "copy", "audit", "live"] {
                assert!(!spec.path.contains(taken), "{}", spec.path);
            }
        }
        assert!(["/leads", "/leads/{id}", "/forms"].iter().all(|path| routes.iter().any(|spec| spec.path == *path)));
    }

    #[test]
    fn web_3_nothing_changes_on_get() {
        for spec in ROUTES.iter() {
            let named_after_a_change = ["sign-out", "end", "release", "notes", "stage", "public-id"];
            let changes = named_after_a_change.iter().any(|word| spec.path.ends_with(word));
            assert!(!changes || spec.method == Method::POST, "{}", spec.path);
        }
    }
}
