use std::collections::BTreeMap;

use super::{Grade, Standing};

/// A lead that other rules would give another grade.
#[derive(Clone, Debug)]
pub struct Mover<T> {
    /// Which.
    pub lead: T,
    /// Where it stands by the rules in force.
    pub before: Standing,
    /// Where it would stand.
    pub after: Standing,
}

/// What other rules would do to the grades of an organization's leads.
#[derive(Clone, Debug)]
pub struct Outlook<T> {
    /// How many leads were scored by both rulebooks.
    pub looked_at: u64,
    /// How many leads there are.
    pub all: u64,
    /// How many of those looked at would have another grade.
    pub changed: u64,
    /// How many of them stand where, by the rules in force and by the others.
    pub grades: BTreeMap<Grade, (u64, u64)>,
    /// The first of those whose grade would be another.
    pub movers: Vec<Mover<T>>,
    most: usize,
}

impl<T> Outlook<T> {
    /// An outlook on so many leads, none of them looked at yet, that names at most `most` of them.
    pub fn on(all: u64, most: usize) -> Self {
        Self { looked_at: 0, all, changed: 0, grades: BTreeMap::new(), movers: Vec::new(), most }
    }

    /// Takes in one lead.
    pub fn look_at(&mut self, lead: T, before: Standing, after: Standing) {
        self.looked_at += 1;
        self.grades.entry(before.grade()).or_default().0 += 1;
        self.grades.entry(after.grade()).or_default().1 += 1;
        if before.grade() != after.grade() {
            self.changed += 1;
            if self.movers.len() < self.most {
                self.movers.push(Mover { lead, before, after });
            }
        }
    }

    /// The same with its leads called otherwise, in their order.
    pub fn map<U>(self, mut call: impl FnMut(T) -> U) -> Outlook<U> {
        let Self { looked_at, all, changed, grades, movers, most } = self;
        let movers = movers.into_iter().map(|Mover { lead, before, after }| Mover { lead: call(lead), before, after });
        Outlook { looked_at, all, changed, grades, movers: movers.collect(), most }
    }

    /// Whether not all leads were looked at, so that the count for all is an estimate.
    pub fn is_estimate(&self) -> bool {
        self.looked_at < self.all
    }

    /// How many leads would change grade: exact if all were looked at, else in proportion, rounded.
    pub fn changes(&self) -> u64 {
        if self.looked_at == 0 || !self.is_estimate() {
            return self.changed;
        }
        let (changed, all, looked_at) = (u128::from(self.changed), u128::from(self.all), u128::from(self.looked_at));
        u64::try_from((changed * all + looked_at / 2) / looked_at).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(fit: u8) -> Standing {
        Standing { fit, engagement: 0 }
    }

    #[test]
    fn what_was_looked_at_in_full_is_counted_and_a_part_is_told_in_proportion() {
        let mut whole = Outlook::on(3, 1);
        for (lead, after) in [(1, 80), (2, 10), (3, 30)] {
            whole.look_at(lead, standing(10), standing(after));
        }
        assert_eq!((whole.changes(), whole.is_estimate(), whole.movers.len()), (2, false, 1));
        let d4 = standing(0).grade();
        assert_eq!(whole.grades[&d4], (3, 1));
        let mut part = Outlook::on(300, 10);
        for lead in 0..30 {
            part.look_at(lead, standing(10), standing(if lead % 3 == 0 { 80 } else { 10 }));
        }
        assert_eq!((part.changed, part.changes(), part.is_estimate()), (10, 100, true));
    }
}
