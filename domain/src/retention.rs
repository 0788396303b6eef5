//! What is kept for a limited time: which data, from when on, for how long, and what becomes of them. Each rule is swept by
//! itself, and each sweep leaves a [`Run`] in a chain that shows what was cut.

mod run;

use jiff::{SignedDuration, Timestamp};

pub use self::run::{Outcome, Run, Swept};
use crate::{connection, delivery, import, job, merge, notification, rights_request, spam, submission};

/// Each rule is swept this often (RET-14).
pub const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// What is due and still there after so long is overdue (RET-16).
pub const GRACE: SignedDuration = SignedDuration::from_hours(1);
/// So many rows go in one piece of work (RET-14).
pub const BATCH: u16 = 1_000;

/// What becomes of data whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The row is deleted.
    Delete,
    /// The row stays, and these data in it are no more.
    Empty,
}

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionRule {
    /// The stable name: of its function and its role in the storage, and in runs.
    pub code: &'static str,
    /// Which data.
    pub what: &'static str,
    /// What starts their time.
    pub since: &'static str,
    /// How long they are kept from then on.
    pub delay: SignedDuration,
    /// What becomes of them.
    pub action: Action,
}

impl RetentionRule {
    /// The rule of that name.
    pub fn of_code(code: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.code == code)
    }

    /// What started its time then or before is due at `now`.
    pub fn cutoff(&self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.delay).unwrap_or(Timestamp::MIN)
    }

    /// What started its time then or before should have gone by now.
    pub fn overdue(&self, now: Timestamp) -> Timestamp {
        self.cutoff(now).saturating_sub(GRACE).unwrap_or(Timestamp::MIN)
    }
}

/// What ends at the moment that is written beside it.
const AT_ONCE: SignedDuration = SignedDuration::ZERO;

/// Every rule, in the order in which they are swept: files before the jobs that made them.
pub const RULES: &[RetentionRule] = &[
    RetentionRule {
        code: "lead_ip",
        what: "network addresses of submissions",
        since: "they came",
        delay: submission::IP_KEPT,
        action: Action::Empty,
    },
    RetentionRule {
        code: "quarantine",
        what: "submissions that nobody let out of quarantine",
        since: "they came",
        delay: spam::MEMORY,
        action: Action::Delete,
    },
    RetentionRule {
        code: "connection",
        what: "when and from where accounts were used",
        since: "they were",
        delay: connection::KEPT,
        action: Action::Delete,
    },
    RetentionRule {
        code: "refresh_token",
        what: "tokens by which a session goes on",
        since: "they expired",
        delay: AT_ONCE,
        action: Action::Delete,
    },
    RetentionRule {
        code: "one_time_token",
        what: "links of mails, and what waits for them",
        since: "they expired",
        delay: AT_ONCE,
        action: Action::Delete,
    },
    RetentionRule {
        code: "throttle",
        what: "tries that were counted",
        since: "they expired",
        delay: AT_ONCE,
        action: Action::Delete,
    },
    RetentionRule {
        code: "submission_key",
        what: "keys by which a second try of a submission is known",
        since: "they expired",
        delay: AT_ONCE,
        action: Action::Delete,
    },
    RetentionRule {
        code: "creation_key",
        what: "keys by which a second try of a program is known",
        since: "they expired",
        delay: AT_ONCE,
        action: Action::Delete,
    },
    RetentionRule {
        code: "job_file",
        what: "files that jobs made",
        since: "the jobs ended",
        delay: job::FILE_MEMORY,
        action: Action::Delete,
    },
    RetentionRule { code: "job", what: "jobs", since: "they ended", delay: job::MEMORY, action: Action::Delete },
    RetentionRule {
        code: "import",
        what: "files of imports, and what would undo them",
        since: "they were done, or begun if nothing came of them",
        delay: import::UNDO,
        action: Action::Delete,
    },
    RetentionRule {
        code: "merge",
        what: "what would undo merges",
        since: "leads were merged",
        delay: merge::UNDOABLE,
        action: Action::Empty,
    },
    RetentionRule {
        code: "notification",
        what: "what members were told",
        since: "they were told",
        delay: notification::MEMORY,
        action: Action::Delete,
    },
    RetentionRule {
        code: "mail_pace",
        what: "how many mails went out",
        since: "it makes nobody wait",
        delay: notification::MEMORY,
        action: Action::Delete,
    },
    RetentionRule {
        code: "parked_event",
        what: "events that the worker gave up on",
        since: "it did",
        delay: delivery::PARKED_KEPT,
        action: Action::Delete,
    },
    RetentionRule {
        code: "rights_link",
        what: "links that prove mailboxes, and what they opened",
        since: "they ended",
        delay: AT_ONCE,
        action: Action::Delete,
    },
    RetentionRule {
        code: "rights_request",
        what: "requests about rights",
        since: "they came",
        delay: rights_request::KEPT,
        action: Action::Delete,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn rule(code: &str) -> &'static RetentionRule {
        RetentionRule::of_code(code).unwrap()
    }

    #[test]
    fn every_code_is_one_of_its_own() {
        let codes: BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
        for code in codes {
            assert!(code.len() <= 40 && code.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()), "{code}");
            assert_eq!(rule(code).code, code);
        }
        assert_eq!(RetentionRule::of_code("lead"), None);
    }

    #[test]
    fn data_are_kept_as_long_as_the_policy_says() {
        let kept: Vec<_> = RULES.iter().map(|rule| (rule.code, rule.delay.as_hours() / 24)).collect();
        assert_eq!(
            kept,
            [
                ("lead_ip", 30),
                ("quarantine", 30),
                ("connection", 90),
                ("refresh_token", 0),
                ("one_time_token", 0),
                ("throttle", 0),
                ("submission_key", 0),
                ("creation_key", 0),
                ("job_file", 7),
                ("job", 30),
                ("import", 7),
                ("merge", 30),
                ("notification", 30),
                ("mail_pace", 30),
                ("parked_event", 30),
                ("rights_link", 0),
                ("rights_request", 5 * 365 + 2),
            ]
        );
    }

    #[test]
    fn the_cutoff_is_the_delay_before_now_and_what_is_overdue_an_hour_older() {
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let (address, second) = (rule("lead_ip"), SignedDuration::from_secs(1));
        let is_due = |now| start <= address.cutoff(now);
        assert!(!is_due(start + DAY * 30 - second));
        assert!(is_due(start + DAY * 30));
        let is_overdue = |now| start <= address.overdue(now);
        assert!(!is_overdue(start + DAY * 30 + GRACE - second));
        assert!(is_overdue(start + DAY * 30 + GRACE));
        assert_eq!(rule("throttle").cutoff(start), start);
    }

    #[test]
    fn the_beginning_of_time_has_a_cutoff_too() {
        for rule in RULES {
            assert!(rule.overdue(Timestamp::MIN) <= rule.cutoff(Timestamp::MIN));
        }
    }
}
