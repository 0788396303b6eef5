//! The privacy policy as it follows from the configuration and the rules (PRV-2): made anew at each start, and kept as a
//! version where it differs. What it says depends on nothing else, and on no moment.

use qualify_domain::{
    inventory::{Category, Erase, POLICY, columns},
    language::Language,
    retention::{Action, RULES, RetentionRule},
};
use serde::{Deserialize, Serialize};

use crate::{settings::Site, text::Text};

/// A part of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Lines that stay as they are.
    Lines(String),
    /// A table.
    Table {
        /// What its columns are called.
        head: Vec<String>,
        /// Its rows.
        rows: Vec<Vec<String>>,
    },
}

/// The policy of an installation, in each language.
///
/// # Errors
/// Never: texts can be written as JSON.
pub fn policies(site: &Site) -> serde_json::Result<Vec<(Language, String)>> {
    let rules: Vec<_> = RULES.iter().collect();
    let texts = Language::ALL.map(|language| written(Text::new(language), site, &rules).map(|text| (language, text)));
    texts.into_iter().collect()
}

/// A kept policy as it was written; none of it if another program wrote it.
pub(crate) fn read(text: &str) -> Vec<Block> {
    serde_json::from_str(text).unwrap_or_default()
}

fn written(t: Text, site: &Site, rules: &[&RetentionRule]) -> serde_json::Result<String> {
    let parts = [who(t, site), kept(t), times(t, rules), erasure(t), cookies(t), recipients(t, site), rights(t, site)];
    serde_json::to_string(&parts.concat())
}

fn heading(t: Text, key: &str) -> Block {
    Block::Heading(t.get(key))
}

fn words(t: Text, key: &str) -> Block {
    Block::Text(t.get(key))
}

fn table<const N: usize>(t: Text, head: [&str; N], rows: Vec<Vec<String>>) -> Block {
    Block::Table { head: head.map(|key| t.get(key)).to_vec(), rows }
}

fn who(t: Text, site: &Site) -> Vec<Block> {
    vec![
        words(t, "privacy-intro"),
        heading(t, "privacy-who"),
        words(t, "privacy-who-about"),
        Block::Lines(format!("{}\n{}\n{}", site.controller, site.address, site.privacy_contact)),
        words(t, "privacy-processor"),
    ]
}

/// The kinds of personal data, as the policy names them.
const PERSONAL: [Category; 3] = [Category::Account, Category::Connection, Category::Lead];

fn kept(t: Text) -> Vec<Block> {
    let rows = PERSONAL.map(|category| {
        let kept = POLICY.iter().filter(|kept| kept.category == category).map(|kept| t.get(&kept_key(kept.what)));
        let what = kept.collect::<Vec<_>>().join(" · ");
        let told = |part: &str| t.get(&format!("category-{}-{part}", category.code()));
        vec![told("name"), what, told("why"), told("ground")]
    });
    vec![
        heading(t, "privacy-what"),
        table(t, ["privacy-whose", "privacy-data", "privacy-why", "privacy-ground"], rows.to_vec()),
        words(t, "privacy-not"),
    ]
}

/// The key of something that may be kept: its name in the inventory, as a key.
fn kept_key(what: &str) -> String {
    let words: Vec<_> = what.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!("kept-{}", words.join("-").to_lowercase())
}

fn times(t: Text, rules: &[&RetentionRule]) -> Vec<Block> {
    let rows = rules.iter().map(|rule| {
        let time = match (rule.delay.as_hours(), rule.delay.as_hours() / 24) {
            (0, _) => t.get("privacy-at-once"),
            (hours, 0) => t.times("privacy-hours", "", hours),
            (_, days) => t.times("privacy-days", "", days),
        };
        let end = match rule.action {
            Action::Delete => t.get("privacy-deleted"),
            Action::Empty => t.get("privacy-emptied"),
        };
        let told = |part: &str| t.get(&format!("retention-{}-{part}", rule.code));
        vec![told("what"), time, told("since"), end]
    });
    let head = ["privacy-data", "privacy-time", "privacy-since", "privacy-end"];
    vec![heading(t, "privacy-times"), words(t, "privacy-times-about"), table(t, head, rows.collect())]
}

fn erasure(t: Text) -> Vec<Block> {
    let rows = Erase::ALL.iter().filter_map(|erase| {
        let concerned = PERSONAL
            .iter()
            .filter(|category| columns().any(|column| column.tag.category == **category && column.tag.erase == *erase));
        let names: Vec<_> = concerned.map(|category| t.get(&format!("category-{}-name", category.code()))).collect();
        (!names.is_empty()).then(|| vec![t.get(&format!("erase-{}", erase.code())), names.join(" · ")])
    });
    let head = ["privacy-erase", "privacy-whose"];
    vec![heading(t, "privacy-erasure"), words(t, "privacy-erasure-about"), table(t, head, rows.collect())]
}

fn cookies(t: Text) -> Vec<Block> {
    let cookie = |name: &str, key: &str| vec![name.to_owned(), t.get(key), t.get(&format!("{key}-life"))];
    let rows = vec![cookie("__Host-qc_at", "privacy-cookie-at"), cookie("__Host-qc_rt", "privacy-cookie-rt")];
    vec![
        heading(t, "privacy-cookies"),
        words(t, "privacy-cookies-about"),
        table(t, ["privacy-cookie", "privacy-why", "privacy-life"], rows),
    ]
}

fn recipients(t: Text, site: &Site) -> Vec<Block> {
    let mut blocks = vec![heading(t, "privacy-where"), words(t, "privacy-where-about")];
    if site.subprocessors.is_empty() {
        blocks.push(words(t, "privacy-no-subprocessors"));
    } else {
        let rows = site.subprocessors.iter().map(|one| {
            let (purpose, transfer) = (one.purpose.code(), one.transfer.code());
            vec![
                one.name.clone(),
                t.get(&format!("subprocessor-{purpose}")),
                one.country.clone(),
                t.get(&format!("transfer-{transfer}")),
                one.since.to_string(),
                one.announced_on.to_string(),
            ]
        });
        let head = [
            "subprocessor-name",
            "privacy-why",
            "subprocessor-country",
            "subprocessor-transfer",
            "subprocessor-since",
            "subprocessor-announced",
        ];
        blocks.push(words(t, "privacy-subprocessors-about"));
        blocks.push(table(t, head, rows.collect()));
    }
    blocks.extend([heading(t, "privacy-secure"), words(t, "privacy-secure-about")]);
    blocks
}

fn rights(t: Text, site: &Site) -> Vec<Block> {
    vec![
        heading(t, "privacy-rights"),
        words(t, "privacy-rights-about"),
        Block::Text(t.with("privacy-rights-how", "contact", &site.privacy_contact)),
        words(t, "privacy-cnil"),
    ]
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::date};
    use qualify_domain::subprocessor::{Purpose, Subprocessor, Transfer};

    use super::*;

    fn site() -> Site {
        Site {
            base_url: "https://crm.example.com".parse().unwrap(),
            controller: "Keeper".to_owned(),
            address: "1 Test Street\n75001 Paris".to_owned(),
            privacy_contact: "privacy@keeper.example".to_owned(),
            demo_mails: None,
            subprocessors: Vec::new(),
        }
    }

    fn hosting() -> Subprocessor {
        Subprocessor {
            name: "Cloud & Sons".to_owned(),
            purpose: Purpose::Hosting,
            country: "Canada".to_owned(),
            transfer: Transfer::Adequacy,
            since: date(2027, 1, 31),
            announced_on: date(2027, 1, 1),
        }
    }

    fn english(site: &Site, rules: &[&RetentionRule]) -> String {
        written(Text::new(Language::English), site, rules).unwrap()
    }

    #[test]
    fn a_rule_or_a_subprocessor_that_changes_changes_the_policy_and_nothing_else_does() {
        let rules: Vec<_> = RULES.iter().collect();
        let before = english(&site(), &rules);
        assert_eq!(before, english(&site(), &rules));
        let longer = RetentionRule { delay: RULES[0].delay + SignedDuration::from_hours(24), ..RULES[0] };
        let changed = english(&site(), &[&[&longer][..], &rules[1..]].concat());
        assert_ne!(before, changed);
        assert!(changed.contains("31 days"));
        let more = Site { subprocessors: vec![hosting()], ..site() };
        let named = english(&more, &rules);
        for part in ["Cloud & Sons", "Hosting", "Canada", "Adequacy decision", "2027-01-31", "2027-01-01"] {
            assert!(named.contains(part) && !before.contains(part), "{part}");
        }
    }

    #[test]
    fn all_that_the_policy_names_has_words_in_every_language() {
        let mut keys: Vec<_> = POLICY.iter().map(|kept| kept_key(kept.what)).collect();
        for rule in RULES {
            keys.extend(["what", "since"].map(|part| format!("retention-{}-{part}", rule.code)));
        }
        for category in PERSONAL {
            keys.extend(["name", "why", "ground"].map(|part| format!("category-{}-{part}", category.code())));
        }
        keys.extend(Erase::ALL.iter().filter(|erase| **erase != Erase::None).map(|e| format!("erase-{}", e.code())));
        keys.extend(Purpose::ALL.map(|purpose| format!("subprocessor-{}", purpose.code())));
        keys.extend(Transfer::ALL.map(|transfer| format!("transfer-{}", transfer.code())));
        for language in Language::ALL {
            let missing: Vec<_> = keys.iter().filter(|key| Text::new(language).find(key).is_none()).collect();
            assert!(missing.is_empty(), "{language:?}: {missing:?}");
        }
    }

    #[test]
    fn every_kind_of_personal_data_is_named() {
        let personal: Vec<_> = Category::ALL.iter().filter(|category| category.is_personal()).copied().collect();
        assert_eq!(personal, PERSONAL);
    }

    #[test]
    fn what_was_written_is_read_again() {
        let blocks = read(&english(&site(), &[]));
        assert!(
            blocks.contains(&Block::Lines("Keeper\n1 Test Street\n75001 Paris\nprivacy@keeper.example".to_owned()))
        );
        assert!(read("not what we wrote").is_empty());
    }
}
