//! Forms with many fields.

use super::Kind::{self, Box, Chosen, Hidden, Typed};

pub(super) const KNOWN_FIELD: &[(&str, Kind)] = &[
    FIELD[0],
    ("key", Hidden("budget")),
    FIELD[2],
    FIELD[3],
    FIELD[4],
    FIELD[5],
    FIELD[6],
    FIELD[7],
    FIELD[8],
    FIELD[9],
    FIELD[10],
    FIELD[11],
    FIELD[12],
    FIELD[13],
];

pub(super) const FIELD: &[(&str, Kind)] = &[
    ("kind", Hidden("text")),
    ("key", Typed("budget")),
    ("label_en", Typed("Budget")),
    ("label_fr", Typed("Budget")),
    ("help_en", Typed("Roughly")),
    ("help_fr", Typed("À peu près")),
    ("choices", Hidden("")),
    ("least", Typed("2")),
    ("most", Typed("90")),
    ("purpose", Typed("To size it")),
    ("tells", Chosen("company")),
    ("hidden", Box),
    ("required", Box),
    ("seen", Hidden("")),
];

pub(super) const ORGANIZATION: &[(&str, Kind)] = &[
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

/// What is known of a breach.
pub(super) const BREACH: &[(&str, Kind)] = &[
    ("aware_at", Typed("2026-01-05T10:00")),
    ("happened", Typed("A backup lay open.")),
    ("categories", Typed("Names, addresses")),
    ("people", Typed("1200")),
    ("effects", Typed("Unwanted mail")),
    ("measures", Typed("It was taken away.")),
];

pub(super) const ASKED: &[(&str, Kind)] = &[
    ("email", Typed("anna@berg.example")),
    ("right", Hidden("access")),
    ("words", Typed("All of it, please")),
    ("lang", Hidden("en")),
];

/// Where a webhook goes, and what it is told.
pub(super) const HOOK: &[(&str, Kind)] = &[
    ("url", Typed("https://hooks.example.com/in")),
    ("detail", Chosen("thin")),
    ("lead.created", Box),
    ("lead.changed", Box),
    ("lead.moved", Box),
    ("lead.assigned", Box),
];
