//! Suppressions: addresses to which nothing goes that their owners did not ask for since (DSR-11).

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    consent::{Consent, Matter},
    form::Purpose,
    violation::Rule,
};

/// A keyed hash of a normalised e-mail address: enough to know the address when it comes again, and not to write to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AddressHash(pub [u8; 32]);

impl fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressHash([redacted])")
    }
}

/// Why nothing goes to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Its owner objected to direct marketing.
    Objection,
    /// Its owner took their consent back.
    Withdrawal,
    /// Its owner was forgotten, and is not to be written to by mistake.
    Erasure,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 3] = [Self::Objection, Self::Withdrawal, Self::Erasure];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Objection => "objection",
            Self::Withdrawal => "withdrawal",
            Self::Erasure => "erasure",
        }
    }
}

impl FromStr for Ground {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|ground| ground.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// An address to which nothing goes that its owner did not ask for since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Which address.
    pub address: AddressHash,
    /// Why.
    pub ground: Ground,
    /// Since when.
    pub since: Timestamp,
}

impl Suppression {
    /// Takes in that its owner said so once more: what they agreed to in between counts no more. Who was forgotten stays so.
    pub fn renew(&mut self, ground: Ground, now: Timestamp) {
        if self.since <= now {
            self.since = now;
            self.ground = if self.ground == Ground::Erasure { Ground::Erasure } else { ground };
        }
    }

    /// Whether its owner may be written to for that purpose, given what they said when they were asked for consent:
    /// they agreed to this very purpose, and later. To send a form is not to agree.
    pub fn lets_through(&self, purpose: Purpose, consents: &[Consent]) -> bool {
        let asked = consents.iter().filter(|consent| consent.matter() == Matter::Further(purpose));
        asked.filter_map(|consent| consent.given.as_ref()).any(|given| self.is_before(given.at))
    }

    /// Whether a consent of that moment is fresh: given later, and not at the same moment.
    pub fn is_before(&self, given: Timestamp) -> bool {
        given > self.since
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        consent::Asked,
        id::{FormId, SubmissionId},
        text::Message,
    };

    const NEWS: Matter = Matter::Further(Purpose::EmailMarketing);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn asked(matter: Matter, second: i64, agreed: bool) -> Asked {
        Asked {
            matter,
            wording: Message::parse("May we write to you?").unwrap(),
            agreed,
            form: FormId(Uuid::nil()),
            submission: SubmissionId(Uuid::nil()),
            at: at(second),
        }
    }

    /// An objection at the hundredth second.
    fn objection() -> Suppression {
        Suppression { address: AddressHash([7; 32]), ground: Ground::Objection, since: at(100) }
    }

    fn news_go<const N: usize>(suppression: &Suppression, all: [Asked; N]) -> bool {
        suppression.lets_through(Purpose::EmailMarketing, &Consent::all(all))
    }

    #[test]
    fn a_later_submission_brings_no_marketing_back_without_fresh_consent() {
        let objection = objection();
        assert!(!news_go(&objection, []), "no box was asked");
        assert!(!news_go(&objection, [asked(NEWS, 200, false)]), "the box was left empty");
        assert!(!news_go(&objection, [asked(NEWS, 50, true)]), "consent of before");
        assert!(!news_go(&objection, [asked(NEWS, 50, true), asked(NEWS, 200, false)]));
        assert!(!news_go(&objection, [asked(NEWS, 100, true)]), "consent of the same moment");
        assert!(news_go(&objection, [asked(NEWS, 101, true)]));
        assert!(
            news_go(&objection, [asked(NEWS, 101, true), asked(NEWS, 200, false)]),
            "an empty box takes nothing back"
        );
    }

    #[test]
    fn consent_to_something_else_brings_no_marketing_back() {
        let objection = objection();
        let others = [Matter::Request, Matter::Further(Purpose::PhoneMarketing), Matter::Further(Purpose::Sharing)];
        assert!(!news_go(&objection, others.map(|matter| asked(matter, 200, true))));
        let by_mail = Consent::all([asked(NEWS, 200, true)]);
        assert!(!objection.lets_through(Purpose::PhoneMarketing, &by_mail));
    }

    #[test]
    fn who_objects_again_takes_back_what_they_agreed_to_in_between() {
        let mut objection = objection();
        let between = || [asked(NEWS, 200, true)];
        objection.renew(Ground::Withdrawal, at(99));
        assert_eq!(objection.ground, Ground::Objection, "what comes late was said before");
        assert!(news_go(&objection, between()));
        objection.renew(Ground::Withdrawal, at(300));
        assert_eq!((objection.ground, objection.since), (Ground::Withdrawal, at(300)));
        assert!(!news_go(&objection, between()));
    }

    #[test]
    fn who_was_forgotten_stays_so_whatever_they_say_later() {
        let mut suppression = objection();
        suppression.renew(Ground::Erasure, at(200));
        suppression.renew(Ground::Objection, at(300));
        assert_eq!((suppression.ground, suppression.since), (Ground::Erasure, at(300)));
    }

    #[test]
    fn a_hash_of_an_address_hides_itself() {
        let shown = format!("{:?}", objection());
        assert!(!shown.contains("[7"), "{shown}");
    }

    #[test]
    fn a_ground_is_found_by_its_code() {
        for ground in Ground::ALL {
            assert_eq!(ground.code().parse(), Ok(ground));
        }
        assert_eq!("whim".parse::<Ground>(), Err(Rule::NotAChoice));
    }
}
