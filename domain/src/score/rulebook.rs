use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{GroupNumber, HALF_LIVES, RuleNumber, ScoreRule, rule::within};
use crate::{
    text::Name,
    violation::{Rule, Violations},
};

/// How many rules an organization has at most.
pub const MOST_RULES: usize = 60;
/// How many groups of rules an organization has at most.
pub const MOST_GROUPS: usize = 12;

/// Rules that share a limit: together they count for at most so many points, either way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    /// Its number.
    pub number: GroupNumber,
    /// What it is called.
    pub name: Name,
    /// The most its rules count for on one axis, whether they give or take.
    pub cap: u8,
}

/// All rules by which an organization's leads are scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rulebook {
    /// In how many days half of the weight is gone of what happened.
    pub half_life_days: u16,
    /// Its groups, by number.
    pub groups: Vec<Group>,
    /// Its rules, by number.
    pub rules: Vec<ScoreRule>,
    /// The number that the next rule or group gets; numbers are never given twice.
    pub next: u16,
}

impl Rulebook {
    /// The rule of that number.
    pub fn rule(&self, number: RuleNumber) -> Option<&ScoreRule> {
        self.rules.iter().find(|rule| rule.number == number)
    }

    /// The group of that number.
    pub fn group(&self, number: GroupNumber) -> Option<&Group> {
        self.groups.iter().find(|group| group.number == number)
    }

    /// Adds a rule, whatever number it bears; tells the number it got.
    ///
    /// # Errors
    /// All that is wrong with it, or [`Rule::TooMany`].
    pub fn add(&mut self, rule: ScoreRule) -> Result<RuleNumber, Violations> {
        let mut faults = self.faults_of(&rule);
        if self.rules.len() >= MOST_RULES || self.next == u16::MAX {
            faults.add("form", Rule::TooMany(MOST_RULES));
        }
        let number = RuleNumber(self.next);
        faults.or(Some(()))?;
        self.rules.push(ScoreRule { number, ..rule });
        self.next += 1;
        Ok(number)
    }

    /// Puts a rule in the place of the one of its number; false if there is none.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn change(&mut self, rule: ScoreRule) -> Result<bool, Violations> {
        self.faults_of(&rule).or(Some(()))?;
        let Some(place) = self.rules.iter_mut().find(|known| known.number == rule.number) else { return Ok(false) };
        *place = rule;
        Ok(true)
    }

    /// Takes a rule out; false if there is none of that number.
    pub fn remove(&mut self, number: RuleNumber) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.number != number);
        self.rules.len() < before
    }

    /// Adds a group.
    ///
    /// # Errors
    /// [`Rule::TooMany`].
    pub fn add_group(&mut self, name: Name, cap: u8) -> Result<GroupNumber, Violations> {
        let mut faults = Violations::default();
        if self.groups.len() >= MOST_GROUPS || self.next == u16::MAX {
            faults.add("form", Rule::TooMany(MOST_GROUPS));
        }
        faults.or(Some(()))?;
        let number = GroupNumber(self.next);
        self.groups.push(Group { number, name, cap });
        self.next += 1;
        Ok(number)
    }

    /// Changes a group; false if there is none of that number.
    pub fn change_group(&mut self, group: Group) -> bool {
        let place = self.groups.iter_mut().find(|known| known.number == group.number);
        place.map(|place| *place = group).is_some()
    }

    /// Takes a group out; its rules stay, without a limit. False if there is none of that number.
    pub fn remove_group(&mut self, number: GroupNumber) -> bool {
        let before = self.groups.len();
        self.groups.retain(|group| group.number != number);
        for rule in self.rules.iter_mut().filter(|rule| rule.group == Some(number)) {
            rule.group = None;
        }
        self.groups.len() < before
    }

    /// The rulebook, if all of it is sound: for one that comes from outside.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn checked(self) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        if !HALF_LIVES.contains(&self.half_life_days) {
            faults.add("half_life", Rule::OutOfRange(usize::from(*HALF_LIVES.end())));
        }
        if self.rules.len() > MOST_RULES {
            faults.add("rules", Rule::TooMany(MOST_RULES));
        }
        if self.groups.len() > MOST_GROUPS {
            faults.add("groups", Rule::TooMany(MOST_GROUPS));
        }
        if self.groups.iter().any(|group| !(1..=100).contains(&group.cap)) {
            faults.add("cap", Rule::OutOfRange(100));
        }
        let numbers = self.rules.iter().map(|rule| rule.number.0).chain(self.groups.iter().map(|group| group.number.0));
        let numbers: Vec<u16> = numbers.collect();
        let distinct: BTreeSet<u16> = numbers.iter().copied().collect();
        if distinct.len() < numbers.len() || distinct.last().is_some_and(|last| *last >= self.next) {
            faults.add("rules", Rule::NotAChoice);
        }
        for (at, rule) in self.rules.iter().enumerate() {
            for fault in self.faults_of(rule).iter() {
                faults.add(format!("rules[{at}].{}", fault.field), fault.rule);
            }
        }
        faults.or(Some(self))
    }

    /// Reads the half-life, as somebody typed it.
    ///
    /// # Errors
    /// If it is no number of days from 1 to 365.
    pub fn parse_half_life(raw: &str) -> Result<u16, Rule> {
        within(raw, *HALF_LIVES.end())
    }

    /// Reads the limit of a group, as somebody typed it.
    ///
    /// # Errors
    /// If it is no number from 1 to 100.
    pub fn parse_cap(raw: &str) -> Result<u8, Rule> {
        within(raw, 100)?.try_into().map_err(|_| Rule::OutOfRange(100))
    }

    fn faults_of(&self, rule: &ScoreRule) -> Violations {
        let mut faults = Violations::default();
        rule.check(&mut faults);
        if rule.group.is_some_and(|number| self.group(number).is_none()) {
            faults.add("group", Rule::NotAChoice);
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        language::Language,
        score::{Condition, Effect, Frequency, Matter},
    };

    fn rule(points: i16) -> ScoreRule {
        ScoreRule {
            number: RuleNumber(0),
            when: vec![Condition { matter: Matter::Phone, not: false }],
            on: None,
            effect: Effect::Points(points),
            frequency: Frequency::Once,
            group: None,
            lasts_days: None,
        }
    }

    fn empty() -> Rulebook {
        Rulebook { half_life_days: 30, groups: Vec::new(), rules: Vec::new(), next: 1 }
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let mut book = empty();
        let first = book.add(rule(1)).unwrap();
        assert!(book.remove(first) && !book.remove(first));
        let group = book.add_group(Name::parse("G").unwrap(), 10).unwrap();
        let second = book.add(rule(2)).unwrap();
        assert_eq!((first.0, group.0, second.0), (1, 2, 3));
    }

    #[test]
    fn a_group_that_goes_lets_its_rules_stay() {
        let mut book = empty();
        let group = book.add_group(Name::parse("G").unwrap(), 10).unwrap();
        let number = book.add(ScoreRule { group: Some(group), ..rule(1) }).unwrap();
        assert!(book.remove_group(group));
        assert_eq!(book.rule(number).unwrap().group, None);
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_told_all_at_once() {
        let wrong = ScoreRule {
            when: Vec::new(),
            effect: Effect::Points(0),
            group: Some(GroupNumber(9)),
            lasts_days: Some(0),
            frequency: Frequency::AtMost { times: 0, days: 2_000 },
            ..rule(1)
        };
        let faults = empty().add(wrong).unwrap_err();
        let fields: Vec<_> = faults.iter().map(|fault| &*fault.field).collect();
        assert_eq!(fields, ["when", "points", "lasts", "times", "days", "group"]);
    }

    #[test]
    fn there_is_a_most_of_everything() {
        let mut book = empty();
        for _ in 0..MOST_RULES {
            book.add(rule(1)).unwrap();
        }
        assert!(book.add(rule(1)).is_err());
        for _ in 0..MOST_GROUPS {
            book.add_group(Name::parse("G").unwrap(), 10).unwrap();
        }
        assert!(book.add_group(Name::parse("G").unwrap(), 10).is_err());
    }

    #[test]
    fn a_book_from_outside_is_looked_through() {
        for language in Language::ALL {
            assert!(Rulebook::standard(language).checked().is_ok());
        }
        let sound = || {
            let mut book = empty();
            book.add(rule(1)).unwrap();
            book
        };
        assert!(sound().checked().is_ok());
        for broken in [
            Rulebook { half_life_days: 0, ..sound() },
            Rulebook { half_life_days: 366, ..sound() },
            Rulebook { next: 1, ..sound() },
            Rulebook { rules: [sound().rules, sound().rules].concat(), ..sound() },
            Rulebook { rules: vec![ScoreRule { number: RuleNumber(0), ..rule(500) }], ..sound() },
        ] {
            assert!(broken.clone().checked().is_err(), "{broken:?}");
        }
    }

    #[test]
    fn a_book_is_kept_as_it_is() {
        let book = Rulebook::standard(Language::French);
        let kept = serde_json::to_string(&book).unwrap();
        assert_eq!(serde_json::from_str::<Rulebook>(&kept).unwrap(), book);
    }
}
