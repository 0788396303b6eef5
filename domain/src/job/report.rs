use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What came of a job: how many of each outcome, by its code. An outcome says what was done, or why something was skipped;
/// the pages know the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Report(BTreeMap<String, u64>);

impl Report {
    /// Counts so many more of an outcome.
    pub fn count(&mut self, outcome: &str, times: u64) {
        if times > 0 {
            *self.0.entry(outcome.to_owned()).or_default() += times;
        }
    }

    /// How many of an outcome there were.
    pub fn of(&self, outcome: &str) -> u64 {
        self.0.get(outcome).copied().unwrap_or_default()
    }

    /// All outcomes there were, by their codes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(outcome, times)| (outcome.as_str(), *times))
    }

    /// Whether nothing came of it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_what_happened_and_nothing_else() {
        let mut report = Report::default();
        report.count("written", 2);
        report.count("written", 3);
        report.count("skipped", 0);
        assert_eq!(report.iter().collect::<Vec<_>>(), [("written", 5)]);
        assert_eq!((report.of("written"), report.of("skipped")), (5, 0));
    }
}
