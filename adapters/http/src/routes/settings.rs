//! The settings.

use axum::routing::{get, post};
use qualify_domain::access::Permission::{
    ChangeProfile, ChooseNotifications, CloseOrganization, ExplainAccess, ExportAudit, ManageApiKeys, ManageMembers,
    ManageOrganization, ManageScore, ManageTeams, ManageWebhooks, ReadAudit, ReadMembers, RequireSecondFactor,
    RunWebhooks, SecureAccount, ShapeLeads, TransferOwnership,
};

use super::{
    Access::{Granted, Member},
    RouteSpec, change, read,
};
use crate::pages;

pub(super) const ROUTES: &[RouteSpec] = &[
    read("/settings/profile/email", Granted(SecureAccount), || get(pages::settings::email::open)),
    change("/settings/profile/email", Granted(SecureAccount), || post(pages::settings::email::ask)).confirmed(),
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
    change("/settings/members/{user}/roles", Granted(ManageMembers), || post(pages::settings::members::change_roles))
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
    read("/settings/properties", Granted(ShapeLeads), || get(pages::settings::properties::list)),
    change("/settings/properties", Granted(ShapeLeads), || post(pages::settings::properties::make)),
    read("/settings/properties/{id}", Granted(ShapeLeads), || get(pages::settings::properties::open)),
    change("/settings/properties/{id}", Granted(ShapeLeads), || post(pages::settings::properties::change)),
    change("/settings/properties/{id}/place", Granted(ShapeLeads), || post(pages::settings::properties::shift)),
    read("/settings/pipelines", Granted(ShapeLeads), || get(pages::settings::pipelines::list)),
    change("/settings/pipelines", Granted(ShapeLeads), || post(pages::settings::pipelines::make)),
    read("/settings/pipelines/{id}", Granted(ShapeLeads), || get(pages::settings::pipelines::open)),
    change("/settings/pipelines/{id}/name", Granted(ShapeLeads), || post(pages::settings::pipelines::rename)),
    change("/settings/pipelines/{id}/place", Granted(ShapeLeads), || post(pages::settings::pipelines::shift)),
    change("/settings/pipelines/{id}/removal", Granted(ShapeLeads), || post(pages::settings::pipelines::retire)),
    change("/settings/pipelines/{id}/stages", Granted(ShapeLeads), || post(pages::settings::pipelines::add_stage)),
    read("/settings/pipelines/{id}/stages/{stage}", Granted(ShapeLeads), || {
        get(pages::settings::pipelines::open_stage)
    }),
    change("/settings/pipelines/{id}/stages/{stage}", Granted(ShapeLeads), || {
        post(pages::settings::pipelines::change_stage)
    }),
    change("/settings/pipelines/{id}/stages/{stage}/place", Granted(ShapeLeads), || {
        post(pages::settings::pipelines::shift_stage)
    }),
    change("/settings/pipelines/{id}/stages/{stage}/removal", Granted(ShapeLeads), || {
        post(pages::settings::pipelines::retire_stage)
    }),
    change("/settings/reasons", Granted(ShapeLeads), || post(pages::settings::reasons::add)),
    change("/settings/reasons/{id}/removal", Granted(ShapeLeads), || post(pages::settings::reasons::retire)),
    read("/settings/score", Granted(ManageScore), || get(pages::settings::score::open)),
    read("/settings/score/what-if", Granted(ManageScore), || get(pages::settings::score::outlook::open)),
    change("/settings/score/what-if", Granted(ManageScore), || post(pages::settings::score::outlook::ask)),
    read("/settings/score/movers", Granted(ManageScore), || get(pages::settings::score::outlook::movers)),
    read("/settings/score/rules/new", Granted(ManageScore), || get(pages::settings::score::rule::new)),
    change("/settings/score/rules", Granted(ManageScore), || post(pages::settings::score::rule::add)),
    read("/settings/score/rules/{number}", Granted(ManageScore), || get(pages::settings::score::rule::open)),
    change("/settings/score/rules/{number}", Granted(ManageScore), || post(pages::settings::score::rule::change)),
    change("/settings/score/rules/{number}/removal", Granted(ManageScore), || {
        post(pages::settings::score::rule::remove)
    }),
    change("/settings/score/groups", Granted(ManageScore), || post(pages::settings::score::groups::add)),
    change("/settings/score/groups/{number}", Granted(ManageScore), || post(pages::settings::score::groups::change)),
    change("/settings/score/groups/{number}/removal", Granted(ManageScore), || {
        post(pages::settings::score::groups::remove)
    }),
    change("/settings/score/half-life", Granted(ManageScore), || post(pages::settings::score::groups::fade)),
    change("/settings/score/publication", Granted(ManageScore), || post(pages::settings::score::publish)),
    change("/settings/score/draft/removal", Granted(ManageScore), || post(pages::settings::score::discard)),
    change("/settings/score/draft/renewal", Granted(ManageScore), || post(pages::settings::score::renew)),
    read("/settings/score/versions", Granted(ManageScore), || get(pages::settings::score::versions::list)),
    read("/settings/score/versions/{version}", Granted(ManageScore), || get(pages::settings::score::versions::open)),
    change("/settings/score/versions/{version}/draft", Granted(ManageScore), || {
        post(pages::settings::score::versions::take)
    }),
    read("/settings/teams", Granted(ManageTeams), || get(pages::settings::teams::list)),
    change("/settings/teams", Granted(ManageTeams), || post(pages::settings::teams::make)),
    change("/settings/teams/{id}/name", Granted(ManageTeams), || post(pages::settings::teams::change)),
    change("/settings/teams/{id}/members", Granted(ManageTeams), || post(pages::settings::teams::add)),
    change("/settings/teams/{id}/members/{user}/removal", Granted(ManageTeams), || {
        post(pages::settings::teams::take_out)
    }),
    change("/settings/teams/{id}/removal", Granted(ManageTeams), || post(pages::settings::teams::end)),
    read("/settings", Member, || get(pages::settings::open)),
    read("/settings/profile", Granted(ChangeProfile), || get(pages::settings::profile::open)),
    change("/settings/profile", Granted(ChangeProfile), || post(pages::settings::profile::change)).in_any_tab(),
    change("/settings/profile/language", Granted(ChangeProfile), || post(pages::settings::profile::speak)).in_any_tab(),
    change("/settings/profile/theme", Granted(ChangeProfile), || post(pages::settings::profile::light)).in_any_tab(),
    read("/settings/privacy", Member, || get(pages::settings::privacy::open)),
    read("/settings/privacy/deletion", Granted(SecureAccount), || get(pages::settings::privacy::deletion)).confirmed(),
    change("/settings/privacy/copy", Granted(SecureAccount), || post(pages::settings::privacy::copy)).confirmed(),
    change("/settings/privacy/deletion", Granted(SecureAccount), || post(pages::settings::privacy::delete)).confirmed(),
    change("/settings/privacy/objection", Granted(SecureAccount), || post(pages::settings::privacy::wishes::object))
        .confirmed(),
    change("/settings/privacy/objection/withdrawal", Granted(SecureAccount), || {
        post(pages::settings::privacy::wishes::no_objection)
    }),
    change("/settings/privacy/restriction", Granted(SecureAccount), || {
        post(pages::settings::privacy::wishes::restrict)
    })
    .confirmed(),
    change("/settings/privacy/restriction/withdrawal", Granted(SecureAccount), || {
        post(pages::settings::privacy::wishes::no_restriction)
    }),
    read("/settings/organization/deletion", Granted(CloseOrganization), || get(pages::settings::closing::open))
        .confirmed(),
    change("/settings/organization/deletion", Granted(CloseOrganization), || post(pages::settings::closing::close))
        .confirmed(),
    change("/settings/organization/reopening", Granted(CloseOrganization), || post(pages::settings::closing::reopen)),
    read("/settings/organization", Granted(ManageOrganization), || get(pages::settings::organization::open)),
    change("/settings/organization", Granted(ManageOrganization), || post(pages::settings::organization::change)),
    change("/settings/organization/holidays", Granted(ManageOrganization), || {
        post(pages::settings::organization::add_holiday)
    }),
    change("/settings/organization/holidays/{day}/removal", Granted(ManageOrganization), || {
        post(pages::settings::organization::remove_holiday)
    }),
    read("/settings/notifications", Granted(ChooseNotifications), || get(pages::settings::notifications::open)),
    change("/settings/notifications", Granted(ChooseNotifications), || post(pages::settings::notifications::choose)),
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
    read("/settings/security/password", Granted(SecureAccount), || get(pages::settings::password::open)).confirmed(),
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
    change("/settings/api-keys/{id}/revocation", Granted(ManageApiKeys), || post(pages::settings::api_keys::revoke))
        .confirmed(),
    read("/settings/webhooks", Granted(RunWebhooks), || get(pages::settings::webhooks::list)),
    change("/settings/webhooks", Granted(ManageWebhooks), || post(pages::settings::webhooks::make)).confirmed(),
    read("/settings/webhooks/{id}", Granted(RunWebhooks), || get(pages::settings::webhooks::open)),
    change("/settings/webhooks/{id}", Granted(ManageWebhooks), || post(pages::settings::webhooks::change)).confirmed(),
    change("/settings/webhooks/{id}/secret", Granted(ManageWebhooks), || post(pages::settings::webhooks::rotate))
        .confirmed(),
    change("/settings/webhooks/{id}/pause", Granted(RunWebhooks), || post(pages::settings::webhooks::pause))
        .confirmed(),
    change("/settings/webhooks/{id}/resumption", Granted(RunWebhooks), || post(pages::settings::webhooks::resume))
        .confirmed(),
    change("/settings/webhooks/{id}/test", Granted(RunWebhooks), || post(pages::settings::webhooks::test)).confirmed(),
    change("/settings/webhooks/{id}/removal", Granted(RunWebhooks), || post(pages::settings::webhooks::remove))
        .confirmed(),
    change("/settings/webhooks/{id}/deliveries/{delivery}/replay", Granted(RunWebhooks), || {
        post(pages::settings::webhooks::replay)
    })
    .confirmed(),
    read("/settings/audit", Granted(ReadAudit), || get(pages::settings::audit::open)),
    change("/settings/audit/export", Granted(ExportAudit), || post(pages::settings::audit::download)).confirmed(),
    change("/settings/security/passkeys/question", Granted(SecureAccount), || post(pages::passkey::ask_new))
        .confirmed(),
    change("/settings/security/passkeys", Granted(SecureAccount), || post(pages::passkey::add)).confirmed(),
    change("/settings/security/passkeys/{id}/removal", Granted(SecureAccount), || post(pages::passkey::remove))
        .confirmed(),
];
