//! Every field of our own pages: a new form's fields are named here, and everything wrong is tried in them.

mod elsewhere;
mod long;

pub(crate) use self::elsewhere::ELSEWHERE;
use self::long::{ASKED, BREACH, FIELD, HOOK, KNOWN_FIELD, ORGANIZATION};

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// People type it; this would be right. A fault is told at the field, and the rest stands there again.
    Typed(&'static str),
    /// The same, where it must not be too long only for what is typed to mean nothing else.
    Chosen(&'static str),
    /// A secret, which is never shown again.
    Secret,
    /// Our own pages fill it in.
    Hidden(&'static str),
    /// A box: anything in it ticks it.
    Box,
}
use Kind::{Box, Chosen, Hidden, Secret, Typed};

/// Every field of our own pages, by the address that takes it.
pub(crate) const FORMS: &[(&str, &[(&str, Kind)])] = &[
    (
        "/sign-up",
        &[
            ("first_name", Typed("Anna")),
            ("last_name", Typed("Berg")),
            ("organization", Typed("Berg & Co")),
            ("email", Typed("anna@berg.example")),
        ],
    ),
    ("/sign-up/again", &[("again", Hidden(""))]),
    ("/sign-up/{token}", &[("password", Secret)]),
    ("/sign-in", &[("email", Secret), ("password", Secret), ("next", Hidden("/"))]),
    ("/sign-in/second", &[("reference", Hidden("")), ("code", Secret), ("next", Hidden("/"))]),
    ("/sign-in/passkey", &[("reference", Hidden("")), ("answer", Hidden("")), ("next", Hidden("/"))]),
    ("/confirm", &[("password", Secret), ("code", Secret), ("next", Hidden("/")), ("again", Hidden(""))]),
    (
        "/confirm/passkey",
        &[("reference", Hidden("")), ("answer", Hidden("")), ("next", Hidden("/")), ("again", Hidden(""))],
    ),
    ("/organizations/{id}/entry", &[("next", Hidden("/"))]),
    ("/leads/new", NEW_LEAD),
    ("/leads/export", EXPORT),
    (
        "/leads/changes",
        &[
            ("filter", Hidden("")),
            ("act", Hidden("tag")),
            ("owner", Hidden("")),
            ("stage", Hidden("")),
            ("reason", Hidden("")),
            ("there", Hidden("")),
            ("there_reason", Hidden("")),
            ("tag", Typed("Fair")),
        ],
    ),
    ("/informing", &[("source", Hidden("")), ("day", Hidden("2026-11-23")), ("told_on", Hidden("2026-11-23"))]),
    ("/leads/{id}/restriction", &[("ground", Hidden("")), ("names_ip", Box)]),
    ("/privacy/restrictions/{id}/lift", &[("told", Box)]),
    ("/privacy/holds", crate::bad_fields::HOLD),
    ("/privacy/holds/{id}/review", &[("next", Hidden(""))]),
    ("/privacy/holds/{id}/lift", &[("sure", Box)]),
    ("/privacy/agreement", &[("version", Hidden("2")), ("language", Hidden("en"))]),
    ("/privacy/breaches", BREACH),
    ("/privacy/breaches/{id}", BREACH.split_at(1).1),
    ("/privacy/support", &[("hours", Typed("2")), ("reason", Typed("The list of leads stays empty"))]),
    ("/leads/{id}/merge", &[("other", Hidden("")), ("version", Hidden("1")), ("other_version", Hidden("1"))]),
    ("/leads/{id}/erasure", &[("ground", Hidden("asked")), ("name", Typed("Anna Berg"))]),
    ("/leads/{id}/notes", &[("note", Typed("Please call")), ("kind", Hidden("call"))]),
    ("/leads/{id}/properties", &[("field", Hidden("company")), ("was", Hidden("")), ("value", Typed("Berg & Co"))]),
    ("/leads/{id}/tasks", TASK),
    ("/tasks/{id}", TASK_AND_VERSION),
    ("/tasks/{id}/completion", &[("version", Hidden("1")), ("list", Hidden(""))]),
    ("/tasks/{id}/reopening", &[("version", Hidden("1")), ("list", Hidden(""))]),
    ("/leads/{id}/pipeline", &[("pipeline", Hidden("")), ("version", Hidden("1"))]),
    (
        "/leads/{id}/stage",
        &[
            ("stage", Hidden("")),
            ("reason", Hidden("")),
            ("why", Hidden("")),
            ("version", Hidden("1")),
            ("above", Hidden("")),
            ("below", Hidden("")),
        ],
    ),
    ("/imports/{id}", IMPORT),
    ("/leads/{id}/consents", &[("matter", Hidden("")), ("sure", Box)]),
    ("/leads/{id}/owner", &[("owner", Hidden("")), ("version", Hidden("1"))]),
    ("/views", &[("name", Typed("Warm leads")), ("shared", Box), ("settings", Hidden("{}"))]),
    ("/views/{id}", &[("settings", Hidden("{}")), ("version", Hidden("1"))]),
    ("/views/{id}/name", &[("name", Typed("Warm leads")), ("shared", Box)]),
    ("/views/default", &[("view", Hidden(""))]),
    ("/forms", SETTINGS),
    ("/forms/{id}/settings", SETTINGS_AND_VERSION),
    ("/forms/{id}/settings/preview", SETTINGS_AND_VERSION),
    ("/forms/{id}/fields", &[("asks", Hidden("phone"))]),
    ("/forms/{id}/fields/new", FIELD),
    ("/forms/{id}/fields/{key}", KNOWN_FIELD),
    ("/forms/{id}/fields/new/preview", FIELD),
    ("/forms/{id}/fields/{key}/preview", KNOWN_FIELD),
    ("/forms/{id}/fields/{key}/place", &[("direction", Hidden("later")), ("to", Hidden(""))]),
    ("/forms/{id}/publication", &[("version", Hidden("1")), ("draft", Hidden("1"))]),
    ("/forms/{id}/editions/{version}/restoration", &[("version", Hidden("1"))]),
    (
        "/settings/profile",
        &[
            ("first_name", Typed("Odile")),
            ("last_name", Typed("Owner")),
            ("language", Chosen("en")),
            ("theme", Chosen("system")),
            ("time_zone", Typed("Europe/Paris")),
        ],
    ),
    ("/settings/profile/language", &[("language", Hidden("en"))]),
    ("/settings/profile/email", &[("email", Typed("anna@berg.example"))]),
    ("/settings/security/password", &[("current", Secret), ("new", Secret)]),
    ("/password-reset", &[("email", Typed("anna@berg.example"))]),
    ("/settings/profile/theme", &[("theme", Hidden("dark"))]),
    ("/privacy/retention", &[("months", Typed("24")), ("justification", Typed("A permit takes years."))]),
    ("/o/{slug}/privacy", ASKED),
    ("/o/{slug}/privacy/{token}", &[("lang", Hidden("en"))]),
    (
        "/privacy-requests",
        &[
            ("email", Typed("anna@berg.example")),
            ("right", Hidden("access")),
            ("received_on", Typed("2026-01-05")),
            ("words", Typed("By telephone")),
        ],
    ),
    (
        "/privacy-requests/settings",
        &[
            ("slug", Typed("north")),
            ("access", Box),
            ("rectification", Box),
            ("erasure", Box),
            ("restriction", Box),
            ("portability", Box),
        ],
    ),
    ("/settings/organization", ORGANIZATION),
    ("/settings/organization/holidays", &[("day", Typed("2030-05-01")), ("holiday", Typed("May Day"))]),
    (
        "/settings/members/invitations",
        &[
            ("email", Typed("anna@berg.example")),
            ("owner", Box),
            ("admin", Box),
            ("manager", Box),
            ("agent", Box),
            ("viewer", Box),
            ("privacy_officer", Box),
            ("billing", Box),
        ],
    ),
    (
        "/settings/members/{user}/roles",
        &[
            ("owner", Box),
            ("admin", Box),
            ("manager", Box),
            ("agent", Box),
            ("viewer", Box),
            ("privacy_officer", Box),
            ("billing", Box),
        ],
    ),
    ("/settings/score/rules", SCORE_RULE),
    ("/settings/score/rules/{number}", SCORE_RULE),
    ("/settings/score/groups", &[("name", Typed("Contact")), ("cap", Typed("37"))]),
    ("/settings/score/groups/{number}", &[("name", Hidden("Contact")), ("cap", Hidden("37"))]),
    ("/settings/score/half-life", &[("half_life", Typed("21"))]),
    ("/settings/privacy/deletion", &[("email", Secret)]),
    ("/settings/organization/deletion", &[("name", Secret)]),
    ("/settings/members/{user}/removal", &[("heir", Hidden(""))]),
    ("/settings/members/{user}/ownership", &[("sure", Box)]),
    (
        "/settings/properties",
        &[
            ("name", Typed("Seats")),
            ("purpose", Typed("To size the offer")),
            ("kind", Chosen("choice")),
            ("choices", Typed("Few\nMany")),
            ("key", Typed("seats")),
        ],
    ),
    (
        "/settings/properties/{id}",
        &[
            ("name", Typed("Budget")),
            ("purpose", Typed("To size the offer")),
            ("choices", Hidden("")),
            ("archived", Box),
            ("version", Hidden("1")),
        ],
    ),
    ("/settings/properties/{id}/place", &[("direction", Hidden("later"))]),
    ("/settings/pipelines", &[("name", Typed("Partners"))]),
    ("/settings/pipelines/{id}/name", &[("pipeline", Typed("Sales")), ("version", Hidden("1"))]),
    ("/settings/pipelines/{id}/place", &[("direction", Hidden("later"))]),
    ("/settings/pipelines/{id}/stages", STAGE),
    ("/settings/pipelines/{id}/stages/{stage}", STAGE),
    ("/settings/pipelines/{id}/stages/{stage}/place", &[("direction", Hidden("later")), ("version", Hidden("1"))]),
    ("/settings/pipelines/{id}/stages/{stage}/removal", &[("heir", Hidden("")), ("version", Hidden("1"))]),
    ("/settings/reasons", &[("reason", Typed("Moved away"))]),
    ("/settings/billing/checkout", &[("plan", Hidden("team"))]),
    ("/settings/billing/plan", &[("plan", Hidden("team"))]),
    ("/settings/webhooks/{id}", HOOK),
    ("/settings/webhooks/{id}/removal", &[("host", Typed("elsewhere.example"))]),
    ("/settings/teams", &[("name", Typed("Inside"))]),
    ("/settings/teams/{id}/name", &[("name", Hidden("Outside")), ("leader", Hidden(""))]),
    ("/settings/teams/{id}/members", &[("user", Hidden(""))]),
    ("/settings/security/second-factor/policy", &[("policy", Chosen("off"))]),
    ("/settings/security/totp/confirmation", &[("code", Typed("123456"))]),
    ("/settings/security/passkeys", &[("reference", Hidden("")), ("answer", Hidden("")), ("name", Hidden("Laptop"))]),
    (
        "/settings/audit/export",
        &[
            ("actor", Hidden("")),
            ("action", Hidden("")),
            ("target", Hidden("")),
            ("from", Hidden("")),
            ("until", Hidden("")),
        ],
    ),
];

const IMPORT: &[(&str, Kind)] = &[
    ("version", Hidden("1")),
    ("encoding", Chosen("utf8")),
    ("delimiter", Chosen("comma")),
    ("has_header", Box),
    ("dates", Chosen("iso")),
    ("mode", Chosen("upsert")),
    ("all_or_nothing", Box),
    ("legal_basis", Chosen("consent")),
    ("source", Typed("Fair in Lyon")),
    ("do", Hidden("save")),
    ("to", Hidden("email=1")),
];

const NEW_LEAD: &[(&str, Kind)] = &[
    ("name", Typed("Carla Nova")),
    ("email", Typed("carla@nova.example")),
    ("phone", Typed("+33 1 99 00 11 22")),
    ("company", Typed("Nova")),
    ("message", Typed("Met at the fair")),
    ("legal_basis", Chosen("consent")),
    ("tags", Typed("Fair")),
    ("owner", Chosen("nobody")),
    ("pipeline", Chosen("")),
    ("properties.budget", Typed("4711")),
    ("anyway", Box),
];

const EXPORT: &[(&str, Kind)] = &[
    ("filter", Hidden("")),
    ("leads", Hidden("")),
    ("format", Hidden("csv")),
    ("later", Box),
    ("id", Box),
    ("name", Box),
    ("email", Box),
    ("phone", Box),
    ("company", Box),
    ("tags", Box),
    ("pipeline", Box),
    ("stage", Box),
    ("reason", Box),
    ("owner", Box),
    ("form", Box),
    ("source", Box),
    ("legal_basis", Box),
    ("created_at", Box),
    ("last_submission_at", Box),
    ("last_activity_at", Box),
    ("own", Hidden("")),
    ("utm_source", Box),
    ("utm_medium", Box),
    ("utm_campaign", Box),
    ("utm_term", Box),
    ("utm_content", Box),
    ("grade", Box),
    ("fit", Box),
    ("engagement", Box),
    ("referrer", Box),
    ("landing_page", Box),
    ("gclid", Box),
    ("fbclid", Box),
    ("msclkid", Box),
    ("last_utm_source", Box),
    ("last_utm_medium", Box),
    ("last_utm_campaign", Box),
    ("last_utm_term", Box),
    ("last_utm_content", Box),
    ("last_referrer", Box),
    ("last_landing_page", Box),
    ("last_gclid", Box),
    ("last_fbclid", Box),
    ("last_msclkid", Box),
];

const TASK: &[(&str, Kind)] = &[
    ("title", Typed("Call")),
    ("due_on", Typed("2030-05-01")),
    ("reminder", Chosen("none")),
    ("task_owner", Chosen("")),
];

const TASK_AND_VERSION: &[(&str, Kind)] = &[TASK[0], TASK[1], TASK[2], TASK[3], ("version", Hidden("1"))];

const STAGE: &[(&str, Kind)] =
    &[("name", Typed("Call")), ("kind", Chosen("open")), ("stale_after_days", Chosen("3")), ("version", Hidden("1"))];

const SCORE_RULE: &[(&str, Kind)] = &[
    ("number", Hidden("")),
    ("on", Hidden("submission")),
    ("about_1", Hidden("utm_source")),
    ("not_1", Box),
    ("is_1", Typed("newsletter")),
    ("about_2", Hidden("calling_code")),
    ("not_2", Box),
    ("is_2", Typed("+33")),
    ("about_3", Hidden("")),
    ("not_3", Box),
    ("is_3", Hidden("")),
    ("effect", Hidden("points")),
    ("points", Typed("17")),
    ("reason", Hidden("")),
    ("frequency", Hidden("at_most")),
    ("times", Typed("3")),
    ("days", Typed("19")),
    ("lasts", Typed("83")),
    ("group", Hidden("")),
];

const SETTINGS: &[(&str, Kind)] = &[
    ("name", Typed("Contact")),
    ("language", Chosen("en")),
    ("legal_basis", Chosen("legitimate_interest")),
    ("controller", Typed("North Ltd, York")),
    ("contact", Typed("privacy@north.example")),
    ("purpose", Typed("We answer.")),
    ("retention", Typed("3 years")),
    ("recipients", Typed("Our team")),
    ("consent_wording", Typed("Yes.")),
    ("consent_email_marketing", Typed("News, please.")),
    ("consent_phone_marketing", Typed("Call me.")),
    ("consent_sharing", Typed("Share it.")),
    ("consent_profiling", Typed("Know me.")),
    ("confirm_email_marketing", Box),
    ("confirm_phone_marketing", Box),
    ("confirm_sharing", Box),
    ("confirm_profiling", Box),
    ("allowed_origins", Typed("https://fine.example")),
    ("thank_you", Typed("https://fine.example/thanks")),
    ("requires_token", Box),
    ("requires_work", Box),
    ("known_person", Chosen("append")),
];

/// As the tab of the notice sends them.
const SETTINGS_AND_VERSION: &[(&str, Kind)] = &with_version::<{ TABBED.len() + 1 }>(TABBED);
const TABBED: &[(&str, Kind)] = &with::<{ SETTINGS.len() + 1 }>(SETTINGS, ("tab", Hidden("notice")));

const fn with_version<const N: usize>(fields: &[(&'static str, Kind)]) -> [(&'static str, Kind); N] {
    with(fields, ("version", Hidden("1")))
}

const fn with<const N: usize>(
    fields: &[(&'static str, Kind)],
    last: (&'static str, Kind),
) -> [(&'static str, Kind); N] {
    let mut all = [last; N];
    all.split_at_mut(fields.len()).0.copy_from_slice(fields);
    all
}
