//! What a person agreed to, as the boxes of the forms they filled tell (PRV-5).

mod ledger;
mod link;

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;

pub use self::{
    ledger::{About, ConsentEvent, Kind, Method, Refusal, Standing, State, may_write},
    link::{CONFIRMABLE, ConsentLink, LinkUse},
};
use crate::{
    form::Purpose,
    id::{FormId, SubmissionId},
    text::Message,
    violation::Rule,
};

/// What consent is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// The request itself, by a form that collects on that ground.
    Request,
    /// A further purpose.
    Further(Purpose),
}

impl Matter {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Further(purpose) => purpose.code(),
        }
    }
}

impl FromStr for Matter {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        if code == Self::Request.code() { Ok(Self::Request) } else { code.parse().map(Self::Further) }
    }
}

/// A box of consent as somebody left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// For what.
    pub matter: Matter,
    /// The words beside it.
    pub wording: Message,
    /// Whether it was ticked.
    pub agreed: bool,
    /// The form on which it stood.
    pub form: FormId,
    /// The submission that bears witness to it.
    pub submission: SubmissionId,
    /// When that was received.
    pub at: Timestamp,
}

/// What a person said when they were asked for one consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The last time they gave it. Leaving a box empty later takes nothing back: only a withdrawal would.
    pub given: Option<Asked>,
    /// The last time they were asked.
    pub last: Asked,
}

impl Consent {
    /// What came of all that a person was asked, in any order: each matter once, the request first. What they were not
    /// asked is not among it.
    pub fn all(asked: impl IntoIterator<Item = Asked>) -> Vec<Self> {
        let mut asked: Vec<Asked> = asked.into_iter().collect();
        asked.sort_by_key(|one| (one.at, one.submission));
        let mut all = BTreeMap::<Matter, Self>::new();
        for one in asked {
            let before = all.remove(&one.matter).and_then(|consent| consent.given);
            let given = if one.agreed { Some(one.clone()) } else { before };
            all.insert(one.matter, Self { given, last: one });
        }
        all.into_values().collect()
    }

    /// For what.
    pub const fn matter(&self) -> Matter {
        self.last.matter
    }

    /// When they were asked once more and left the box empty, after they had given it.
    pub fn left_empty_at(&self) -> Option<Timestamp> {
        (self.given.is_some() && !self.last.agreed).then_some(self.last.at)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NEWS: Matter = Matter::Further(Purpose::EmailMarketing);
    const SHARING: Matter = Matter::Further(Purpose::Sharing);

    fn asked(matter: Matter, second: u32, agreed: bool) -> Asked {
        Asked {
            matter,
            wording: Message::parse(&format!("{} {second}", matter.code())).unwrap(),
            agreed,
            form: FormId(Uuid::nil()),
            submission: SubmissionId(Uuid::from_u128(second.into())),
            at: Timestamp::from_second(second.into()).unwrap(),
        }
    }

    #[test]
    fn who_was_asked_nothing_said_nothing() {
        assert_eq!(Consent::all([]), []);
    }

    #[test]
    fn each_matter_is_told_once_and_the_request_first() {
        let all = Consent::all([asked(SHARING, 1, false), asked(NEWS, 1, true), asked(Matter::Request, 1, true)]);
        assert_eq!(all.iter().map(Consent::matter).collect::<Vec<_>>(), [Matter::Request, NEWS, SHARING]);
        let given: Vec<bool> = all.iter().map(|consent| consent.given.is_some()).collect();
        assert_eq!(given, [true, true, false]);
        assert!(all.iter().all(|consent| consent.left_empty_at().is_none()));
    }

    #[test]
    fn a_box_that_is_left_empty_later_takes_nothing_back() {
        let (yes, no) = (asked(NEWS, 3, true), asked(NEWS, 7, false));
        let expected = [Consent { given: Some(yes.clone()), last: no.clone() }];
        assert_eq!(Consent::all([asked(NEWS, 1, true), yes.clone(), no.clone()]), expected);
        assert_eq!(Consent::all([no.clone(), yes]), expected, "in whichever order they are told");
        assert_eq!(expected[0].left_empty_at(), Some(no.at));
    }

    #[test]
    fn what_is_given_anew_is_told_with_the_words_of_then() {
        let (no, yes) = (asked(NEWS, 1, false), asked(NEWS, 2, true));
        let all = Consent::all([asked(NEWS, 0, true), no, yes.clone()]);
        assert_eq!(all, [Consent { given: Some(yes.clone()), last: yes }]);
        assert_eq!(all[0].left_empty_at(), None);
    }

    #[test]
    fn of_two_boxes_of_one_moment_the_later_submission_counts() {
        let yes = asked(NEWS, 5, true);
        let no = Asked { submission: SubmissionId(Uuid::from_u128(6)), ..asked(NEWS, 5, false) };
        let all = Consent::all([no.clone(), yes.clone()]);
        assert_eq!(all, [Consent { given: Some(yes), last: no }]);
    }

    #[test]
    fn a_matter_has_a_stable_name() {
        let all = Purpose::ALL.map(Matter::Further);
        for matter in all.into_iter().chain([Matter::Request]) {
            assert_eq!(matter.code().parse::<Matter>(), Ok(matter));
        }
        assert_eq!("anything".parse::<Matter>(), Err(Rule::NotAChoice));
    }
}
