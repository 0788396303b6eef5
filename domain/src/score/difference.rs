use super::{Group, Rulebook, ScoreRule};

/// One thing that differs between two rulebooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The half-life is another one.
    HalfLife {
        /// In days, before.
        from: u16,
        /// In days, after.
        to: u16,
    },
    /// A rule came.
    RuleAdded(ScoreRule),
    /// A rule is another one.
    RuleChanged {
        /// What it was.
        from: ScoreRule,
        /// What it is.
        to: ScoreRule,
    },
    /// A rule went.
    RuleRemoved(ScoreRule),
    /// A group came.
    GroupAdded(Group),
    /// A group is called otherwise, or has another limit.
    GroupChanged {
        /// What it was.
        from: Group,
        /// What it is.
        to: Group,
    },
    /// A group went.
    GroupRemoved(Group),
}

impl Rulebook {
    /// All that must change in it to make it the other: measures, groups, then rules, each by number.
    pub fn changes_to(&self, other: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.half_life_days != other.half_life_days {
            changes.push(Change::HalfLife { from: self.half_life_days, to: other.half_life_days });
        }
        let mut groups: Vec<_> = self.groups.iter().chain(&other.groups).map(|group| group.number).collect();
        groups.sort_unstable();
        groups.dedup();
        changes.extend(groups.into_iter().filter_map(|number| match (self.group(number), other.group(number)) {
            (None, Some(group)) => Some(Change::GroupAdded(group.clone())),
            (Some(group), None) => Some(Change::GroupRemoved(group.clone())),
            (Some(from), Some(to)) if from != to => Some(Change::GroupChanged { from: from.clone(), to: to.clone() }),
            _ => None,
        }));
        let mut rules: Vec<_> = self.rules.iter().chain(&other.rules).map(|rule| rule.number).collect();
        rules.sort_unstable();
        rules.dedup();
        changes.extend(rules.into_iter().filter_map(|number| match (self.rule(number), other.rule(number)) {
            (None, Some(rule)) => Some(Change::RuleAdded(rule.clone())),
            (Some(rule), None) => Some(Change::RuleRemoved(rule.clone())),
            (Some(from), Some(to)) if from != to => Some(Change::RuleChanged { from: from.clone(), to: to.clone() }),
            _ => None,
        }));
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{language::Language, score::Effect, text::Name};

    #[test]
    fn a_difference_names_what_came_what_went_and_what_is_another() {
        let before = Rulebook::standard(Language::English);
        assert_eq!(before.changes_to(&before), []);
        let mut after = before.clone();
        after.half_life_days = 14;
        let gone = after.rules[0].clone();
        assert!(after.remove(gone.number));
        let other = ScoreRule { effect: Effect::Points(1), ..after.rules[0].clone() };
        let former = before.rule(other.number).unwrap().clone();
        assert!(after.change(other.clone()).unwrap());
        let new = after.add(other.clone()).unwrap();
        after.add_group(Name::parse("More").unwrap(), 5).unwrap();
        let changes = before.changes_to(&after);
        let expected = [
            Change::HalfLife { from: 30, to: 14 },
            Change::GroupAdded(after.groups[2].clone()),
            Change::RuleRemoved(gone),
            Change::RuleChanged { from: former, to: other },
            Change::RuleAdded(after.rule(new).unwrap().clone()),
        ];
        assert_eq!(changes, expected);
        assert_eq!(after.changes_to(&before).len(), changes.len(), "the way back is as long");
    }
}
