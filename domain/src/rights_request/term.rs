use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use super::{RightsRequest, What};
use crate::deadline::{Deadline, paris_midnight};

/// Within how long a request is answered if all goes well (DSR-6).
pub const TARGET: SignedDuration = SignedDuration::from_hours(15 * 24);
/// So many days before the last one members are reminded (DSR-6).
const DAYS_BEFORE: [u8; 4] = [14, 7, 3, 1];

/// A reminder that a request is to be answered. With another last day it is another reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// The last day.
    pub due_on: Date,
    /// How many days before that it comes; none is the alarm when that day is over.
    pub days_before: u8,
}

impl Reminder {
    /// From when on it is told: from the beginning of its day.
    fn since(self) -> Timestamp {
        paris_midnight(self.due_on.saturating_sub(i32::from(self.days_before).days()))
    }
}

impl RightsRequest {
    /// By when it should be answered. Alarms go by it, and it never waits: not for a proof of identity either (DSR-5).
    pub fn due(&self) -> Deadline {
        self.due_after(self.received_at)
    }

    /// By when the law wants it answered: the time that passes until somebody proves who they are does not count. None
    /// while they have not, because nobody can tell.
    pub fn legal_due(&self) -> Option<Deadline> {
        let counted_from = self.received_at.saturating_add(self.waited()?).unwrap_or(Timestamp::MAX);
        Some(self.due_after(counted_from))
    }

    fn due_after(&self, received_at: Timestamp) -> Deadline {
        match self.extended_at() {
            None => Deadline::of_answer(received_at),
            Some(_) => Deadline::of_extended_answer(received_at),
        }
    }

    /// How long a proof of identity was waited for; none while it is, or if it was in vain.
    fn waited(&self) -> Option<SignedDuration> {
        let Some(asked_at) = self.first_at(|what| matches!(what, What::IdentityAsked { .. })) else {
            return Some(SignedDuration::ZERO);
        };
        let proven_at = self.first_at(|what| matches!(what, What::IdentityProven(_)))?;
        Some(proven_at.duration_since(asked_at).max(SignedDuration::ZERO))
    }

    /// By when it is answered if all goes well.
    pub fn target(&self) -> Timestamp {
        self.received_at.saturating_add(TARGET).unwrap_or(Timestamp::MAX)
    }

    /// Whether it should have been answered by now, and was not.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !self.state().is_over() && self.due().is_over(now)
    }

    /// The reminders whose time has come and that were not told yet, the earliest first. Of several at once the last
    /// tells all there is to say. What is overdue needs an alarm and no reminder.
    pub fn reminders_due(&self, now: Timestamp, told: &BTreeSet<Reminder>) -> Vec<Reminder> {
        let due = self.due();
        if self.state().is_over() || due.is_over(now) {
            return Vec::new();
        }
        let all = DAYS_BEFORE.map(|days_before| Reminder { due_on: due.day(), days_before });
        all.into_iter().filter(|one| one.since() <= now && !told.contains(one)).collect()
    }

    /// The alarm that it is overdue, if it is and nobody heard it yet.
    pub fn alarm_due(&self, now: Timestamp, told: &BTreeSet<Reminder>) -> Option<Reminder> {
        let alarm = self.alarm();
        (self.is_overdue(now) && !told.contains(&alarm)).then_some(alarm)
    }

    /// When the next thing is due that nobody asks for: a reminder, the alarm, or the end of the link.
    pub fn next_moment(&self, told: &BTreeSet<Reminder>) -> Option<Timestamp> {
        if self.state().is_over() {
            return None;
        }
        let due = self.due();
        let reminders = DAYS_BEFORE.map(|days_before| Reminder { due_on: due.day(), days_before });
        let is_alarmed = told.contains(&self.alarm());
        // Once it is overdue, nobody is reminded any more.
        let reminder =
            reminders.into_iter().filter(|one| !is_alarmed && !told.contains(one)).map(Reminder::since).min();
        let alarm = (!is_alarmed).then(|| due.ends_at());
        [reminder, alarm, self.link_until().ok()].into_iter().flatten().min()
    }

    fn alarm(&self) -> Reminder {
        Reminder { due_on: self.due().day(), days_before: 0 }
    }
}
