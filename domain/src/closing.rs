//! The end of an organization: its owner asks for it, or what it is entitled to has ended; until its data go there is time to
//! think better of it, or to subscribe again (RET-6, RET-7).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// For so long everything stays and nothing is taken in or changed.
pub const UNDOABLE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// An end that is heard of late leaves so much time until the data go, in which somebody can be told.
const LEAST_NOTICE: SignedDuration = SignedDuration::from_hours(24);

/// Why an organization ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// An owner asked for it.
    Asked,
    /// Its trial is over, and nobody subscribed: its data go only if the provider has just said so (RET-8).
    Trial,
    /// Its subscription has ended: the same.
    Subscription,
}

impl Ending {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Trial => "trial",
            Self::Subscription => "subscription",
        }
    }

    /// The ending of that stable name.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Asked, Self::Trial, Self::Subscription].into_iter().find(|ending| ending.code() == code)
    }
}

/// An organization that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// Since when: the owner's word, or the end of what it was entitled to.
    pub closed_at: Timestamp,
    /// Why.
    pub ending: Ending,
}

impl Closing {
    /// The end of what an organization was entitled to, as it is kept from `now` on: heard of so late that nobody could be told in
    /// time, its last day is still to come.
    pub fn heard_of(ended_at: Timestamp, ending: Ending, now: Timestamp) -> Self {
        let latest = now.saturating_sub(UNDOABLE - LEAST_NOTICE).unwrap_or(ended_at);
        Self { closed_at: ended_at.max(latest), ending }
    }

    /// When its data go, unless an owner undoes it before.
    pub fn purge_due_at(self) -> Timestamp {
        self.closed_at.saturating_add(UNDOABLE).unwrap_or(Timestamp::MAX)
    }

    /// When its owners are told.
    pub fn due(self, notice: ClosingNotice) -> Timestamp {
        self.closed_at.saturating_add(notice.after()).unwrap_or(Timestamp::MAX)
    }
}

/// One of the mails that tell the owners of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosingNotice {
    /// At once.
    First,
    /// A week before.
    LastWeek,
    /// A day before.
    LastDay,
}

impl ClosingNotice {
    /// Each of them, the first first.
    pub const ALL: [Self; 3] = [Self::First, Self::LastWeek, Self::LastDay];

    /// How long after the end was asked for it goes out.
    pub const fn after(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::First => 0,
            Self::LastWeek => 23 * 24,
            Self::LastDay => 29 * 24,
        })
    }

    /// Its place among them, from one.
    pub const fn number(self) -> i16 {
        match self {
            Self::First => 1,
            Self::LastWeek => 2,
            Self::LastDay => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ret_7_an_end_that_is_heard_of_late_leaves_a_day_to_be_told() {
        let (ended_at, day) = (Timestamp::UNIX_EPOCH, SignedDuration::from_hours(24));
        for (heard, closed) in [(0, 0), (29, 0), (30, 1), (400, 371)] {
            let closing = Closing::heard_of(ended_at, Ending::Trial, ended_at + day * heard);
            assert_eq!(closing.closed_at, ended_at + day * closed, "{heard}");
        }
    }

    #[test]
    fn the_owners_are_told_on_day_0_23_and_29_of_30() {
        let closing = Closing { closed_at: "2026-11-23T12:00:00Z".parse().unwrap(), ending: Ending::Asked };
        let days = ClosingNotice::ALL.map(|notice| closing.due(notice).duration_since(closing.closed_at).as_hours());
        assert_eq!(days, [0, 23 * 24, 29 * 24]);
        assert_eq!(closing.purge_due_at(), "2026-12-23T12:00:00Z".parse().unwrap());
        let late = Closing { closed_at: Timestamp::MAX, ending: Ending::Trial };
        assert_eq!(late.purge_due_at(), Timestamp::MAX);
    }
}
