//! The privacy policy as it follows from the configuration and the rules (PRV-2): made anew at each start, and kept as a
//! version where it differs. What it says depends on nothing else, and on no moment.

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    inventory::{Category, Erase, POLICY, columns},
    language::Language,
    retention::{Action, RetentionRule},
    subprocessor::{Announced, NOTICE_DAYS},
    support::MOST_HOURS,
};
use serde::{Deserialize, Serialize};

use crate::{
    moment::Calendar,
    pages::retention,
    session::{ACCESS, ACCESS_SECONDS, REFRESH, REFRESH_SECONDS},
    settings::Site,
    text::Text,
};

/// A part of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Block {
    /// A heading, and what an address points to it by; nothing for most.
    Heading {
        /// Its words.
        text: String,
        /// Its name.
        id: String,
    },
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
pub fn policies(
    site: &Site,
    listed: &[Announced],
    rules: &[RetentionRule],
) -> serde_json::Result<Vec<(Language, String)>> {
    let written = Language::ALL.map(|language| {
        let t = Text::new(language);
        let parts =
            [who(t, site), kept(t), times(t, rules), erasure(t), cookies(t), recipients(t, listed), rights(t, site)];
        serde_json::to_string(&parts.concat()).map(|text| (language, text))
    });
    written.into_iter().collect()
}

/// A kept policy as it was written; none of it if another program wrote it.
pub(crate) fn read(text: &str) -> Vec<Block> {
    serde_json::from_str(text).unwrap_or_default()
}

fn heading(t: Text, key: &str) -> Block {
    Block::Heading { text: t.get(key), id: String::new() }
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
    format!("data-{}", words.join("-").to_lowercase())
}

fn times(t: Text, rules: &[RetentionRule]) -> Vec<Block> {
    let rows = rules.iter().map(|rule| {
        let end = match rule.action {
            Action::Delete => t.get("privacy-deleted"),
            Action::Empty => t.get("privacy-emptied"),
        };
        vec![retention::what(rule, t), retention::kept(rule, t), end]
    });
    let head = ["privacy-data", "privacy-time", "privacy-end"];
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
    let (minutes, hours) = ((ACCESS_SECONDS / 60).to_string(), MOST_HOURS.to_string());
    let access = t.with_all("privacy-cookie-at-life", [("minutes", &minutes), ("hours", &hours)]);
    let refresh = t.with("privacy-cookie-rt-life", "days", REFRESH_SECONDS / (24 * 3600));
    let rows = vec![
        vec![ACCESS.to_owned(), t.get("privacy-cookie-at"), access],
        vec![REFRESH.to_owned(), t.get("privacy-cookie-rt"), refresh],
    ];
    vec![
        heading(t, "privacy-cookies"),
        words(t, "privacy-cookies-about"),
        table(t, ["privacy-cookie", "privacy-why", "privacy-life"], rows),
    ]
}

fn recipients(t: Text, listed: &[Announced]) -> Vec<Block> {
    let mut blocks = vec![
        heading(t, "privacy-where"),
        words(t, "privacy-where-about"),
        Block::Text(t.with("privacy-where-support", "hours", MOST_HOURS)),
    ];
    if listed.is_empty() {
        blocks.push(words(t, "privacy-no-subprocessors"));
    } else {
        let head = [
            "subprocessor-name",
            "privacy-why",
            "subprocessor-country",
            "subprocessor-transfer",
            "subprocessor-since",
            "subprocessor-announced",
        ];
        blocks.push(Block::Text(t.with("privacy-subprocessors-about", "days", NOTICE_DAYS)));
        blocks.push(table(t, head, listed.iter().map(|one| named(t, one)).collect()));
    }
    blocks.extend([heading(t, "privacy-secure"), words(t, "privacy-secure-about")]);
    blocks
}

fn named(t: Text, announced: &Announced) -> Vec<String> {
    // Of days alone: what is told does not depend on when or where it is told.
    let calendar = Calendar::new(t.language(), TimeZone::UTC, Timestamp::UNIX_EPOCH);
    let subprocessor = &announced.subprocessor;
    vec![
        subprocessor.name.clone(),
        t.get(&format!("subprocessor-{}", subprocessor.purpose.code())),
        subprocessor.country.clone(),
        t.get(&format!("transfer-{}", subprocessor.transfer.code())),
        calendar.date(subprocessor.since),
        announced.announced_on().map_or_else(|| t.get("subprocessor-from-the-first"), |day| calendar.date(day)),
    ]
}

fn rights(t: Text, site: &Site) -> Vec<Block> {
    vec![
        // The forms lead there.
        Block::Heading { text: t.get("privacy-rights"), id: "rights".to_owned() },
        words(t, "privacy-rights-about"),
        Block::Text(t.with("privacy-rights-how", "contact", &site.privacy_contact)),
        words(t, "privacy-cnil"),
    ]
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::date};
    use qualify_domain::{
        inventory::Kept,
        retention::{Delay, RULES},
        session,
        subprocessor::{Purpose, Subprocessor, Transfer},
    };

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

    fn hosting() -> Announced {
        let subprocessor = Subprocessor {
            name: "Cloud & Sons".to_owned(),
            purpose: Purpose::Hosting,
            country: "Canada".to_owned(),
            transfer: Transfer::Adequacy,
            since: date(2027, 1, 31),
        };
        Announced { subprocessor, announced_at: Some("2027-01-01T12:00:00Z".parse().unwrap()) }
    }

    fn texts(listed: &[Announced], rules: &[RetentionRule]) -> [String; 2] {
        let texts = policies(&site(), listed, rules).unwrap();
        Language::ALL.map(|language| texts.iter().find(|text| text.0 == language).unwrap().1.clone())
    }

    #[test]
    fn prv_2_a_rule_of_retention_that_changes_changes_the_policy_and_nothing_else_does() {
        let before = texts(&[], RULES);
        assert_eq!(before, texts(&[], RULES));
        // The numbers are those of the rules, in their own measure.
        for rule in RULES {
            let measure = match rule.delay {
                Delay::Time(delay) if delay.is_zero() => continue,
                Delay::Time(delay) => (delay.as_hours() / 24, "days", "jours"),
                Delay::Months(months) => (months.into(), "months", "mois"),
                Delay::Years(years) => (years.into(), "years", "ans"),
            };
            let (number, english, french) = measure;
            for (text, language, unit) in
                [(&before[0], Language::English, english), (&before[1], Language::French, french)]
            {
                let row = format!("\"{}\",\"{number} {unit}", retention::what(rule, Text::new(language)));
                assert!(text.contains(&row), "{row}");
            }
        }
        for (at, rule) in RULES.iter().enumerate() {
            let longer = match rule.delay {
                Delay::Time(delay) => Delay::Time(delay + SignedDuration::from_hours(24)),
                Delay::Months(months) => Delay::Months(months + 1),
                Delay::Years(years) => Delay::Years(years + 1),
            };
            let mut rules = RULES.to_vec();
            rules[at] = RetentionRule { delay: longer, ..*rule };
            let after = texts(&[], &rules);
            assert!(after[0] != before[0] && after[1] != before[1], "{}", rule.code);
        }
        assert_ne!(before, texts(&[], &RULES[1..]));
    }

    #[test]
    fn prv_3_a_subprocessor_is_named_with_its_purpose_country_transfer_and_days() {
        let [english, french] = texts(&[hosting()], RULES);
        for part in ["Cloud & Sons", "Hosting", "Canada", "Adequacy decision", "31 Jan 2027", "1 Jan 2027"] {
            assert!(english.contains(part), "{part}");
        }
        for part in ["Cloud & Sons", "Hébergement", "Canada", "Décision d’adéquation", "31 janv. 2027"] {
            assert!(french.contains(part), "{part}");
        }
        let changed = |change: fn(&mut Announced)| {
            let mut one = hosting();
            change(&mut one);
            texts(&[one], RULES)
        };
        for text in [
            changed(|one| one.subprocessor.name = "Other".to_owned()),
            changed(|one| one.subprocessor.purpose = Purpose::Mail),
            changed(|one| one.subprocessor.country = "Japan".to_owned()),
            changed(|one| one.subprocessor.transfer = Transfer::Clauses),
            changed(|one| one.subprocessor.since = date(2027, 2, 1)),
            changed(|one| one.announced_at = None),
            texts(&[], RULES),
        ] {
            assert!(text[0] != english && text[1] != french, "{}", text[0]);
        }
    }

    #[test]
    fn all_that_the_policy_names_has_words_in_every_language() {
        let mut keys: Vec<_> = POLICY.iter().map(|kept| kept_key(kept.what)).collect();
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
    fn prv_2_every_kind_of_personal_data_is_in_the_policy() {
        let personal: Vec<_> = Category::ALL.iter().filter(|category| category.is_personal()).copied().collect();
        assert_eq!(personal, PERSONAL);
        for (language, text) in policies(&site(), &[], RULES).unwrap() {
            let named = |kept: &Kept| text.contains(&Text::new(language).get(&kept_key(kept.what)));
            assert!(POLICY.iter().all(named), "{language:?}");
        }
    }

    #[test]
    fn prv_2_whoever_looks_for_support_and_the_lives_of_cookies_are_in_the_policy() {
        assert_eq!(i64::from(ACCESS_SECONDS), session::ACCESS_LIFE.as_secs());
        assert_eq!(i64::from(REFRESH_SECONDS), session::REFRESH_LIFE.as_secs());
        let [english, french] = texts(&[hosting()], RULES);
        let (minutes, days) = (session::ACCESS_LIFE.as_mins(), session::REFRESH_LIFE.as_hours() / 24);
        for said in [
            format!("{minutes} minutes; for support until the end that the owner set, {MOST_HOURS} hours at most"),
            format!("{days} days, replaced with each use"),
            format!("lets them in: for {MOST_HOURS} hours at most"),
            format!("at least {NOTICE_DAYS} days before"),
        ] {
            assert!(english.contains(&said), "{said}");
        }
        for said in [
            format!("{minutes} minutes ; pour le support"),
            format!("{days} jours, remplacé"),
            format!("lui ouvre l’accès : pour {MOST_HOURS} heures au plus"),
            format!("au moins {NOTICE_DAYS} jours avant"),
        ] {
            assert!(french.contains(&said), "{said}");
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let blocks = read(&texts(&[], &[])[0]);
        assert!(
            blocks.contains(&Block::Lines("Keeper\n1 Test Street\n75001 Paris\nprivacy@keeper.example".to_owned()))
        );
        assert!(read("not what we wrote").is_empty());
    }
}
