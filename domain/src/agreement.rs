//! The processing agreement (Art. 28 GDPR, PRV-7): its text in versions, and that an organization accepted one. A text that
//! somebody may have accepted is never changed: another text is another version, which owners are asked for anew.

use jiff::Timestamp;

use crate::{id::UserId, language::Language};

/// The agreement in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The text: headings begin with `#`, and an empty line ends a paragraph.
    pub text: &'static str,
    /// Its SHA-256, in hexadecimal.
    pub hash: &'static str,
}

/// One version of the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its number.
    pub version: u16,
    french: Wording,
    english: Wording,
}

/// Every version there was, the oldest first.
pub const AGREEMENTS: &[Agreement] = &[
    Agreement {
        version: 1,
        french: Wording {
            text: include_str!("agreement/1.fr.md"),
            hash: "8654d0078b67865da34f2443ccff24544b11ca59f43e52e1bfb611cee4007466",
        },
        english: Wording {
            text: include_str!("agreement/1.en.md"),
            hash: "295d2e18911cc89779539d3946dac5e22261f71c4db137f53e2052a755e197bb",
        },
    },
    Agreement {
        version: 2,
        french: Wording {
            text: include_str!("agreement/2.fr.md"),
            hash: "563b320236dd1e0a832d0d4dd57070e34d444f8f94eeaeaeb5a646dce1fb5a25",
        },
        english: Wording {
            text: include_str!("agreement/2.en.md"),
            hash: "10c9d43d09df633fd769b533bb20012720b2bb2bd51ce2221558ad5621d37b4d",
        },
    },
];

/// The version that owners are asked for.
pub const CURRENT: &Agreement = &AGREEMENTS[AGREEMENTS.len() - 1];

/// That an organization accepted a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Which version.
    pub version: u16,
    /// In which language it was read.
    pub language: Language,
    /// The hash of what was read.
    pub hash: String,
    /// Who accepted it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

impl Agreement {
    /// The version of that number.
    pub fn of_version(version: u16) -> Option<&'static Self> {
        AGREEMENTS.iter().find(|agreement| agreement.version == version)
    }

    /// The text in a language.
    pub const fn wording(&self, language: Language) -> Wording {
        match language {
            Language::French => self.french,
            Language::English => self.english,
        }
    }

    /// Accepts it as it reads in a language.
    pub fn accept(&self, language: Language, by: UserId, at: Timestamp) -> Acceptance {
        Acceptance { version: self.version, language, hash: self.wording(language).hash.to_owned(), by, at }
    }

    /// Whether it is among what was accepted.
    pub fn is_accepted(&self, accepted: &[Acceptance]) -> bool {
        accepted.iter().any(|acceptance| acceptance.version == self.version)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{breach, closing, submission};

    #[test]
    fn versions_are_numbered_and_say_so_in_both_languages() {
        for (agreement, number) in AGREEMENTS.iter().zip(1..) {
            assert_eq!(agreement.version, number);
            assert_eq!(Agreement::of_version(number), Some(agreement));
            for language in [Language::French, Language::English] {
                let text = agreement.wording(language).text;
                assert!(text.contains(&format!("\nVersion {number}\n")), "{number} {language:?}");
            }
        }
        assert_eq!(Agreement::of_version(0), None);
        assert_eq!(CURRENT.version, u16::try_from(AGREEMENTS.len()).unwrap());
    }

    #[test]
    fn both_languages_have_the_same_articles() {
        let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
        for agreement in AGREEMENTS {
            let [french, english] = [Language::French, Language::English].map(|one| agreement.wording(one).text);
            assert_eq!(headings(french), headings(english), "{}", agreement.version);
        }
    }

    #[test]
    fn what_the_agreement_promises_is_what_the_product_does() {
        let [french, english] = [Language::French, Language::English].map(|one| CURRENT.wording(one).text);
        let (support, notice) = (crate::support::MOST_HOURS, crate::subprocessor::NOTICE_DAYS);
        let (breach, address) = (breach::ORGANIZATIONS_WITHIN.as_hours(), submission::IP_KEPT.as_hours() / 24);
        let closing = closing::UNDOABLE.as_hours() / 24;
        for said in [
            format!("for {support} hours at most"),
            format!("at least {notice} days ahead"),
            format!("within {breach} hours after it noticed it"),
            format!("network address for {address} days"),
            format!("{closing} days after that end"),
        ] {
            assert!(english.contains(&said), "{said}");
        }
        for said in [
            format!("pour {support} heures au plus"),
            format!("au moins {notice} jours à l’avance"),
            format!("dans les {breach} heures après"),
            format!("adresse réseau pendant {address} jours"),
            format!("{closing} jours après cette fin"),
        ] {
            assert!(french.contains(&said), "{said}");
        }
        // Where data lie is for the list of subprocessors to say.
        assert!(!english.contains("France") && !french.contains("en France"));
    }

    #[test]
    fn what_was_accepted_is_the_wording_that_was_read() {
        let (user, at) = (UserId(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH);
        let accepted = CURRENT.accept(Language::French, user, at);
        assert_eq!(accepted.hash, CURRENT.wording(Language::French).hash);
        assert_ne!(accepted.hash, CURRENT.wording(Language::English).hash);
        assert!(CURRENT.is_accepted(std::slice::from_ref(&accepted)));
        let next = Agreement { version: CURRENT.version + 1, ..*CURRENT };
        assert!(!next.is_accepted(&[accepted]), "a new version is asked for anew");
    }
}
