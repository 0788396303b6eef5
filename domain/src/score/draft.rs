use jiff::Timestamp;

use super::{GroupNumber, RuleNumber, Rulebook};
use crate::activity::Author;

/// A version of an organization's rules: never changed, so that a score can always tell by which rules it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its version; the first is 1.
    pub version: i32,
    /// The rules.
    pub book: Rulebook,
    /// When it was put into force.
    pub made_at: Timestamp,
    /// Who did; nobody if the product brought it along.
    pub made_by: Option<Author>,
}

/// Rules that a member is working on: nothing is scored by them until they are put into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The version on which it began.
    pub base: i32,
    /// The rules.
    pub book: Rulebook,
}

impl Draft {
    /// The same on top of the rules that are in force by now, where it began when `began` was the next number: what came
    /// new in it gets numbers that nothing else bears.
    #[must_use]
    pub fn onto(self, began: u16, edition: &Edition) -> Self {
        let shift = edition.book.next.saturating_sub(began);
        let moved = |number: u16| if number >= began { number.saturating_add(shift) } else { number };
        let mut book = self.book;
        for rule in &mut book.rules {
            rule.number = RuleNumber(moved(rule.number.0));
            rule.group = rule.group.map(|group| GroupNumber(moved(group.0)));
        }
        for group in &mut book.groups {
            group.number = GroupNumber(moved(group.number.0));
        }
        book.next = moved(book.next).max(edition.book.next);
        Self { base: edition.version, book }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        language::Language,
        score::{Effect, ScoreRule},
        text::Name,
    };

    #[test]
    fn a_draft_that_follows_keeps_what_came_new_apart_from_what_came_meanwhile() {
        let began = Rulebook::standard(Language::English);
        let new = |points| ScoreRule { effect: Effect::Points(points), ..began.rules[0].clone() };
        let mut theirs = began.clone();
        let their_rule = theirs.add(new(1)).unwrap();
        let mut mine = began.clone();
        let group = mine.add_group(Name::parse("Mine").unwrap(), 10).unwrap();
        mine.add(ScoreRule { group: Some(group), ..new(2) }).unwrap();
        let edition = Edition { version: 2, book: theirs.clone(), made_at: Timestamp::UNIX_EPOCH, made_by: None };
        let draft = Draft { base: 1, book: mine }.onto(began.next, &edition);
        assert_eq!(draft.base, 2);
        let rule = draft.book.rules.last().unwrap().clone();
        assert_ne!(rule.number, their_rule);
        assert!(draft.book.group(rule.group.unwrap()).is_some());
        assert!(draft.book.clone().checked().is_ok());
        assert_eq!(theirs.changes_to(&draft.book).len(), 3, "a group and a rule of mine, and theirs is not in it");
    }
}
