//! The end of an organization: its owner asks for it, and until its data go there is time to think better of it (RET-6,
//! RET-7).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// For so long everything stays and nothing is taken in or changed.
pub const UNDOABLE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An organization whose end was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub closed_at: Timestamp,
}

impl Closing {
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
    fn the_owners_are_told_on_day_0_23_and_29_of_30() {
        let closing = Closing { closed_at: "2026-11-23T12:00:00Z".parse().unwrap() };
        let days = ClosingNotice::ALL.map(|notice| closing.due(notice).duration_since(closing.closed_at).as_hours());
        assert_eq!(days, [0, 23 * 24, 29 * 24]);
        assert_eq!(closing.purge_due_at(), "2026-12-23T12:00:00Z".parse().unwrap());
        let late = Closing { closed_at: Timestamp::MAX };
        assert_eq!(late.purge_due_at(), Timestamp::MAX);
    }
}
