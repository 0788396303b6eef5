use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::RetentionRule;
use crate::audit::{Link, Mark, hex};

/// How a sweep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All that was due is gone, but for what others held at that moment.
    Done,
    /// It broke; what went before that is gone.
    Failed,
    /// It was told to stop, or had others go first; another goes on.
    Stopped,
}

impl Outcome {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One sweep of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Which rule.
    pub rule: &'static RetentionRule,
    /// When it began.
    pub began_at: Timestamp,
    /// What started its time then or before was to go.
    pub cutoff: Timestamp,
    /// How many rows it changed or deleted.
    pub rows: u64,
    /// How long it took.
    pub took: SignedDuration,
    /// How it ended.
    pub outcome: Outcome,
}

/// A sweep as it is kept: numbers and codes, nothing about anybody. Codes stay texts: a run outlives the program that wrote
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its place, from 1 without a gap.
    pub sequence: i64,
    /// Which rule.
    pub rule: String,
    /// When it began.
    pub began_at: Timestamp,
    /// What started its time then or before was to go.
    pub cutoff: Timestamp,
    /// How many rows it changed or deleted.
    pub rows: i64,
    /// How many milliseconds it took.
    pub milliseconds: i64,
    /// How it ended.
    pub outcome: String,
    /// The digest of the run before.
    pub previous: [u8; 32],
    /// The digest of this one.
    pub hash: [u8; 32],
}

impl Link for Run {
    fn mark(&self) -> Mark {
        Mark { sequence: self.sequence, hash: self.hash }
    }

    fn previous(&self) -> [u8; 32] {
        self.previous
    }

    /// A line for each part, the hash before it first. No part can hold a line's end, so no two runs have the same text.
    fn text(&self) -> String {
        [
            hex(&self.previous),
            self.sequence.to_string(),
            self.rule.clone(),
            self.began_at.as_microsecond().to_string(),
            self.cutoff.as_microsecond().to_string(),
            self.rows.to_string(),
            self.milliseconds.to_string(),
            self.outcome.clone(),
        ]
        .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::{Break, Walk};

    /// Not SHA-256, but as good for telling texts apart.
    fn digest(text: &str) -> [u8; 32] {
        let mut hash = [7_u8; 32];
        for (place, byte) in text.bytes().enumerate() {
            let at = place % 32;
            hash[at] = hash[at].wrapping_mul(31).wrapping_add(byte).rotate_left(3) ^ hash[(at + 7) % 32];
        }
        hash
    }

    fn chain(length: i64) -> Vec<Run> {
        let mut previous = [0; 32];
        (1..=length)
            .map(|sequence| {
                let began_at = Timestamp::from_second(1_800_000_000 + sequence).unwrap();
                let mut run = Run {
                    sequence,
                    rule: "lead_ip".to_owned(),
                    began_at,
                    cutoff: began_at - SignedDuration::from_hours(720),
                    rows: 1_000 * sequence,
                    milliseconds: 12,
                    outcome: Outcome::Done.code().to_owned(),
                    previous,
                    hash: [0; 32],
                };
                run.hash = digest(&run.text());
                previous = run.hash;
                run
            })
            .collect()
    }

    fn verify(runs: &[Run], head: Mark) -> Result<u64, Break> {
        let mut walk = Walk::new(Mark::START, head);
        for run in runs {
            walk.step(run, digest)?;
        }
        walk.end()
    }

    fn head(runs: &[Run]) -> Mark {
        runs.last().map_or(Mark::START, Link::mark)
    }

    #[test]
    fn a_whole_chain_of_runs_is_found_whole() {
        let runs = chain(4);
        assert_eq!(verify(&runs, head(&runs)), Ok(4));
        assert_eq!(verify(&[], Mark::START), Ok(0));
        assert_eq!(verify(&runs[..3], head(&runs)), Err(Break::Cut(4)));
    }

    #[test]
    fn the_text_has_each_part_on_a_line_of_its_own() {
        let text = chain(1)[0].text();
        let expected = ["1", "lead_ip", "1800000001000000", "1797408001000000", "1000", "12", "done"];
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), expected);
        assert_eq!(text.lines().next(), Some(&*"0".repeat(64)));
    }

    proptest! {
        #[test]
        fn any_run_that_was_removed_or_changed_is_found(length in 2_i64..8, place in 0_usize..8, what in 0..8) {
            let whole = chain(length);
            let place = place % whole.len();
            let mut forged = whole.clone();
            match what {
                0 => { forged.remove(place); }
                1 => forged[place].rule = "throttle".to_owned(),
                2 => forged[place].began_at += SignedDuration::from_secs(1),
                3 => forged[place].cutoff += SignedDuration::from_secs(1),
                4 => forged[place].rows += 1,
                5 => forged[place].milliseconds += 1,
                6 => forged[place].outcome = "failed".to_owned(),
                _ => forged[place].hash[5] ^= 1,
            }
            prop_assert!(verify(&forged, head(&whole)).is_err());
        }
    }
}
