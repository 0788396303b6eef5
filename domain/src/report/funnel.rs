use std::{collections::HashMap, hash::Hash};

use super::Channel;
use crate::id::FormId;

/// What a part of a whole is, from 0 to 1; none of nothing.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share is looked at, not reckoned with")]
    let share = (whole > 0).then(|| part as f64 / whole as f64);
    share
}

/// The steps of a funnel: each holds the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// What forms received and is not in quarantine; a lead that came without a form counts as one.
    pub submissions: u64,
    /// The leads that were opened.
    pub leads: u64,
    /// Those of them that were qualified, by now.
    pub qualified: u64,
    /// Those of them that were won, by now.
    pub won: u64,
}

impl Steps {
    /// The counts, the widest first.
    pub const fn counts(&self) -> [u64; 4] {
        [self.submissions, self.leads, self.qualified, self.won]
    }

    /// Which part of the leads was qualified.
    pub fn qualified_share(&self) -> Option<f64> {
        share(self.qualified, self.leads)
    }

    /// Which part of the leads was won.
    pub fn won_share(&self) -> Option<f64> {
        share(self.won, self.leads)
    }

    /// The same, made to hold: a lead that was merged took a submission of another form along.
    const fn held(self) -> Self {
        let leads = at_least(self.leads, at_least(self.qualified, self.won));
        let qualified = at_least(self.qualified, self.won);
        Self { submissions: at_least(self.submissions, leads), leads, qualified, won: self.won }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            submissions: self.submissions + other.submissions,
            leads: self.leads + other.leads,
            qualified: self.qualified + other.qualified,
            won: self.won + other.won,
        }
    }
}

const fn at_least(number: u64, least: u64) -> u64 {
    if number < least { least } else { number }
}

/// What came from one channel by one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelCell {
    /// The channel.
    pub channel: Channel,
    /// The form; none for leads that came without.
    pub form: Option<FormId>,
    /// How many.
    pub steps: Steps,
}

/// From what people sent to what was won, by channel and by form; the most leads first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// All of it.
    pub total: Steps,
    /// By where people came from.
    pub channels: Vec<(Channel, Steps)>,
    /// By what they filled; none is what came without a form.
    pub forms: Vec<(Option<FormId>, Steps)>,
}

impl Funnel {
    /// Adds cells up; those of one channel and form may come in pieces.
    pub fn of(cells: impl IntoIterator<Item = FunnelCell>) -> Self {
        let cells = cells.into_iter().map(|cell| ((cell.channel, cell.form), cell.steps));
        let cells: Vec<_> = added(cells).into_iter().map(|(key, steps)| (key, steps.held())).collect();
        let total = cells.iter().fold(Steps::default(), |sum, (_, steps)| sum.and(*steps));
        let forms = added(cells.iter().map(|((_, form), steps)| (*form, *steps)));
        let channels = added(cells.into_iter().map(|((channel, _), steps)| (channel, steps)));
        Self { total, channels: widest_first(channels), forms: widest_first(forms) }
    }
}

fn added<K: Eq + Hash>(cells: impl Iterator<Item = (K, Steps)>) -> HashMap<K, Steps> {
    let mut sums: HashMap<K, Steps> = HashMap::new();
    for (key, steps) in cells {
        let sum = sums.entry(key).or_default();
        *sum = sum.and(steps);
    }
    sums
}

fn widest_first<K: Ord>(sums: HashMap<K, Steps>) -> Vec<(K, Steps)> {
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by(|(one, few), (other, many)| {
        (many.leads, many.submissions, one).cmp(&(few.leads, few.submissions, other))
    });
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn cells() -> impl Strategy<Value = Vec<FunnelCell>> {
        let channel = prop_oneof![
            Just(Channel::Direct),
            Just(Channel::Member),
            "[ab]".prop_map(Channel::Campaign),
            "[ab]".prop_map(Channel::Site)
        ];
        let form = prop::option::of((1..4_u128).prop_map(|n| FormId(Uuid::from_u128(n))));
        let steps = prop::array::uniform4(0..50_u64);
        let cell = (channel, form, steps).prop_map(|(channel, form, [submissions, leads, qualified, won])| {
            FunnelCell { channel, form, steps: Steps { submissions, leads, qualified, won } }
        });
        prop::collection::vec(cell, 0..20)
    }

    proptest! {
        #[test]
        fn each_step_holds_the_next_whatever_is_counted(cells in cells()) {
            let funnel = Funnel::of(cells);
            let rows = funnel.channels.iter().map(|(_, steps)| *steps).chain(funnel.forms.iter().map(|(_, steps)| *steps));
            for steps in rows.chain([funnel.total]) {
                prop_assert!(steps.counts().is_sorted_by(|wide, narrow| wide >= narrow), "{steps:?}");
            }
        }

        #[test]
        fn both_tables_add_up_to_the_whole_and_lose_no_submission(cells in cells()) {
            let sent: u64 = cells.iter().map(|cell| cell.steps.submissions).sum();
            let won: u64 = cells.iter().map(|cell| cell.steps.won).sum();
            let funnel = Funnel::of(cells);
            let sum = |rows: Vec<Steps>| rows.into_iter().fold(Steps::default(), Steps::and);
            prop_assert_eq!(sum(funnel.channels.iter().map(|row| row.1).collect()), funnel.total);
            prop_assert_eq!(sum(funnel.forms.iter().map(|row| row.1).collect()), funnel.total);
            prop_assert!(funnel.total.submissions >= sent);
            prop_assert_eq!(funnel.total.won, won);
        }
    }

    #[test]
    fn the_widest_comes_first_and_nothing_has_no_share() {
        let cell = |name: &str, leads| FunnelCell {
            channel: Channel::Campaign(name.to_owned()),
            form: None,
            steps: Steps { leads, qualified: leads / 2, ..Steps::default() },
        };
        let funnel = Funnel::of([cell("b", 2), cell("a", 2), cell("c", 9)]);
        let names: Vec<_> = funnel.channels.iter().map(|(channel, _)| channel.to_string()).collect();
        assert_eq!(names, ["campaign:c", "campaign:a", "campaign:b"]);
        assert_eq!(funnel.total.submissions, 13, "a lead without a form counts as one");
        assert_eq!(funnel.channels[1].1.qualified_share(), Some(0.5));
        assert_eq!(Steps::default().won_share(), None);
    }
}
