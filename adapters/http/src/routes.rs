//! Every route there is, as data: the router is built from it, and tests walk it (RLS-11).

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, options, post},
};
use http::Method;
use qualify_domain::access::Permission;

use crate::{assets, health, links::hushed, pages, public, security::own_origin, session, watch, web::Web};

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
}

impl Access {
    /// The permission it asks for, if it does.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Granted(permission) => Some(permission),
            Self::Public | Self::Visitor | Self::Member => None,
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
    handler: fn() -> MethodRouter<Web>,
}

const fn read(path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    RouteSpec { method: Method::GET, path, access, handler }
}

const fn change(path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    RouteSpec { method: Method::POST, path, access, handler }
}

/// Every route there is.
pub static ROUTES: &[RouteSpec] = {
    use Access::{Granted, Member, Public, Visitor};
    use Permission::{
        AssignLead, ChooseNotifications, ExplainAccess, ExportAudit, LeaveOrganization, ManageApiKeys, ManageForms,
        ManageMembers, ManageTeams, MarkNotifications, NoteLead, QualifyLead, ReadAudit, ReadForms, ReadLeads,
        ReadMembers, ReleaseSubmission, RequireSecondFactor, SecureAccount, TransferOwnership,
    };
    &[
        read("/", Member, || get(pages::home)),
        read("/sign-up", Public, || get(pages::sign_up::open)),
        change("/sign-up", Public, || post(pages::sign_up::sign_up)),
        read("/sign-up/sent", Public, || get(pages::sign_up::show_sent)),
        change("/sign-up/again", Public, || post(pages::sign_up::again)),
        read("/sign-up/{token}", Public, || hushed(get(pages::sign_up::show_waiting))),
        change("/sign-up/{token}", Public, || hushed(post(pages::sign_up::confirm))),
        read("/sign-in", Public, || get(pages::accounts::show_sign_in)),
        change("/sign-in", Public, || post(pages::accounts::sign_in)),
        read("/sign-in/second", Public, || get(pages::second_step::show_beginning)),
        change("/sign-in/second", Public, || post(pages::second_step::answer)),
        change("/sign-in/passkey/question", Public, || post(pages::passkey::ask)),
        change("/sign-in/passkey", Public, || post(pages::passkey::sign_in)),
        change("/sign-out", Member, || post(pages::accounts::sign_out)),
        read("/leads", Granted(ReadLeads), || get(pages::leads::list)),
        read("/leads/{id}", Granted(ReadLeads), || get(pages::lead::open)),
        change("/leads/{id}/notes", Granted(NoteLead), || post(pages::lead::note)),
        change("/leads/{id}/owner", Granted(AssignLead), || post(pages::lead::assign)),
        change("/leads/{id}/stage", Granted(QualifyLead), || post(pages::lead::move_to)),
        read("/notifications", Granted(ReadLeads), || get(pages::notifications::list)),
        read("/notifications/count", Granted(ReadLeads), || get(pages::notifications::count)),
        change("/notifications/read", Granted(MarkNotifications), || post(pages::notifications::read_all)),
        change("/notifications/{id}/open", Granted(MarkNotifications), || post(pages::notifications::open)),
        read("/live", Granted(ReadLeads), || get(pages::live::stream)),
        read("/forms", Granted(ReadForms), || get(pages::forms::list)),
        change("/forms", Granted(ManageForms), || post(pages::forms::create)),
        read("/forms/new", Granted(ManageForms), || get(pages::forms::new)),
        read("/forms/{id}", Granted(ReadForms), || get(pages::form::open)),
        change("/forms/{id}/settings", Granted(ManageForms), || post(pages::form::change)),
        change("/forms/{id}/public-id", Granted(ManageForms), || post(pages::form::rotate)),
        change("/forms/{id}/submissions/{submission}/release", Granted(ReleaseSubmission), || {
            post(pages::form::release)
        }),
        read("/settings/members", Granted(ReadMembers), || get(pages::settings::members::list)),
        read("/settings/members/{user}", Granted(ReadMembers), || get(pages::settings::members::open)),
        change("/settings/members/{user}/roles", Granted(ManageMembers), || {
            post(pages::settings::members::change_roles)
        }),
        change("/settings/members/{user}/removal", Granted(ManageMembers), || post(pages::settings::members::remove)),
        change("/settings/members/{user}/ownership", Granted(TransferOwnership), || {
            post(pages::settings::members::hand_over)
        }),
        read("/settings/members/{user}/access", Granted(ExplainAccess), || get(pages::settings::access::open)),
        read("/settings/teams", Granted(ManageTeams), || get(pages::settings::teams::list)),
        change("/settings/teams", Granted(ManageTeams), || post(pages::settings::teams::make)),
        change("/settings/teams/{id}/name", Granted(ManageTeams), || post(pages::settings::teams::change)),
        change("/settings/teams/{id}/members", Granted(ManageTeams), || post(pages::settings::teams::add)),
        change("/settings/teams/{id}/members/{user}/removal", Granted(ManageTeams), || {
            post(pages::settings::teams::take_out)
        }),
        change("/settings/teams/{id}/removal", Granted(ManageTeams), || post(pages::settings::teams::end)),
        read("/departure", Granted(LeaveOrganization), || get(pages::departure::show_departure)),
        change("/departure", Granted(LeaveOrganization), || post(pages::departure::leave)),
        read("/settings", Member, || get(pages::settings::open)),
        read("/settings/notifications", Granted(ChooseNotifications), || get(pages::settings::notifications::open)),
        change("/settings/notifications", Granted(ChooseNotifications), || {
            post(pages::settings::notifications::notify)
        }),
        read("/settings/security", Member, || get(pages::settings::security::open)),
        change("/settings/security/sessions/end", Member, || post(pages::settings::security::end_others)),
        change("/settings/security/sessions/{id}/end", Member, || post(pages::settings::security::end)),
        read("/settings/security/second-factor", Granted(SecureAccount), || get(pages::settings::second_factor::open)),
        change("/settings/security/second-factor/later", Member, || post(pages::settings::second_factor::later)),
        change("/settings/security/second-factor/policy", Granted(RequireSecondFactor), || {
            post(pages::settings::second_factor::require)
        }),
        read("/settings/security/totp", Granted(SecureAccount), || get(pages::settings::second_factor::show_totp)),
        change("/settings/security/totp", Granted(SecureAccount), || post(pages::settings::second_factor::begin_totp)),
        change("/settings/security/totp/confirmation", Granted(SecureAccount), || {
            post(pages::settings::second_factor::confirm_totp)
        }),
        change("/settings/security/totp/removal", Granted(SecureAccount), || {
            post(pages::settings::second_factor::remove_totp)
        }),
        change("/settings/security/recovery-codes", Granted(SecureAccount), || {
            post(pages::settings::second_factor::replace_codes)
        }),
        read("/settings/api-keys", Granted(ManageApiKeys), || get(pages::settings::api_keys::list)),
        change("/settings/api-keys", Granted(ManageApiKeys), || post(pages::settings::api_keys::make)),
        change("/settings/api-keys/{id}/revocation", Granted(ManageApiKeys), || {
            post(pages::settings::api_keys::revoke)
        }),
        read("/settings/audit", Granted(ReadAudit), || get(pages::settings::audit::open)),
        change("/settings/audit/export", Granted(ExportAudit), || post(pages::settings::audit::download)),
        change("/settings/security/passkeys/question", Granted(SecureAccount), || post(pages::passkey::ask_new)),
        change("/settings/security/passkeys", Granted(SecureAccount), || post(pages::passkey::add)),
        change("/settings/security/passkeys/{id}/removal", Granted(SecureAccount), || post(pages::passkey::remove)),
        read("/f/{public_id}", Visitor, || get(public::hosted::show_form)),
        change("/f/{public_id}", Visitor, || post(public::submit::submit)),
        RouteSpec {
            method: Method::OPTIONS,
            path: "/f/{public_id}",
            access: Visitor,
            handler: || options(public::door::preflight),
        },
        read("/f/{public_id}/token", Visitor, || get(public::token::show)),
        read("/f/{public_id}/thanks", Visitor, || get(public::thanks::open)),
        read("/privacy", Public, || get(pages::privacy::open)),
        read("/demo/mail", Public, || get(pages::demo_mails::list)),
        read("/demo/mail/{file}", Public, || get(pages::demo_mails::open)),
        read("/demo/mail/{file}/html", Public, || get(pages::demo_mails::html)),
        read("/healthz", Public, || get(health::alive)),
        read("/readyz", Public, || get(health::ready)),
        read("/embed.js", Public, || get(assets::embed)),
        read("/assets/{file}", Public, || get(assets::show)),
    ]
};

/// The router of all routes, each behind the layers its access asks for.
pub(crate) fn router(web: &Web) -> Router<Web> {
    let mut router = Router::new();
    for spec in ROUTES {
        let handler = (spec.handler)();
        let guarded = match spec.access {
            Access::Visitor => handler.route_layer(from_fn_with_state(web.clone(), public::door::enter)),
            Access::Public => handler.route_layer(from_fn_with_state(web.clone(), own_origin)),
            Access::Member => handler
                .route_layer(from_fn_with_state(web.clone(), watch::tell))
                .route_layer(from_fn_with_state(web.clone(), session::enter))
                .route_layer(from_fn_with_state(web.clone(), own_origin)),
            Access::Granted(permission) => handler
                .route_layer(from_fn_with_state(permission, session::permit))
                .route_layer(from_fn_with_state(web.clone(), watch::tell))
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

    use super::*;

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
    fn no_route_is_declared_twice() {
        let all: BTreeSet<_> = ROUTES.iter().map(|spec| (spec.method.as_str(), spec.path)).collect();
        assert_eq!(all.len(), ROUTES.len());
    }

    #[test]
    fn web_3_nothing_changes_on_get() {
        for spec in ROUTES {
            let named_after_a_change = ["sign-out", "end", "release", "notes", "stage", "public-id"];
            let changes = named_after_a_change.iter().any(|word| spec.path.ends_with(word));
            assert!(!changes || spec.method == Method::POST, "{}", spec.path);
        }
    }
}
