//! What is kept of whom: every column of the database with its tag (DAT-1), and what the policy lets us keep of people
//! (DAT-2). `docs/privacy.md` is printed from it.
//!
//! A column that is added, renamed or dropped by a migration is added, renamed or dropped here:
//! `adapters/postgres/tests/postgres/inventory.rs` compares this with a migrated database and names what differs.

mod accounts;
mod leads;
mod organizations;
mod policy;
mod tag;
mod work;

use std::fmt;

pub use self::{
    policy::{Kept, POLICY},
    tag::{Category, Erase, Retention, Subject, Tag},
};

/// A table of the database.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// What it is called.
    pub name: &'static str,
    tagged: &'static [(Tag, &'static [&'static str])],
}

/// A column of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What its table is called.
    pub table: &'static str,
    /// What it is called itself.
    pub name: &'static str,
    /// What is known of it.
    pub tag: Tag,
}

/// Every table.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    [accounts::TABLES, organizations::TABLES, leads::TABLES, work::TABLES].into_iter().flatten()
}

/// Every column.
pub fn columns() -> impl Iterator<Item = Column> {
    tables().flat_map(Table::columns)
}

impl Table {
    /// Its columns, those of one tag beside each other.
    pub fn columns(&self) -> impl Iterator<Item = Column> {
        let table = self.name;
        self.tagged
            .iter()
            .flat_map(move |(tag, names)| names.iter().map(move |&name| Column { table, name, tag: *tag }))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::{
        breach, challenge, connection, erasure, hook, import, job, merge, notification, one_time::OneTimeKind,
        retention, rights_request, session, spam, submission, view,
    };

    /// Names what in a tag contradicts the rest of it.
    fn contradictions(tag: Tag) -> Vec<&'static str> {
        let is_somebodys = tag.subject != Subject::None;
        let wrong = [
            (tag.retention.is_empty(), "nothing ends it"),
            (tag.category.is_personal() && !is_somebodys, "it is personal and tells of nobody"),
            (tag.category == Category::None && is_somebodys, "it tells of somebody and is no kind of data"),
            (is_somebodys && tag.erase == Erase::None, "it is left when whom it tells of is erased"),
            (!is_somebodys && !matches!(tag.erase, Erase::None | Erase::KeepLegal), "it is erased with nobody"),
            (!is_somebodys && tag.is_exported, "it is handed out to nobody"),
            (tag.erase == Erase::KeepLegal && tag.category != Category::Billing, "no law asks for it (RET-18)"),
        ];
        wrong.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, what)| what).collect()
    }

    #[test]
    fn dat_1_no_tag_contradicts_itself() {
        for column in columns() {
            assert_eq!(contradictions(column.tag), Vec::<&str>::new(), "{column}");
        }
    }

    /// Words of which no column is named: what stands on a card.
    const CARD: [&str; 8] = ["card", "pan", "cvc", "cvv", "iban", "brand", "four", "holder"];

    #[test]
    fn dat_5_no_column_is_made_for_what_stands_on_a_card() {
        let tells = |column: &Column| column.to_string().split(['.', '_']).any(|word| CARD.contains(&word));
        let told: Vec<_> = columns().filter(tells).map(|column| column.to_string()).collect();
        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn dat_1_a_tag_that_contradicts_itself_is_reported() {
        let name = Tag::of(Category::Account, Subject::User, &[Retention::Account]);
        let stage = Tag::of_nobody(Category::None, &[Retention::Account]);
        for (tag, what) in [
            (name.until(&[]), "nothing ends it"),
            (Tag { category: Category::Lead, ..stage }, "it is personal and tells of nobody"),
            (Tag { category: Category::None, ..name }, "it tells of somebody and is no kind of data"),
            (name.erased_by(Erase::None), "it is left when whom it tells of is erased"),
            (stage.erased_by(Erase::Delete), "it is erased with nobody"),
            (Tag { is_exported: true, ..stage }, "it is handed out to nobody"),
            (name.erased_by(Erase::KeepLegal), "no law asks for it (RET-18)"),
        ] {
            assert_eq!(contradictions(tag), [what]);
        }
    }

    #[test]
    fn every_rule_ends_something() {
        for rule in Retention::ALL {
            // Files lie outside the database.
            let is_of_columns = columns().any(|column| column.tag.retention.contains(rule));
            assert!(is_of_columns || *rule == Retention::ExportFile, "{}", rule.code());
        }
    }

    #[test]
    fn what_is_said_of_a_time_is_what_is_kept_to() {
        for (rule, time) in [
            (Retention::Quarantine, spam::MEMORY),
            (Retention::Sealed, submission::SEALED_KEPT),
            (Retention::Connection, connection::KEPT),
            (Retention::RefreshToken, session::REFRESH_LIFE),
            (Retention::Session, session::SESSION_LIFE),
            (Retention::Invitation, OneTimeKind::Invitation.life()),
            (Retention::Notification, notification::MEMORY),
            (Retention::MailPace, notification::MEMORY),
            (Retention::Job, job::MEMORY),
            (Retention::ExportFile, job::FILE_MEMORY),
            (Retention::View, view::MEMORY),
            (Retention::ImportUndo, import::UNDO),
            (Retention::MergeUndo, merge::UNDOABLE),
            (Retention::Tombstone, erasure::TOMBSTONE_KEPT),
            (Retention::HookDelivery, hook::DELIVERY_KEPT),
        ] {
            let said = format!("{} days after ", time.as_hours() / 24);
            assert!(rule.says().starts_with(&said), "{}: {said}", rule.code());
        }
        for (rule, months) in [(Retention::Lead, retention::LEAD_MONTHS), (Retention::Audit, retention::AUDIT_MONTHS)] {
            assert!(rule.says().starts_with(&format!("{months} months after ")), "{}", rule.code());
        }
        for (rule, years) in
            [(Retention::RightsRequest, rights_request::KEPT_YEARS), (Retention::Breach, breach::KEPT_YEARS)]
        {
            assert!(rule.says().starts_with(&format!("{years} years after ")), "{}", rule.code());
        }
        let said = format!("{} minutes after ", challenge::CHALLENGE_LIFE.as_mins());
        assert!(Retention::Challenge.says().starts_with(&said), "{said}");
    }

    /// The sweeps that keep to it; else who does.
    fn kept_to_by(rule: Retention) -> Result<&'static [&'static str], &'static str> {
        Ok(match rule {
            Retention::LeadIp => &["lead_ip"],
            Retention::Quarantine => &["quarantine"],
            Retention::Sealed => &["sealed"],
            Retention::Lead => &["lead"],
            Retention::Connection => &["connection"],
            Retention::RefreshToken => &["refresh_token"],
            Retention::Session => &["session"],
            Retention::Challenge => &["challenge", "passkey_ceremony"],
            Retention::OneTimeToken => &["one_time_token"],
            Retention::Invitation => &["invitation"],
            Retention::Throttle => &["throttle"],
            Retention::View => &["view"],
            Retention::Key => &["submission_key", "creation_key"],
            // What was done goes at once.
            Retention::Outbox => &["parked_event", "farewell"],
            Retention::Notification => &["notification"],
            Retention::MailPace => &["mail_pace"],
            Retention::Job => &["job"],
            Retention::ExportFile => &["export_file"],
            Retention::ImportUndo => &["import"],
            Retention::MergeUndo => &["merge"],
            Retention::Audit => &["audit"],
            Retention::ConsentLink => &["consent_link"],
            Retention::Tombstone => &["tombstone"],
            Retention::Register => &["erasure"],
            Retention::RightsLink => &["rights_link"],
            Retention::RightsRequest => &["rights_request", "operator_request"],
            Retention::SupportGrant => &["support_grant"],
            Retention::HookDelivery => &["hook_delivery"],
            // Of an organization; an account goes when its user deletes it.
            Retention::Account => &["organization"],
            Retention::Checkout => &["checkout"],
            Retention::BillingHint => &["billing_hint"],
            Retention::Ledger => &["ledger"],
            Retention::Hold => return Err("whoever lifts the hold"),
            Retention::Membership => return Err("whoever removes the member"),
            Retention::Tally => return Err("settle_security, by which the worker keeps what was counted"),
            Retention::SigningKey => return Err("whoever serves, when the next key is made"),
            Retention::Breach => &["breach", "service_breach"],
            Retention::Installation => return Err("nobody: it tells of nobody"),
        })
    }

    #[test]
    fn every_time_is_kept_to_by_a_sweep_or_by_who_is_named() {
        let mut swept: Vec<&str> = Vec::new();
        for rule in Retention::ALL {
            swept.extend(kept_to_by(*rule).unwrap_or_default());
        }
        let mut rules: Vec<_> = retention::RULES.iter().map(|rule| rule.code).collect();
        swept.sort_unstable();
        rules.sort_unstable();
        assert_eq!(swept, rules);
    }

    const HEAD: &str = "# What is kept of whom\n\nPrinted from `domain/src/inventory.rs` by a test of that file; \
        `UPDATE=1 cargo test -p qualify-domain` prints it anew.\n\nEach column of the database has a tag: what kind of data it is, \
        of whom it tells, when it has to be gone, whether they get it with a copy of their data, and what becomes of it when they are \
        erased. `make test` fails if a column has no tag, if a tag has no column, and if personal data is kept that the policy does \
        not name: `adapters/postgres/tests/postgres/inventory.rs` compares this with a migrated database (DAT-1, DAT-2). Which rule \
        is proven by which test, and which is not yet, tells `tests/rules.toml`.\n";

    /// The tables of the columns that are meant.
    fn places(is_meant: impl Fn(&Column) -> bool) -> String {
        let mut names: Vec<&str> = columns().filter(is_meant).map(|column| column.table).collect();
        names.dedup();
        if names.is_empty() { "nowhere yet".to_owned() } else { names.join(", ") }
    }

    fn page() -> String {
        let mut page = HEAD.to_owned();
        page.push_str("\n## Kinds of data\n\n| kind | what it is | tables |\n|---|---|---|\n");
        for kind in Category::ALL {
            let places = places(|column| column.tag.category == *kind);
            writeln!(page, "| {} | {} | {places} |", kind.code(), kind.says()).unwrap();
        }
        page.push_str("\n## Personal data\n\n| kind | what | columns |\n|---|---|---|\n");
        for kept in POLICY {
            writeln!(page, "| {} | {} | {} |", kept.category.code(), kept.what, kept.columns.join(", ")).unwrap();
        }
        page.push_str(
            "\n## When it has to be gone\n\nOf several rules the first that is due. What is an organization's goes with it at the \
             latest, by the rule `account`.\n\n| rule | gone | tables |\n|---|---|---|\n",
        );
        for rule in Retention::ALL {
            let places = match rule {
                Retention::ExportFile => "the files of jobs, outside the database".to_owned(),
                _ => places(|column| column.tag.retention.contains(rule)),
            };
            writeln!(page, "| {} | {} | {places} |", rule.code(), rule.says()).unwrap();
        }
        page.push_str("\n## What erasure does\n\n| action | what becomes of it | tables |\n|---|---|---|\n");
        for action in Erase::ALL {
            let places = places(|column| column.tag.erase == *action);
            writeln!(page, "| {} | {} | {places} |", action.code(), action.says()).unwrap();
        }
        page.push_str("\n## Every column\n\n| table | columns | kind | of | gone | copy | erasure |\n");
        page.push_str("|---|---|---|---|---|---|---|\n");
        for table in tables() {
            for (tag, names) in table.tagged {
                let rules: Vec<&str> = tag.retention.iter().map(|rule| rule.code()).collect();
                let cells: [&str; 7] = [
                    table.name,
                    &names.join(", "),
                    tag.category.code(),
                    tag.subject.code(),
                    &rules.join(", "),
                    if tag.is_exported { "yes" } else { "no" },
                    tag.erase.code(),
                ];
                writeln!(page, "| {} |", cells.join(" | ")).unwrap();
            }
        }
        page
    }

    #[test]
    fn the_committed_page_is_the_real_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/privacy.md");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, page()).unwrap();
        } else {
            assert_eq!(std::fs::read_to_string(path).unwrap(), page());
        }
    }
}
