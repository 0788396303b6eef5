//! From rules to lines, and from lines to the score, which is nothing but their sum.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Axis, Dose, Effect, Facts, Frequency, GroupNumber, Occurrence, RuleNumber, Rulebook, ScoreRule, Standing,
    decay::days_after,
};

/// Why a line stands in a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A rule counted.
    Rule(RuleNumber),
    /// The rules of a group reached its limit; this takes back what lies beyond.
    Group(GroupNumber),
    /// A score goes from 0 to 100; this takes back what lies beyond.
    Bounds,
}

/// One line of a breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Line {
    /// The axis on which it counts.
    pub axis: Axis,
    /// Why it is there.
    pub because: Basis,
    /// What it adds; never nought.
    pub points: i32,
    /// How often what the rule counts happened; 1 for a fact, 0 for a limit.
    pub times: u32,
    /// When nothing of it will be left, if nothing new happens; never for what does not end.
    pub expires_at: Option<Timestamp>,
}

/// A rule that marked the lead for a member to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// Which rule; its reason stands there.
    pub rule: RuleNumber,
    /// When the mark goes by itself.
    pub expires_at: Option<Timestamp>,
}

/// The score of a lead, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The lines: by axis, rules by number, then limits.
    pub lines: Vec<Line>,
    /// What a member should look at.
    pub marks: Vec<Mark>,
    /// When it will be another one by itself, if nothing happens.
    pub changes_at: Option<Timestamp>,
}

impl Breakdown {
    /// The sum of the lines of an axis.
    pub fn sum(&self, axis: Axis) -> i32 {
        self.lines.iter().filter(|line| line.axis == axis).map(|line| line.points).sum()
    }

    /// The score: what the lines add up to.
    pub fn standing(&self) -> Standing {
        let value = |axis| u8::try_from(self.sum(axis).clamp(0, 100)).unwrap_or_default();
        Standing { fit: value(Axis::Fit), engagement: value(Axis::Engagement) }
    }

    fn change_by(&mut self, at: Option<Timestamp>) {
        self.changes_at = [self.changes_at, at].into_iter().flatten().min();
    }

    /// Adds the line that brings a sum back to where it may be.
    fn limit(&mut self, axis: Axis, because: Basis, sum: i32, (least, most): (i32, i32)) {
        let points = sum.clamp(least, most) - sum;
        if points != 0 {
            self.lines.push(Line { axis, because, points, times: 0, expires_at: None });
        }
    }
}

/// Scores a lead. Depends on nothing but its arguments, and not on the order in which they name things.
pub fn score(facts: &Facts, occurrences: &[Occurrence], book: &Rulebook, now: Timestamp) -> Breakdown {
    let mut breakdown = Breakdown::default();
    let mut groups: BTreeMap<(Axis, GroupNumber), i32> = BTreeMap::new();
    // A rule that does not count today may tomorrow.
    for condition in book.rules.iter().flat_map(|rule| &rule.when) {
        breakdown.change_by(condition.turns_at(facts, now));
    }
    for rule in book.rules.iter().filter(|rule| rule.when.iter().all(|condition| condition.holds(facts, now))) {
        let counted = Counted::of(rule, facts, occurrences, book, now);
        breakdown.change_by(counted.changes_at);
        match &rule.effect {
            Effect::Mark(_) if counted.times > 0 => {
                breakdown.marks.push(Mark { rule: rule.number, expires_at: counted.expires_at });
            }
            Effect::Points(_) if counted.points != 0 => {
                let Counted { points, times, expires_at, .. } = counted;
                let (axis, because) = (rule.axis(), Basis::Rule(rule.number));
                breakdown.lines.push(Line { axis, because, points, times, expires_at });
                if let Some(group) = rule.group {
                    *groups.entry((axis, group)).or_default() += points;
                }
            }
            Effect::Mark(_) | Effect::Points(_) => {}
        }
    }
    for ((axis, number), sum) in groups {
        if let Some(cap) = book.group(number).map(|group| i32::from(group.cap)) {
            breakdown.limit(axis, Basis::Group(number), sum, (-cap, cap));
        }
    }
    for axis in Axis::ALL {
        breakdown.limit(axis, Basis::Bounds, breakdown.sum(axis), (0, 100));
    }
    breakdown.lines.sort_unstable();
    breakdown.marks.sort_unstable();
    breakdown
}

/// What a rule counts to.
#[derive(Default)]
struct Counted {
    points: i32,
    times: u32,
    expires_at: Option<Timestamp>,
    changes_at: Option<Timestamp>,
}

impl Counted {
    fn of(rule: &ScoreRule, facts: &Facts, occurrences: &[Occurrence], book: &Rulebook, now: Timestamp) -> Self {
        let Some(trigger) = rule.on else { return Self::of_facts(rule, facts, now) };
        let mut instants: Vec<Timestamp> =
            occurrences.iter().filter(|occurrence| trigger.counts(occurrence.signal)).map(|o| o.at).collect();
        instants.sort_unstable_by(|one, other| other.cmp(one));
        let counted = chosen(&instants, rule.frequency);
        match rule.effect {
            Effect::Points(points) => {
                let dose = Dose { points, at: &counted, half_life: book.half_life_days, lasts_days: rule.lasts_days };
                let times = counted.iter().filter(|at| is_alive(rule, **at, now)).count();
                Self {
                    points: dose.value(now),
                    times: u32::try_from(times).unwrap_or(u32::MAX),
                    expires_at: dose.gone_at(now),
                    changes_at: dose.changes_at(now),
                }
            }
            // A mark does not fade: it stands as long as what it tells of counts.
            Effect::Mark(_) => match counted.first().filter(|at| is_alive(rule, **at, now)) {
                None => Self::default(),
                Some(latest) => {
                    let end = rule.lasts_days.map(|days| days_after(*latest, days));
                    Self { points: 0, times: 1, expires_at: end, changes_at: end }
                }
            },
        }
    }

    fn of_facts(rule: &ScoreRule, facts: &Facts, now: Timestamp) -> Self {
        let end = rule.lasts_days.map(|days| days_after(facts.opened_at, days));
        if end.is_some_and(|end| end <= now) {
            return Self::default();
        }
        Self { points: i32::from(rule.points().unwrap_or_default()), times: 1, expires_at: end, changes_at: end }
    }
}

fn is_alive(rule: &ScoreRule, at: Timestamp, now: Timestamp) -> bool {
    rule.lasts_days.is_none_or(|days| days_after(at, days) > now)
}

/// The instants that count, of all that there are from the newest on: always the newest, so that something new never
/// makes a rule give less.
fn chosen(newest_first: &[Timestamp], frequency: Frequency) -> Vec<Timestamp> {
    match frequency {
        Frequency::Once => newest_first.first().copied().into_iter().collect(),
        Frequency::Each => newest_first.to_vec(),
        Frequency::AtMost { times, days } => {
            let mut counted: Vec<Timestamp> = Vec::new();
            for at in newest_first {
                // The one counted so many places before must lie beyond the period that begins here.
                let rival = counted.len().checked_sub(usize::from(times)).and_then(|place| counted.get(place));
                if rival.is_none_or(|rival| days_after(*at, days) <= *rival) {
                    counted.push(*at);
                }
            }
            counted
        }
    }
}

#[cfg(test)]
mod tests;
