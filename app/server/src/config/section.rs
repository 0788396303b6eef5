use qualify_domain::gone::MOST_BACKUP_DAYS;
use qualify_ports::plugin::{Adapter, Key, Kind};

use crate::registry::{BILLINGS, FILES, HOOKS, MAILERS, SCORERS, SPAM};

/// Keys that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name in the file.
    pub name: &'static str,
    /// What it is about, in one sentence.
    pub about: &'static str,
    /// What can be set.
    pub keys: Vec<Key>,
    /// The key that must name this section before any of its values is demanded; none for the product's own sections.
    pub chosen_by: Option<Chooser>,
}

/// A key that chooses adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chooser {
    /// Its section.
    pub section: &'static str,
    /// Its name.
    pub key: &'static str,
}

const MAILER: Chooser = Chooser { section: "mailer", key: "adapter" };
const KEEPER: Chooser = Chooser { section: "files", key: "adapter" };
const TELLER: Chooser = Chooser { section: "hooks", key: "adapter" };
const PAYER: Chooser = Chooser { section: "billing", key: "adapter" };
const SCORER: Chooser = Chooser { section: "scorer", key: "adapter" };
const LADDER: Chooser = Chooser { section: "spam", key: "ladder" };

const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];
const MAILER_NAMES: &[&str] = &names::<{ MAILERS.len() }, _>(MAILERS);
const KEEPER_NAMES: &[&str] = &names::<{ FILES.len() }, _>(FILES);
const TELLER_NAMES: &[&str] = &names::<{ HOOKS.len() }, _>(HOOKS);
const PAYER_NAMES: &[&str] = &names::<{ BILLINGS.len() }, _>(BILLINGS);
const SCORER_NAMES: &[&str] = &names::<{ SCORERS.len() }, _>(SCORERS);
const SPAM_NAMES: &[&str] = &names::<{ SPAM.len() }, _>(SPAM);

const fn names<const N: usize, P: ?Sized>(adapters: &[Adapter<P>]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut i = 0;
    while i < N {
        names[i] = adapters[i].name;
        i += 1;
    }
    names
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, about: &'static str) -> Key {
    Key { name, about, default, kind }
}

const HTTP: &[Key] = &[key(
    "base_url",
    Kind::Url,
    None,
    "The address under which browsers reach the product; links in mails begin with it. Must be https, unless its host is \
     this machine.",
)];

const DATABASE: &[Key] = &[
    key(
        "url",
        Kind::Secret,
        None,
        "PostgreSQL 15 or newer as the runtime role, such as \
         postgres://qualify_app:…@db.example.com/qualify?sslmode=verify-full.",
    ),
    key(
        "migrator_url",
        Kind::Secret,
        Some(""),
        "The same database as the role that changes the schema. If set, `serve` and `work` migrate before they start; \
         if empty, run `qualify migrate` yourself.",
    ),
    key("connections", Kind::Number(4, 500), Some("12"), "Most connections to the database, per process."),
];

const SECURITY: &[Key] = &[
    key(
        "keys",
        Kind::Secret,
        None,
        "The secret keys, each 32 bytes in base64, the newest first, separated by commas. `qualify admin keys \
         generate` makes one.",
    ),
    key("password_cost", Kind::Number(10, 16), Some("12"), "bcrypt's cost: one more doubles the time of a sign-in."),
];

const CONTROLLER: &[Key] = &[
    key("name", Kind::Text, None, "Who answers for this installation; the privacy pages name them."),
    key("address", Kind::Text, None, "Their postal address."),
    key("privacy_contact", Kind::Email, None, "Where people write about their data."),
];

const MAIL: &[Key] = &[
    key("adapter", Kind::Choice(MAILER_NAMES), Some("smtp"), "What sends mail."),
    key(
        "per_hour",
        Kind::Number(10, 60_000),
        Some("60"),
        "How many mails an hour each organization may send. A fifth is kept for what is about security; what a member is \
         told of leads gathers into one mail while there are too many.",
    ),
    key("burst", Kind::Number(5, 10_000), Some("10"), "How many of them may go at once."),
];

const KEEP: &[Key] = &[key(
    "adapter",
    Kind::Choice(KEEPER_NAMES),
    Some("folder"),
    "What keeps the files that exports make, sealed, until they expire.",
)];

const BACKUPS: &[Key] = &[
    key(
        "url",
        Kind::Secret,
        Some(""),
        "The same database as the role that reads everything (qualify_backup). Only `qualify admin backup` uses it.",
    ),
    key("days", Kind::Number(1, MOST_BACKUP_DAYS as u64), Some("14"), "How many days a backup is kept."),
    key(
        "adapter",
        Kind::Choice(KEEPER_NAMES),
        Some("folder"),
        "What keeps backups, and beside them the log of what went, both sealed. What is not set here is as that adapter's own \
         section says.",
    ),
    key("path", Kind::Path, Some("backups"), "The folder in which they lie: on another disk than the database."),
    key("bucket", Kind::Text, Some(""), "The bucket in which they lie, if it is another."),
    key("prefix", Kind::Text, Some("backups/"), "How their names in the bucket begin."),
];

const TELL: &[Key] = &[key(
    "adapter",
    Kind::Choice(TELLER_NAMES),
    Some("webhook"),
    "What tells the endpoints of organizations of their leads.",
)];

const PAY: &[Key] = &[
    key(
        "adapter",
        Kind::Choice(PAYER_NAMES),
        Some("none"),
        "Where organizations pay. With none nobody does, and each may do everything.",
    ),
    key(
        "fiscal_year_end",
        Kind::Text,
        Some("12-31"),
        "The last day of your fiscal year, as month-day. What was paid is kept for ten years from it.",
    ),
];

const SCORE: &[Key] =
    &[key("adapter", Kind::Choice(SCORER_NAMES), Some("rules"), "What scores leads by an organization's rules.")];

const SPAM_KEYS: &[Key] = &[key(
    "ladder",
    Kind::Choices(SPAM_NAMES),
    Some("honeypot,form-token,proof-of-work"),
    "The checks each submission goes through, in order.",
)];

const LOG: &[Key] = &[
    key("format", Kind::Choice(&["text", "json"]), Some("text"), "How log lines look."),
    key("level", Kind::Choice(LEVELS), Some("info"), "The least important lines that are written."),
];

/// Every section: the product's own, then one per adapter.
pub(super) fn all() -> Vec<Section> {
    let web = [HTTP, qualify_http::KEYS].concat();
    let own = [
        ("http", "The web server. It speaks plain HTTP: a proxy in front of it brings TLS.", web),
        ("database", "Where everything lives: PostgreSQL 15 or newer.", DATABASE.to_vec()),
        ("security", "Secrets and passwords.", SECURITY.to_vec()),
        ("controller", "Who answers for this installation and its data.", CONTROLLER.to_vec()),
        ("mailer", "Mail.", MAIL.to_vec()),
        ("files", "Files that are made to be fetched.", KEEP.to_vec()),
        ("backups", "Backups of the database.", BACKUPS.to_vec()),
        ("hooks", "Outgoing webhooks.", TELL.to_vec()),
        ("billing", "Where organizations pay.", PAY.to_vec()),
        ("scorer", "How leads are scored.", SCORE.to_vec()),
        ("spam", "How spam is told from people.", SPAM_KEYS.to_vec()),
        ("log", "What is written to standard error.", LOG.to_vec()),
    ];
    let own = own.map(|(name, about, keys)| Section { name, about, keys, chosen_by: None });
    own.into_iter()
        .chain(adapters(MAILERS, MAILER))
        .chain(adapters(FILES, KEEPER))
        .chain(adapters(HOOKS, TELLER))
        .chain(adapters(BILLINGS, PAYER))
        .chain(adapters(SCORERS, SCORER))
        .chain(adapters(SPAM, LADDER))
        .collect()
}

fn adapters<P: ?Sized>(adapters: &'static [Adapter<P>], chooser: Chooser) -> impl Iterator<Item = Section> {
    adapters.iter().map(move |adapter| Section {
        name: adapter.name,
        about: "An adapter's own settings.",
        keys: adapter.keys.to_vec(),
        chosen_by: Some(chooser),
    })
}

impl Section {
    /// The key of that name.
    pub(super) fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The environment variable that sets a key of this section.
    pub(super) fn variable(&self, key: &str) -> String {
        format!("QUALIFY_{}_{key}", self.name).replace('-', "_").to_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_has_a_variable_of_its_own() {
        let mut seen = BTreeSet::new();
        for section in all() {
            for key in &section.keys {
                let variable = section.variable(key.name);
                assert!(seen.insert(format!("{variable}_FILE")), "{variable}_FILE");
                assert!(seen.insert(variable.clone()), "{variable}");
            }
        }
        assert!(seen.contains("QUALIFY_DATABASE_URL"));
    }

    #[test]
    fn no_two_sections_have_one_name() {
        let names: Vec<_> = all().iter().map(|section| section.name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
