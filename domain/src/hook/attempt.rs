use jiff::{SignedDuration, Timestamp};

use super::{EndpointState, PATIENCE};
use crate::violation::Rule;

/// What an attempt met. Of the answer nothing is kept but its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An answer with that status.
    Status(u16),
    /// No answer.
    None(Obstacle),
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Its name has no address.
    NoAddress,
    /// Its name leads where nothing is sent: into a private network, for one (WEB-7).
    Blocked,
    /// Nobody took the connection.
    Unreachable,
    /// Its certificate is not one to be trusted for that name.
    Insecure,
    /// It took too long.
    Late,
    /// What it said is no answer.
    Broken,
}

impl Answer {
    /// Whether something of what was told may have come to somebody: it may have, once a connection was there, whatever they
    /// said to it.
    pub const fn may_have_arrived(self) -> bool {
        match self {
            Self::Status(_) | Self::None(Obstacle::Late | Obstacle::Broken) => true,
            Self::None(Obstacle::NoAddress | Obstacle::Blocked | Obstacle::Unreachable | Obstacle::Insecure) => false,
        }
    }
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Taken,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up; the endpoint may go on, or be disabled for this reason.
    GivenUp,
}

/// The waits between attempts, in seconds: they come at 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h
/// (WEB-12).
pub const WAITS: [i64; 9] =
    [5, 300 - 5, 1_800 - 300, 7_200 - 1_800, 3 * 3_600, 5 * 3_600, 4 * 3_600, 6 * 3_600, 4 * 3_600];
/// Of a wait, so much is left to chance, in percent: whoever was away is not met by all at once.
const JITTER: i64 = 10;

/// What follows from an attempt, the `attempts`-th of its delivery, at an endpoint that has failed since `failing_since`;
/// `chance` is any number. Tells what becomes of the delivery, and as what the endpoint is to be disabled, if it is.
pub fn judge(
    answer: Answer,
    attempts: u8,
    failing_since: Option<Timestamp>,
    chance: u64,
    now: Timestamp,
) -> (Verdict, Option<EndpointState>) {
    match answer {
        Answer::Status(200..=299) => return (Verdict::Taken, None),
        Answer::Status(410) => return (Verdict::GivenUp, Some(EndpointState::Gone)),
        Answer::Status(_) | Answer::None(_) => {}
    }
    if failing_since.is_some_and(|since| now.duration_since(since) >= PATIENCE) {
        return (Verdict::GivenUp, Some(EndpointState::Failing));
    }
    let wait = usize::from(attempts).checked_sub(1).and_then(|place| WAITS.get(place));
    let verdict = wait.map_or(Verdict::GivenUp, |wait| Verdict::Again(now + jittered(*wait, chance)));
    (verdict, None)
}

/// The wait and up to a tenth more.
fn jittered(seconds: i64, chance: u64) -> SignedDuration {
    let most = seconds * 1_000 * JITTER / 100;
    let more = i64::try_from(chance % (most.unsigned_abs() + 1)).unwrap_or_default();
    SignedDuration::from_millis(seconds * 1_000 + more)
}

impl Obstacle {
    /// Every obstacle.
    pub const ALL: [Self; 6] =
        [Self::NoAddress, Self::Blocked, Self::Unreachable, Self::Insecure, Self::Late, Self::Broken];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
            Self::Insecure => "insecure",
            Self::Late => "late",
            Self::Broken => "broken",
        }
    }
}

impl std::str::FromStr for Obstacle {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|obstacle| obstacle.code() == code).ok_or(Rule::NotAChoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn web_12_attempts_come_at_their_times_with_a_little_chance() {
        for (chance, most) in [(0, 100), (u64::MAX, 110), (12_345_678, 110)] {
            let (mut at, mut offsets) = (NOW, vec![0]);
            for attempt in 1.. {
                match judge(Answer::Status(500), attempt, None, chance, at).0 {
                    Verdict::Again(next) => at = next,
                    verdict => {
                        assert_eq!(verdict, Verdict::GivenUp);
                        break;
                    }
                }
                offsets.push(at.as_second());
            }
            let wanted = [0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
            assert_eq!(offsets.len(), wanted.len());
            for (offset, wanted) in offsets.iter().zip(wanted) {
                assert!((wanted..=wanted * most / 100).contains(offset), "{offset} for {wanted}");
            }
        }
    }

    #[test]
    fn web_12_only_2xx_is_taken_and_410_disables_at_once() {
        for status in 100..600 {
            let (verdict, disabled) = judge(Answer::Status(status), 1, None, 0, NOW);
            let wanted = match status {
                200..=299 => (Verdict::Taken, None),
                410 => (Verdict::GivenUp, Some(EndpointState::Gone)),
                _ => (Verdict::Again(NOW + SignedDuration::from_secs(5)), None),
            };
            assert_eq!((verdict, disabled), wanted, "{status}");
        }
    }

    #[test]
    fn web_12_five_days_of_failure_disable() {
        let failing = |hours| {
            let since = NOW - SignedDuration::from_hours(hours);
            judge(Answer::None(Obstacle::Unreachable), 2, Some(since), 0, NOW).1
        };
        assert_eq!(failing(5 * 24), Some(EndpointState::Failing));
        assert_eq!(failing(5 * 24 - 1), None);
        let since = Some(NOW - PATIENCE);
        assert_eq!(judge(Answer::Status(204), 1, since, 0, NOW), (Verdict::Taken, None), "it came back in time");
    }
}
