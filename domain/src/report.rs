//! Reports: what became of the people who wrote, and who worked for it.
//!
//! How it is counted. A lead belongs to the period in which it was *opened*; whether it was qualified or won is asked until
//! today, so that each step of the funnel holds the next one and last month's funnel still grows. What was *done* (moves,
//! conversations, tasks, giving up) belongs to the period in which it was done.

mod channel;
mod funnel;
mod members;
mod period;
mod series;
mod stay;

pub use self::{
    channel::{AdNetwork, Channel},
    funnel::{Funnel, FunnelCell, Steps, share},
    members::MemberWork,
    period::{Comparison, Grain, Period, Span, UsualPeriod},
    series::{Point, Series},
    stay::{Stay, StayCell},
};
use crate::violation::Rule;

/// One report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// From what people sent to what was won, by source and by form.
    #[default]
    Funnel,
    /// Leads over time.
    Leads,
    /// How long leads stand in each stage.
    Stages,
    /// Why leads are given up.
    Reasons,
    /// What each member works on and does.
    Members,
}

impl Part {
    /// Each, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Funnel, Self::Leads, Self::Stages, Self::Reasons, Self::Members];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Funnel => "funnel",
            Self::Leads => "leads",
            Self::Stages => "stages",
            Self::Reasons => "reasons",
            Self::Members => "members",
        }
    }
}

impl std::str::FromStr for Part {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|part| part.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What was found in a period, and in the one it is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared<T> {
    /// In the period.
    pub now: T,
    /// In the other; none if nothing is compared.
    pub before: Option<T>,
}

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<K, V> {
    /// What it is about.
    pub about: K,
    /// What was found in the period.
    pub now: V,
    /// What was found in the other; none if nothing is compared.
    pub before: Option<V>,
}

impl<K: Clone + PartialEq, V: Copy + Default> Compared<Vec<(K, V)>> {
    /// The lines of both: those of the period in its order, then what was in the other alone.
    pub fn lines(&self) -> Vec<Line<K, V>> {
        let of = |rows: &[(K, V)], about: &K| rows.iter().find(|(key, _)| key == about).map(|(_, found)| *found);
        let before = |about: &K| self.before.as_ref().map(|rows| of(rows, about).unwrap_or_default());
        let now = self.now.iter().map(|(about, now)| Line { about: about.clone(), now: *now, before: before(about) });
        let gone = self.before.iter().flatten().filter(|(about, _)| of(&self.now, about).is_none());
        let gone = gone.map(|(about, was)| Line { about: about.clone(), now: V::default(), before: Some(*was) });
        now.chain(gone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_before_alone_is_not_left_out() {
        let found = Compared { now: vec![("a", 1), ("b", 2)], before: Some(vec![("b", 3), ("c", 4)]) };
        let lines: Vec<_> = found.lines().into_iter().map(|line| (line.about, line.now, line.before)).collect();
        assert_eq!(lines, [("a", 1, Some(0)), ("b", 2, Some(3)), ("c", 0, Some(4))]);
        let alone = Compared { now: vec![("a", 1)], before: None };
        assert_eq!(alone.lines(), [Line { about: "a", now: 1, before: None }]);
    }

    #[test]
    fn a_part_survives_its_name() {
        for part in Part::ALL {
            assert_eq!(part.code().parse(), Ok(part));
        }
        assert_eq!("sales".parse::<Part>(), Err(Rule::NotAChoice));
    }
}
