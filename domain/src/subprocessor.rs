//! Subprocessors: who else gets personal data so that this installation runs (PRV-3). The configuration lists them.

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::deadline::paris_day;

/// A new one, or a change, is announced so many days before it begins.
pub const NOTICE_DAYS: i64 = 30;

/// What one is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It runs the machines.
    Hosting,
    /// It keeps files and backups.
    Storage,
    /// It delivers mail.
    Mail,
    /// It takes payments.
    Payments,
}

impl Purpose {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Hosting, Self::Storage, Self::Mail, Self::Payments];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hosting => "hosting",
            Self::Storage => "storage",
            Self::Mail => "mail",
            Self::Payments => "payments",
        }
    }

    /// The purpose of that name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// What lets data go to where it is (GDPR, chapter V).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// Nothing is needed: it is in the European Economic Area.
    Inside,
    /// An adequacy decision.
    Adequacy,
    /// Standard contractual clauses.
    Clauses,
    /// Binding corporate rules.
    CorporateRules,
}

impl Transfer {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Inside, Self::Adequacy, Self::Clauses, Self::CorporateRules];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Inside => "eea",
            Self::Adequacy => "adequacy",
            Self::Clauses => "scc",
            Self::CorporateRules => "bcr",
        }
    }

    /// The mechanism of that name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transfer| transfer.code() == code)
    }
}

/// One subprocessor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subprocessor {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// In which country.
    pub country: String,
    /// What lets data go there.
    pub transfer: Transfer,
    /// The day from which on it gets data.
    pub since: Date,
}

/// One that was announced: any change of it is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Which.
    pub subprocessor: Subprocessor,
    /// When; none if it was named when the first policy was published.
    pub announced_at: Option<Timestamp>,
}

impl Announced {
    /// The day of the announcement.
    pub fn announced_on(&self) -> Option<Date> {
        self.announced_at.map(paris_day)
    }
}

/// The first day on which one may begin that is announced at that moment.
pub fn earliest(announced_at: Timestamp) -> Date {
    paris_day(announced_at).saturating_add(NOTICE_DAYS.days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_subprocessor_begins_thirty_days_after_it_was_announced() {
        let earliest = |at: &str| earliest(at.parse().unwrap());
        assert_eq!(earliest("2026-11-28T12:00:00Z"), date(2026, 12, 28));
        assert_eq!(earliest("2026-11-28T23:30:00Z"), date(2026, 12, 29), "it is the next day in Paris");
        assert_eq!(earliest("2027-01-31T12:00:00Z"), date(2027, 3, 2), "February is shorter");
        assert_eq!(super::earliest(Timestamp::MAX), Date::MAX);
    }

    #[test]
    fn every_code_leads_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::from_code(purpose.code()), Some(purpose));
        }
        for transfer in Transfer::ALL {
            assert_eq!(Transfer::from_code(transfer.code()), Some(transfer));
        }
        assert_eq!((Purpose::from_code("fun"), Transfer::from_code("trust")), (None, None));
    }
}
