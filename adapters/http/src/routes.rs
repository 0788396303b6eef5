//! Every route there is, as data: the router is built from it, and tests walk it (RLS-11).

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, options, patch, post},
};
use http::Method;
use qualify_domain::access::Permission;

use utoipa::{Path as _, openapi::path::Operation};

use crate::{
    api, assets, health,
    links::hushed,
    pages, public,
    security::own_origin,
    session, step_up,
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

    /// The same route from a tab of another organization too.
    const fn in_any_tab(mut self) -> Self {
        self.tabs = Tabs::Any;
        self
    }
}

const fn read(path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    RouteSpec { method: Method::GET, path, access, confirmed: false, tabs: Tabs::Same, handler, describe: None }
}

const fn change(path: &'static str, access: Access, handler: fn() -> MethodRouter<Web>) -> RouteSpec {
    RouteSpec { method: Method::POST, path, access, confirmed: false, tabs: Tabs::Same, handler, describe: None }
}

/// Every route there is.
pub static ROUTES: &[RouteSpec] = {
    use Access::{Granted, Keyed, Member, Program, Public, Visitor};
    use Permission::{
        AssignLead, ChangeLead, ChangeProfile, ChooseNotifications, CreateLead, ExplainAccess, ExportAudit,
        ExportLeads, LeaveOrganization, ManageApiKeys, ManageForms, ManageMembers, ManageOrganization, ManageScore,
        ManageTeams, MarkNotifications, NoteLead, QualifyLead, ReadAudit, ReadForms, ReadLeads, ReadMembers,
        ReleaseSubmission, RequireSecondFactor, RunJobs, SecureAccount, TransferOwnership,
    };
    &[
        read("/", Member, || get(pages::home)),
        read("/sign-up", Public, || get(pages::sign_up::open)),
        change("/sign-up", Public, || post(pages::sign_up::sign_up)),
        read("/sign-up/sent", Public, || get(pages::sign_up::show_sent)),
        change("/sign-up/again", Public, || post(pages::sign_up::again)),
        read("/sign-up/{token}", Public, || hushed(get(pages::sign_up::show_waiting))),
        change("/sign-up/{token}", Public, || hushed(post(pages::sign_up::confirm))),
        read("/password-reset", Public, || get(pages::password_reset::open)),
        change("/password-reset", Public, || post(pages::password_reset::ask)),
        read("/password-reset/sent", Public, || get(pages::password_reset::show_sent)),
        read("/password-reset/{token}", Public, || hushed(get(pages::password_reset::show_choice))),
        change("/password-reset/{token}", Public, || hushed(post(pages::password_reset::reset))),
        read("/sign-in", Public, || get(pages::accounts::show_sign_in)),
        change("/sign-in", Public, || post(pages::accounts::sign_in)),
        read("/sign-in/second", Public, || get(pages::second_step::show_beginning)),
        change("/sign-in/second", Public, || post(pages::second_step::answer)),
        change("/sign-in/passkey/question", Public, || post(pages::passkey::ask)),
        change("/sign-in/passkey", Public, || post(pages::passkey::sign_in)),
        read("/confirm", Member, || get(pages::confirm::open)),
        change("/confirm", Member, || post(pages::confirm::answer)),
        change("/confirm/passkey/question", Member, || post(pages::confirm::ask_passkey)),
        change("/confirm/passkey", Member, || post(pages::confirm::answer_passkey)),
        change("/sign-out", Member, || post(pages::accounts::sign_out)).in_any_tab(),
        read("/organizations", Member, || get(pages::organizations::list)).in_any_tab(),
        change("/organizations/{id}/entry", Member, || post(pages::organizations::enter)).in_any_tab(),
        read("/leads", Granted(ReadLeads), || get(pages::leads::list)),
        read("/leads/export", Granted(ExportLeads), || get(pages::lead_export::open)),
        change("/leads/export", Granted(ExportLeads), || post(pages::lead_export::export)).confirmed(),
        read("/jobs", Granted(ReadLeads), || get(pages::jobs::list)),
        read("/jobs/{id}", Granted(ReadLeads), || get(pages::jobs::open)),
        read("/jobs/{id}/file", Granted(ReadLeads), || get(pages::jobs::download)).confirmed(),
        change("/jobs/{id}/cancellation", Granted(RunJobs), || post(pages::jobs::call_off)),
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
        read("/email-change/{token}", Public, || hushed(get(pages::email_change::open))),
        change("/email-change/{token}", Public, || hushed(post(pages::email_change::change))),
        read("/settings/profile/email", Granted(SecureAccount), || get(pages::settings::email::open)),
        change("/settings/profile/email", Granted(SecureAccount), || post(pages::settings::email::ask)).confirmed(),
        read("/invitations/{token}", Public, || hushed(get(pages::invitation::open))),
        change("/invitations/{token}", Public, || hushed(post(pages::invitation::accept))),
        change("/settings/members/invitations", Granted(ManageMembers), || post(pages::settings::invitations::invite))
            .confirmed(),
        change("/settings/members/invitations/{id}/sending", Granted(ManageMembers), || {
            post(pages::settings::invitations::send_again)
        })
        .confirmed(),
        change("/settings/members/invitations/{id}/withdrawal", Granted(ManageMembers), || {
            post(pages::settings::invitations::withdraw)
        }),
        read("/settings/members", Granted(ReadMembers), || get(pages::settings::members::list)),
        read("/settings/members/{user}", Granted(ReadMembers), || get(pages::settings::members::open)),
        change("/settings/members/{user}/roles", Granted(ManageMembers), || {
            post(pages::settings::members::change_roles)
        })
        .confirmed(),
        change("/settings/members/{user}/grants", Granted(ManageMembers), || post(pages::settings::members::grant))
            .confirmed(),
        change("/settings/members/{user}/removal", Granted(ManageMembers), || post(pages::settings::members::remove))
            .confirmed(),
        change("/settings/members/{user}/ownership", Granted(TransferOwnership), || {
            post(pages::settings::members::hand_over)
        })
        .confirmed(),
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
        change("/departure", Granted(LeaveOrganization), || post(pages::departure::leave)).confirmed(),
        read("/settings", Member, || get(pages::settings::open)),
        read("/settings/profile", Granted(ChangeProfile), || get(pages::settings::profile::open)),
        change("/settings/profile", Granted(ChangeProfile), || post(pages::settings::profile::change)).in_any_tab(),
        change("/settings/profile/language", Granted(ChangeProfile), || post(pages::settings::profile::speak))
            .in_any_tab(),
        change("/settings/profile/theme", Granted(ChangeProfile), || post(pages::settings::profile::light))
            .in_any_tab(),
        read("/settings/organization", Granted(ManageOrganization), || get(pages::settings::organization::open)),
        change("/settings/organization", Granted(ManageOrganization), || post(pages::settings::organization::change)),
        change("/settings/organization/holidays", Granted(ManageOrganization), || {
            post(pages::settings::organization::add_holiday)
        }),
        change("/settings/organization/holidays/{day}/removal", Granted(ManageOrganization), || {
            post(pages::settings::organization::remove_holiday)
        }),
        read("/settings/score", Granted(ManageScore), || get(pages::settings::score::open)),
        read("/settings/score/what-if", Granted(ManageScore), || get(pages::settings::score::outlook::open)),
        change("/settings/score/what-if", Granted(ManageScore), || post(pages::settings::score::outlook::ask)),
        read("/settings/score/rules/new", Granted(ManageScore), || get(pages::settings::score::rule::new)),
        change("/settings/score/rules", Granted(ManageScore), || post(pages::settings::score::rule::add)),
        read("/settings/score/rules/{number}", Granted(ManageScore), || get(pages::settings::score::rule::open)),
        change("/settings/score/rules/{number}", Granted(ManageScore), || post(pages::settings::score::rule::change)),
        change("/settings/score/rules/{number}/removal", Granted(ManageScore), || {
            post(pages::settings::score::rule::remove)
        }),
        change("/settings/score/groups", Granted(ManageScore), || post(pages::settings::score::groups::add)),
        change("/settings/score/groups/{number}", Granted(ManageScore), || {
            post(pages::settings::score::groups::change)
        }),
        change("/settings/score/groups/{number}/removal", Granted(ManageScore), || {
            post(pages::settings::score::groups::remove)
        }),
        change("/settings/score/half-life", Granted(ManageScore), || post(pages::settings::score::groups::fade)),
        change("/settings/score/publication", Granted(ManageScore), || post(pages::settings::score::publish)),
        change("/settings/score/draft/removal", Granted(ManageScore), || post(pages::settings::score::discard)),
        change("/settings/score/draft/renewal", Granted(ManageScore), || post(pages::settings::score::renew)),
        read("/settings/score/versions", Granted(ManageScore), || get(pages::settings::score::versions::list)),
        read("/settings/score/versions/{version}", Granted(ManageScore), || {
            get(pages::settings::score::versions::open)
        }),
        change("/settings/score/versions/{version}/draft", Granted(ManageScore), || {
            post(pages::settings::score::versions::take)
        }),
        read("/settings/notifications", Granted(ChooseNotifications), || get(pages::settings::notifications::open)),
        change("/settings/notifications", Granted(ChooseNotifications), || {
            post(pages::settings::notifications::choose)
        }),
        read("/settings/security", Member, || get(pages::settings::security::open)),
        change("/settings/security/sessions/end", Member, || post(pages::settings::security::end_others)).confirmed(),
        change("/settings/security/sessions/{id}/end", Member, || post(pages::settings::security::end)).confirmed(),
        read("/settings/security/second-factor", Granted(SecureAccount), || get(pages::settings::second_factor::open))
            .confirmed(),
        change("/settings/security/second-factor/later", Member, || post(pages::settings::second_factor::later)),
        change("/settings/security/second-factor/policy", Granted(RequireSecondFactor), || {
            post(pages::settings::organization::require)
        })
        .confirmed(),
        read("/settings/security/password", Granted(SecureAccount), || get(pages::settings::password::open))
            .confirmed(),
        change("/settings/security/password", Granted(SecureAccount), || post(pages::settings::password::change))
            .confirmed(),
        read("/settings/security/totp", Granted(SecureAccount), || get(pages::settings::second_factor::show_totp))
            .confirmed(),
        change("/settings/security/totp", Granted(SecureAccount), || post(pages::settings::second_factor::begin_totp))
            .confirmed(),
        change("/settings/security/totp/confirmation", Granted(SecureAccount), || {
            post(pages::settings::second_factor::confirm_totp)
        })
        .confirmed(),
        change("/settings/security/totp/removal", Granted(SecureAccount), || {
            post(pages::settings::second_factor::remove_totp)
        })
        .confirmed(),
        change("/settings/security/recovery-codes", Granted(SecureAccount), || {
            post(pages::settings::second_factor::replace_codes)
        })
        .confirmed(),
        read("/settings/api-keys", Granted(ManageApiKeys), || get(pages::settings::api_keys::list)),
        change("/settings/api-keys", Granted(ManageApiKeys), || post(pages::settings::api_keys::make)).confirmed(),
        change("/settings/api-keys/{id}/revocation", Granted(ManageApiKeys), || {
            post(pages::settings::api_keys::revoke)
        })
        .confirmed(),
        read("/settings/audit", Granted(ReadAudit), || get(pages::settings::audit::open)),
        change("/settings/audit/export", Granted(ExportAudit), || post(pages::settings::audit::download)).confirmed(),
        change("/settings/security/passkeys/question", Granted(SecureAccount), || post(pages::passkey::ask_new))
            .confirmed(),
        change("/settings/security/passkeys", Granted(SecureAccount), || post(pages::passkey::add)).confirmed(),
        change("/settings/security/passkeys/{id}/removal", Granted(SecureAccount), || post(pages::passkey::remove))
            .confirmed(),
        read("/api/docs", Public, || get(pages::api_docs::open)),
        read("/api/openapi.json", Public, || get(api::document::show)),
        read("/api/v1/me", Program, || get(api::me::read)).described(api::me::__path_read::operation),
        read("/api/v1/leads", Keyed(ReadLeads), || get(api::leads::list)).described(api::leads::__path_list::operation),
        change("/api/v1/leads", Keyed(CreateLead), || post(api::leads::create))
            .described(api::leads::__path_create::operation),
        read("/api/v1/leads/export", Keyed(ExportLeads), || get(api::leads::export))
            .described(api::leads::__path_export::operation),
        read("/api/v1/jobs", Keyed(ReadLeads), || get(api::jobs::list)).described(api::jobs::__path_list::operation),
        read("/api/v1/jobs/{id}", Keyed(ReadLeads), || get(api::jobs::read))
            .described(api::jobs::__path_read::operation),
        change("/api/v1/jobs/{id}/cancellation", Keyed(RunJobs), || post(api::jobs::call_off))
            .described(api::jobs::__path_call_off::operation),
        read("/api/v1/leads/{id}", Keyed(ReadLeads), || get(api::leads::read))
            .described(api::leads::__path_read::operation),
        RouteSpec {
            method: Method::PATCH,
            path: "/api/v1/leads/{id}",
            access: Keyed(ChangeLead),
            confirmed: false,
            tabs: Tabs::Same,
            handler: || patch(api::leads::change),
            describe: None,
        }
        .described(api::leads::__path_change::operation),
        change("/api/v1/leads/{id}/stage", Keyed(QualifyLead), || post(api::leads::move_to))
            .described(api::leads::__path_move_to::operation),
        read("/api/v1/leads/{id}/score", Keyed(ReadLeads), || get(api::scores::read))
            .described(api::scores::__path_read::operation),
        read("/api/v1/score-rules", Keyed(ReadLeads), || get(api::scores::rules))
            .described(api::scores::__path_rules::operation),
        read("/api/v1/stages", Keyed(ReadLeads), || get(api::leads::stages))
            .described(api::leads::__path_stages::operation),
        read("/api/v1/forms", Keyed(ReadForms), || get(api::forms::list)).described(api::forms::__path_list::operation),
        read("/api/v1/forms/{id}", Keyed(ReadForms), || get(api::forms::read))
            .described(api::forms::__path_read::operation),
        read("/api/v1/members", Keyed(ReadMembers), || get(api::members::list))
            .described(api::members::__path_list::operation),
        read("/f/{public_id}", Visitor, || get(public::hosted::show_form)),
        change("/f/{public_id}", Visitor, || post(public::submit::submit)),
        RouteSpec {
            method: Method::OPTIONS,
            path: "/f/{public_id}",
            access: Visitor,
            confirmed: false,
            tabs: Tabs::Any,
            handler: || options(public::door::preflight),
            describe: None,
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
    for spec in ROUTES {
        let handler = if spec.confirmed {
            (spec.handler)().route_layer(from_fn_with_state(web.clone(), step_up::ask))
        } else {
            (spec.handler)()
        };
        let guarded = match spec.access {
            Access::Visitor => handler.route_layer(from_fn_with_state(web.clone(), public::door::enter)),
            Access::Program => handler.route_layer(from_fn_with_state(web.clone(), api::door::enter)),
            Access::Keyed(permission) => handler
                .route_layer(from_fn_with_state(permission, api::door::permit))
                .route_layer(from_fn_with_state(web.clone(), api::door::enter)),
            Access::Public => handler.route_layer(from_fn_with_state(web.clone(), own_origin)),
            Access::Member => handler
                .route_layer(from_fn_with_state(web.clone(), watch::tell))
                .route_layer(from_fn_with_state((web.clone(), spec.tabs), tab::stay))
                .route_layer(from_fn_with_state(web.clone(), session::enter))
                .route_layer(from_fn_with_state(web.clone(), own_origin)),
            Access::Granted(permission) => handler
                .route_layer(from_fn_with_state(permission, session::permit))
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
    fn web_3_nothing_changes_on_get() {
        for spec in ROUTES {
            let named_after_a_change = ["sign-out", "end", "release", "notes", "stage", "public-id"];
            let changes = named_after_a_change.iter().any(|word| spec.path.ends_with(word));
            assert!(!changes || spec.method == Method::POST, "{}", spec.path);
        }
    }
}
