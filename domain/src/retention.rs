//! What is kept for a limited time: which data, from when on, for how long, and what becomes of them. Each rule is swept by
//! itself, and each sweep leaves a [`Run`] in a chain that shows what was cut.

mod lead_months;
mod run;

use jiff::{SignedDuration, Timestamp, ToSpan};

pub use self::{
    lead_months::{LEAD_MONTHS, LeadMonths, MOST_LEAD_MONTHS, NOTICE, NoLeadMonths},
    run::{Outcome, Run, Swept},
};
use crate::{
    breach, connection, deadline::paris, delivery, erasure, hook, import, job, merge, notification, operator_request,
    rights_request, spam, submission, subscription, view,
};

/// Each rule is swept this often (RET-14).
pub const EVERY: SignedDuration = SignedDuration::from_mins(15);
/// What is due and still there after so long is overdue (RET-16).
pub const GRACE: SignedDuration = SignedDuration::from_hours(1);
/// So many rows go in one piece of work (RET-14).
pub const BATCH: u16 = 1_000;

/// The trail is kept for so many months (RET-13).
pub const AUDIT_MONTHS: u16 = 12;

/// How long data are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// So long.
    Time(SignedDuration),
    /// So many months of the calendar, in Paris.
    Months(u16),
    /// So many years of the calendar, in Paris.
    Years(u16),
}

/// Where data lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the storage.
    Storage,
    /// In files, each under a name that says until when.
    Files,
}

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
    pub delay: Delay,
    /// What becomes of them.
    pub action: Action,
    /// Where they lie.
    pub place: Place,
}

impl RetentionRule {
    /// The rule of that name.
    pub fn of_code(code: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.code == code)
    }

    /// When what started its time at `start` is due.
    pub fn due_at(&self, start: Timestamp) -> Timestamp {
        match self.delay {
            Delay::Time(delay) => start.saturating_add(delay).unwrap_or(Timestamp::MAX),
            Delay::Months(months) => months_after(start, months),
            Delay::Years(years) => months_after(start, years.saturating_mul(12)),
        }
    }

    /// What started its time then or before is due at `now`. No one moment says so of months: 31 August and 28 August may
    /// both end on a 28 February. Where the delay is in months or years it is the moment itself, to which the storage adds them.
    pub fn cutoff(&self, now: Timestamp) -> Timestamp {
        match self.delay {
            Delay::Time(delay) => now.saturating_sub(delay).unwrap_or(Timestamp::MIN),
            Delay::Months(_) | Delay::Years(_) => now,
        }
    }

    /// What started its time then or before should have gone by now.
    pub fn overdue(&self, now: Timestamp) -> Timestamp {
        self.cutoff(now).saturating_sub(GRACE).unwrap_or(Timestamp::MIN)
    }

    /// At which moment that is the cutoff.
    pub fn moment(&self, cutoff: Timestamp) -> Timestamp {
        match self.delay {
            Delay::Time(delay) => cutoff.saturating_add(delay).unwrap_or(Timestamp::MAX),
            Delay::Months(_) | Delay::Years(_) => cutoff,
        }
    }

    const fn deletes(code: &'static str, what: &'static str, since: &'static str, delay: Delay) -> Self {
        Self { code, what, since, delay, action: Action::Delete, place: Place::Storage }
    }
}

/// So many months of the calendar later, in Paris. A month that has no such day ends on its last one, and an hour that a night
/// has twice, or not at all, is the later one.
pub fn months_after(start: Timestamp, months: u16) -> Timestamp {
    let local = paris().to_datetime(start).saturating_add(i32::from(months).months());
    paris().into_ambiguous_zoned_datetime(local).later().map_or(Timestamp::MAX, |later| later.timestamp())
}

/// The rule of leads, whose months an organization may change.
pub const LEADS: &str = "lead";

/// What ends at the moment that is written beside it.
const AT_ONCE: Delay = Delay::Time(SignedDuration::ZERO);

/// Every rule, in the order in which they are swept: files before the jobs that made them, and leads at the end of all that
/// may hang on them.
pub const RULES: &[RetentionRule] = &[
    RetentionRule {
        action: Action::Empty,
        ..RetentionRule::deletes(
            "lead_ip",
            "network addresses of submissions",
            "they came",
            Delay::Time(submission::IP_KEPT),
        )
    },
    RetentionRule::deletes(
        "quarantine",
        "submissions that nobody let out of quarantine",
        "they came",
        Delay::Time(spam::MEMORY),
    ),
    RetentionRule::deletes(
        "sealed",
        "submissions that came while the organization might not receive",
        "they came",
        Delay::Time(submission::SEALED_KEPT),
    ),
    RetentionRule::deletes(
        "connection",
        "when and from where accounts were used",
        "they were",
        Delay::Time(connection::KEPT),
    ),
    RetentionRule::deletes("refresh_token", "tokens by which a session goes on", "they expired", AT_ONCE),
    RetentionRule::deletes("one_time_token", "links of mails, and what waits for them", "they expired", AT_ONCE),
    RetentionRule::deletes("consent_link", "links to confirm a consent", "they stopped working", AT_ONCE),
    RetentionRule::deletes("throttle", "tries that were counted", "they expired", AT_ONCE),
    RetentionRule::deletes(
        "submission_key",
        "keys by which a second try of a submission is known",
        "they expired",
        AT_ONCE,
    ),
    RetentionRule::deletes("creation_key", "keys by which a second try of a program is known", "they expired", AT_ONCE),
    RetentionRule {
        place: Place::Files,
        ..RetentionRule::deletes(
            "export_file",
            "files that jobs made",
            "they were asked for",
            Delay::Time(job::FILE_MEMORY),
        )
    },
    RetentionRule::deletes("job", "jobs", "they ended", Delay::Time(job::MEMORY)),
    RetentionRule::deletes(
        "import",
        "files of imports, and what would undo them",
        "they were done, or begun if nothing came of them",
        Delay::Time(import::UNDO),
    ),
    RetentionRule {
        action: Action::Empty,
        ..RetentionRule::deletes("merge", "what would undo merges", "leads were merged", Delay::Time(merge::UNDOABLE))
    },
    RetentionRule::deletes(
        "notification",
        "what members were told",
        "they were told",
        Delay::Time(notification::MEMORY),
    ),
    RetentionRule::deletes(
        "mail_pace",
        "how many mails went out",
        "it makes nobody wait",
        Delay::Time(notification::MEMORY),
    ),
    RetentionRule::deletes(
        "parked_event",
        "events that the worker gave up on",
        "it did",
        Delay::Time(delivery::PARKED_KEPT),
    ),
    RetentionRule::deletes(
        "tombstone",
        "ids of leads that were erased",
        "they were",
        Delay::Time(erasure::TOMBSTONE_KEPT),
    ),
    RetentionRule::deletes("erasure", "certificates of erasures", "their five years were over", AT_ONCE),
    RetentionRule::deletes(
        "farewell",
        "addresses for the last mail to whom nothing is kept of any more",
        "it was to go",
        Delay::Time(delivery::PARKED_KEPT),
    ),
    RetentionRule::deletes(
        "organization",
        "organizations that have ended, with all that is theirs",
        "the time to undo it was over",
        AT_ONCE,
    ),
    RetentionRule::deletes("session", "sessions", "they expired", AT_ONCE),
    RetentionRule::deletes("challenge", "what is asked between a password and a session", "it expired", AT_ONCE),
    RetentionRule::deletes("passkey_ceremony", "what is asked of a passkey", "it expired", AT_ONCE),
    RetentionRule::deletes("invitation", "invitations that nobody accepted", "they expired", AT_ONCE),
    RetentionRule::deletes("view", "views that were taken away", "they were", Delay::Time(view::MEMORY)),
    RetentionRule::deletes(
        LEADS,
        "leads, with all that hangs on them",
        "the last contact that came from the person",
        Delay::Months(LEAD_MONTHS),
    ),
    RetentionRule::deletes("audit", "entries of the audit trail", "they were written", Delay::Months(AUDIT_MONTHS)),
    RetentionRule::deletes("rights_link", "links that prove mailboxes, and what they opened", "they ended", AT_ONCE),
    RetentionRule::deletes(
        "rights_request",
        "requests about rights",
        "they came",
        Delay::Years(rights_request::KEPT_YEARS),
    ),
    RetentionRule::deletes(
        "breach",
        "breaches that organizations logged",
        "they were logged",
        Delay::Years(breach::KEPT_YEARS),
    ),
    RetentionRule::deletes(
        "service_breach",
        "breaches of the service",
        "they were logged",
        Delay::Years(breach::KEPT_YEARS),
    ),
    RetentionRule::deletes(
        "operator_request",
        "requests about rights that reached the operator",
        "they came",
        Delay::Years(operator_request::KEPT_YEARS),
    ),
    RetentionRule::deletes(
        "hook_delivery",
        "what endpoints were told, and what became of it",
        "it happened",
        Delay::Time(hook::DELIVERY_KEPT),
    ),
    RetentionRule::deletes(
        "support_grant",
        "access that was opened for support",
        "twelve months after its end were over",
        AT_ONCE,
    ),
    RetentionRule::deletes(
        "checkout",
        "tries to subscribe",
        "they were begun",
        Delay::Time(subscription::CHECKOUT_KEPT),
    ),
    RetentionRule::deletes(
        "billing_hint",
        "what webhooks of the payment provider were about",
        "they came",
        Delay::Time(subscription::HINT_KEPT),
    ),
    RetentionRule::deletes(
        "ledger",
        "entries of the billing ledger",
        "ten years from the end of their fiscal year were over",
        AT_ONCE,
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::login_throttle::{CONSENT_MAILS, COPIES, INVITATIONS, Tally, Throttle};

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
        assert_eq!(RetentionRule::of_code("people"), None);
    }

    #[test]
    fn data_are_kept_as_long_as_the_policy_says() {
        let days = |rule: &RetentionRule| match rule.delay {
            Delay::Time(delay) => delay.as_hours() / 24,
            Delay::Months(months) => i64::from(months) * 1_000,
            Delay::Years(years) => i64::from(years) * 1_000_000,
        };
        let kept: Vec<_> = RULES.iter().map(|rule| (rule.code, days(rule))).collect();
        assert_eq!(
            kept,
            [
                ("lead_ip", 30),
                ("quarantine", 30),
                ("sealed", 30),
                ("connection", 90),
                ("refresh_token", 0),
                ("one_time_token", 0),
                ("consent_link", 0),
                ("throttle", 0),
                ("submission_key", 0),
                ("creation_key", 0),
                ("export_file", 7),
                ("job", 30),
                ("import", 7),
                ("merge", 30),
                ("notification", 30),
                ("mail_pace", 30),
                ("parked_event", 30),
                ("tombstone", 45),
                ("erasure", 0),
                ("farewell", 30),
                ("organization", 0),
                ("session", 0),
                ("challenge", 0),
                ("passkey_ceremony", 0),
                ("invitation", 0),
                ("view", 30),
                ("lead", 36_000),
                ("audit", 12_000),
                ("rights_link", 0),
                ("rights_request", 5_000_000),
                ("breach", 5_000_000),
                ("service_breach", 5_000_000),
                ("operator_request", 5_000_000),
                ("hook_delivery", 7),
                ("support_grant", 0),
                ("checkout", 30),
                ("billing_hint", 30),
                ("ledger", 0),
            ]
        );
    }

    #[test]
    fn ret_13_what_else_is_kept_goes_when_its_time_is_over() {
        let kept = |code| match rule(code).delay {
            Delay::Time(delay) => delay.as_hours(),
            Delay::Months(months) => i64::from(months) * 1_000_000,
            Delay::Years(years) => i64::from(years) * 1_000_000_000,
        };
        for (code, hours) in [
            ("export_file", 7 * 24),
            ("parked_event", 30 * 24),
            ("farewell", 30 * 24),
            ("hook_delivery", 7 * 24),
            ("tombstone", 45 * 24),
            ("audit", 12 * 1_000_000),
            ("rights_request", 5 * 1_000_000_000),
        ] {
            assert_eq!(kept(code), hours, "{code}");
            assert_eq!(rule(code).action, Action::Delete, "{code}");
        }
        // What is counted expires by itself, when it makes nobody wait any more.
        let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let tally = Tally { failures: 1, times: vec![start] };
        for throttle in [Throttle::Account, Throttle::Familiar, CONSENT_MAILS, COPIES, INVITATIONS] {
            assert!(throttle.expiry(&tally).unwrap() <= start + DAY, "{throttle:?}");
        }
        assert_eq!(rule("throttle").cutoff(start), start);
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
    fn clk_2_months_are_those_of_the_calendar_in_paris() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let lead = RetentionRule::of_code("lead").unwrap();
        for (start, due) in [
            ("2026-11-23T12:00:00Z", "2029-11-23T12:00:00Z"),
            // 29 February has no like in 2027.
            ("2024-02-29T12:00:00Z", "2027-02-28T12:00:00Z"),
            // The day is that of Paris: there it is the first of March.
            ("2024-02-29T23:30:00Z", "2027-02-28T23:30:00Z"),
            // Summer there, and winter.
            ("2026-03-28T11:00:00Z", "2029-03-28T10:00:00Z"),
            // An hour that the night leaves out, and one that it has twice.
            ("2024-03-28T01:30:00Z", "2027-03-28T01:30:00Z"),
            ("2023-03-29T00:30:00Z", "2026-03-29T01:30:00Z"),
            ("2023-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(lead.due_at(at(start)), at(due), "{start}");
        }
        let request = RetentionRule::of_code("rights_request").unwrap();
        assert_eq!(request.due_at(at("2026-11-23T12:00:00Z")), at("2031-11-23T12:00:00Z"), "with one leap day");
        assert_eq!(request.due_at(at("2027-11-23T12:00:00Z")), at("2032-11-23T12:00:00Z"), "with two");
        let half = RetentionRule { delay: Delay::Months(6), ..*lead };
        assert_eq!(half.due_at(at("2026-08-31T10:00:00Z")), at("2027-02-28T11:00:00Z"));
        assert_eq!(half.cutoff(at("2026-08-31T10:00:00Z")), at("2026-08-31T10:00:00Z"), "the storage adds them");
    }

    #[test]
    fn the_beginning_of_time_has_a_cutoff_too() {
        for rule in RULES {
            assert!(rule.overdue(Timestamp::MIN) <= rule.cutoff(Timestamp::MIN));
        }
    }
}
