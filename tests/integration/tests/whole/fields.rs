//! Every field of our own pages: a new form's fields are named here, and everything wrong is tried in them.

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
    ("/leads/export", EXPORT),
    ("/leads/{id}/notes", &[("note", Typed("Please call"))]),
    ("/leads/{id}/stage", &[("stage", Hidden("")), ("version", Hidden("1"))]),
    ("/leads/{id}/owner", &[("owner", Hidden("")), ("version", Hidden("1"))]),
    ("/forms", SETTINGS),
    ("/forms/{id}/settings", SETTINGS_AND_VERSION),
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
    ("/settings/members/{user}/removal", &[("heir", Hidden(""))]),
    ("/settings/members/{user}/ownership", &[("sure", Box)]),
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

const EXPORT: &[(&str, Kind)] = &[
    ("filter", Hidden("")),
    ("later", Box),
    ("id", Box),
    ("name", Box),
    ("email", Box),
    ("phone", Box),
    ("stage", Box),
    ("owner", Box),
    ("form", Box),
    ("source", Box),
    ("legal_basis", Box),
    ("created_at", Box),
    ("last_submission_at", Box),
    ("utm_source", Box),
    ("utm_medium", Box),
    ("utm_campaign", Box),
    ("utm_term", Box),
    ("utm_content", Box),
    ("referrer", Box),
    ("landing_page", Box),
];

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
    ("notice", Typed("We answer.")),
    ("consent_wording", Typed("Yes.")),
    ("allowed_origins", Typed("https://fine.example")),
    ("thank_you", Typed("https://fine.example/thanks")),
    ("requires_token", Box),
];

const SETTINGS_AND_VERSION: &[(&str, Kind)] = &[
    SETTINGS[0],
    SETTINGS[1],
    SETTINGS[2],
    SETTINGS[3],
    SETTINGS[4],
    SETTINGS[5],
    SETTINGS[6],
    SETTINGS[7],
    ("version", Hidden("1")),
];

const ORGANIZATION: &[(&str, Kind)] = &[
    ("version", Hidden("1")),
    ("name", Typed("North")),
    ("language", Chosen("en")),
    ("time_zone", Typed("Europe/Paris")),
    ("monday_from", Typed("09:00")),
    ("monday_until", Typed("18:00")),
    ("tuesday_from", Typed("09:00")),
    ("tuesday_until", Typed("18:00")),
    ("wednesday_from", Typed("09:00")),
    ("wednesday_until", Typed("18:00")),
    ("thursday_from", Typed("09:00")),
    ("thursday_until", Typed("18:00")),
    ("friday_from", Typed("09:00")),
    ("friday_until", Typed("18:00")),
    ("saturday_from", Typed("09:00")),
    ("saturday_until", Typed("18:00")),
    ("sunday_from", Typed("09:00")),
    ("sunday_until", Typed("24:00")),
];

/// Forms whose fields another test goes through, and why they are not here.
pub(crate) const ELSEWHERE: &[&str] = &[
    "/f/{public_id}",          // visitors', in `bad_input`
    "/settings/api-keys",      // the answer is a key, and its boxes are scopes
    "/settings/notifications", // boxes and choices only
];
