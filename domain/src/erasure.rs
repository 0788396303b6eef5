//! Erasure: all that is known of a person goes, and what is left tells that it went (DSR-9).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::{
    deadline::paris,
    id::LeadId,
    precedence::{Claim, Data, deciding},
    violation::Rule,
};

/// So long it is remembered which lead went, for a restore from a backup (RET-13).
pub const TOMBSTONE_KEPT: SignedDuration = SignedDuration::from_hours(45 * 24);
/// So many years the certificate is kept, with the register of what people asked for (RET-13).
const CERTIFICATE_YEARS: i32 = 5;

/// Why a person is erased (Art. 17(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// They asked for it, and nothing stands against it.
    Asked,
    /// What their data are for is over (a).
    NotNeeded,
    /// They took their consent back (b).
    Withdrawn,
    /// They objected (c).
    Objected,
    /// Their data should not be there (d).
    Unlawful,
    /// The law asks for it (e).
    Duty,
}

impl Ground {
    /// Every ground, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Asked, Self::NotNeeded, Self::Withdrawn, Self::Objected, Self::Unlawful, Self::Duty];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::NotNeeded => "not_needed",
            Self::Withdrawn => "withdrawn",
            Self::Objected => "objected",
            Self::Unlawful => "unlawful",
            Self::Duty => "duty",
        }
    }
}

impl FromStr for Ground {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|ground| ground.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// By what a person is found where no lead is: in small letters, as they are compared.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// Their e-mail addresses.
    pub emails: BTreeSet<String>,
    /// Their E.164 numbers.
    pub phones: BTreeSet<String>,
    /// Their names.
    pub names: BTreeSet<String>,
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Marks([redacted])")
    }
}

impl Marks {
    /// All by which somebody may have looked for just them: a name of one word is that of many, and one without letters is
    /// in everything.
    pub fn words(&self) -> Vec<String> {
        let is_telling = |word: &str| word.chars().any(char::is_alphabetic);
        let names = self.names.iter().filter(|name| name.split(' ').filter(|word| is_telling(word)).count() > 1);
        self.emails.iter().chain(&self.phones).chain(names).cloned().collect()
    }
}

/// That a lead was erased: no more than a restore must know (RET-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Which lead.
    pub lead: LeadId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub ground: Ground,
}

/// What shows that a lead was erased. It names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Which lead.
    pub lead: LeadId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub ground: Ground,
    /// How many rows of which table went.
    pub counts: BTreeMap<String, u64>,
}

impl Certificate {
    /// What a restore must know of it.
    pub const fn tombstone(&self) -> Tombstone {
        Tombstone { lead: self.lead, at: self.at, ground: self.ground }
    }

    /// Until when it is kept: years count in Paris.
    pub fn kept_until(&self) -> Timestamp {
        let until = paris().to_datetime(self.at).saturating_add(CERTIFICATE_YEARS.years());
        paris().to_timestamp(until).unwrap_or(Timestamp::MAX)
    }
}

/// A lead is not erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErasureError {
    /// A legal hold names it.
    #[error("a legal hold keeps the lead")]
    Held,
    /// The person wants it kept.
    #[error("the person asked to have the lead kept")]
    Restricted,
}

/// Whether a lead may go, with all that others claim for it (RET-18).
///
/// # Errors
/// The claim that outweighs the erasure.
pub fn may_erase(claims: impl IntoIterator<Item = Claim>) -> Result<(), ErasureError> {
    match deciding(Data::Other, claims.into_iter().chain([Claim::ErasureOrObjection])) {
        Some(Claim::Hold) => Err(ErasureError::Held),
        Some(Claim::Restriction { .. }) => Err(ErasureError::Restricted),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::precedence::Fate;

    #[test]
    fn a_ground_is_found_by_its_code() {
        for ground in Ground::ALL {
            assert_eq!(ground.code().parse(), Ok(ground));
            assert_eq!(serde_json::to_value(ground).unwrap(), ground.code());
        }
        assert_eq!("whim".parse::<Ground>(), Err(Rule::NotAChoice));
    }

    #[test]
    fn what_is_held_or_wanted_kept_is_not_erased_and_all_else_is() {
        let kept = Claim::Restriction { names_ip: false };
        for (claims, outcome) in [
            (vec![], Ok(())),
            (vec![Claim::Schedule(Fate::Keep), Claim::Preference(Fate::Keep), Claim::LedgerDuty], Ok(())),
            (vec![kept], Err(ErasureError::Restricted)),
            (vec![kept, Claim::Hold], Err(ErasureError::Held)),
            (vec![Claim::Schedule(Fate::Erase), Claim::Hold], Err(ErasureError::Held)),
        ] {
            assert_eq!(may_erase(claims.clone()), outcome, "{claims:?}");
        }
    }

    #[test]
    fn a_certificate_is_kept_for_five_years_of_paris() {
        let until = |at: &str| {
            let lead = LeadId(Uuid::nil());
            let at = at.parse().unwrap();
            Certificate { lead, at, ground: Ground::Asked, counts: BTreeMap::new() }.kept_until().to_string()
        };
        assert_eq!(until("2026-11-28T12:00:00Z"), "2031-11-28T12:00:00Z");
        assert_eq!(until("2028-02-29T12:00:00Z"), "2033-02-28T12:00:00Z", "there is no 29 February");
        assert_eq!(until("2026-03-28T12:00:00Z"), "2031-03-28T12:00:00Z", "before the clocks change, both years");
    }

    #[test]
    fn a_name_of_one_word_is_looked_for_nowhere_and_marks_hide_themselves() {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let (emails, phones) = (of(&["anna@example.com"]), of(&["+33612345678"]));
        let marks = Marks { emails, phones, names: of(&["anna", "anna berg"]) };
        assert_eq!(marks.words(), ["anna@example.com", "+33612345678", "anna berg"]);
        assert!(!format!("{marks:?}").contains("anna"));
    }
}
