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

impl Subprocessor {
    /// Whether both name the same one, for the same in the same place. When it begins makes no other one of it.
    pub fn is_same(&self, other: &Self) -> bool {
        let named = |one: &Self| (one.name.clone(), one.purpose, one.country.clone(), one.transfer);
        named(self) == named(other)
    }
}

/// One that was announced: any change of it but of its day is another one.
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

/// What a list says else than what is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Those that are to be announced.
    pub new: Vec<Subprocessor>,
    /// Those that are on the list no more.
    pub gone: Vec<Subprocessor>,
    /// Those that left the list lately and are on it again: as nobody had to expect that they stay away, it is taken back.
    pub back: Vec<Subprocessor>,
    /// Those that begin too soon, and when they may.
    pub hasty: Vec<(Subprocessor, Date)>,
}

impl Changes {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty() && self.back.is_empty() && self.hasty.is_empty()
    }

    /// Compares a list with what is published and what `left` lately. What is back is what it was: it keeps the day of its
    /// announcement.
    pub fn since(
        listed: &[Subprocessor],
        published: &[Announced],
        left: &[Announced],
        announced_at: Option<Timestamp>,
    ) -> Self {
        let is_among = |all: &[Announced], one: &Subprocessor| all.iter().any(|known| known.subprocessor.is_same(one));
        let known = [published, left].concat();
        let mut changes = Self::between(listed, &known, announced_at);
        changes.gone.retain(|gone| is_among(published, gone));
        let back = listed.iter().filter(|one| is_among(left, one) && !is_among(published, one));
        changes.back = back.cloned().collect();
        changes
    }

    /// Compares a list with what is published. What is new is announced at `announced_at`; nobody waits for what is named
    /// with the first policy.
    pub fn between(listed: &[Subprocessor], published: &[Announced], announced_at: Option<Timestamp>) -> Self {
        let mut changes = Self::default();
        for one in listed {
            let known = published.iter().find(|known| known.subprocessor.is_same(one));
            let first = known.map_or(announced_at, |known| known.announced_at).map(earliest);
            // It may keep the day of its announcement, and move to any day that is no shorter a notice.
            let has_moved = known.is_none_or(|known| known.subprocessor.since != one.since);
            if let Some(first) = first.filter(|first| has_moved && one.since < *first) {
                changes.hasty.push((one.clone(), first));
            }
            if known.is_none() {
                changes.new.push(one.clone());
            }
        }
        let is_gone = |known: &&Announced| !listed.iter().any(|one| one.is_same(&known.subprocessor));
        changes.gone = published.iter().filter(is_gone).map(|known| known.subprocessor.clone()).collect();
        changes
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

    fn hosting() -> Subprocessor {
        Subprocessor {
            name: "Cloud SAS".to_owned(),
            purpose: Purpose::Hosting,
            country: "France".to_owned(),
            transfer: Transfer::Inside,
            since: date(2027, 1, 15),
        }
    }

    fn announced(at: &str) -> Announced {
        Announced { subprocessor: hosting(), announced_at: Some(at.parse().unwrap()) }
    }

    #[test]
    fn prv_3_any_change_but_of_the_day_makes_another_subprocessor() {
        assert!(hosting().is_same(&Subprocessor { since: date(2026, 1, 1), ..hosting() }));
        for other in [
            Subprocessor { name: "Cloud".to_owned(), ..hosting() },
            Subprocessor { purpose: Purpose::Mail, ..hosting() },
            Subprocessor { country: "Japan".to_owned(), ..hosting() },
            Subprocessor { transfer: Transfer::Clauses, ..hosting() },
        ] {
            assert!(!hosting().is_same(&other), "{other:?}");
            let now = "2026-12-20T12:00:00Z".parse().unwrap();
            let changes =
                Changes::between(std::slice::from_ref(&other), &[announced("2026-12-01T12:00:00Z")], Some(now));
            assert_eq!((changes.new, changes.gone), (vec![other.clone()], vec![hosting()]));
            assert_eq!(changes.hasty, [(other, date(2027, 1, 19))]);
        }
    }

    #[test]
    fn prv_3_what_was_announced_is_not_new_whenever_one_looks() {
        let published = [announced("2026-12-01T12:00:00Z")];
        for now in ["2026-12-01T12:00:01Z", "2026-12-31T12:00:00Z", "2030-01-01T00:00:00Z"] {
            let changes = Changes::between(&[hosting()], &published, Some(now.parse().unwrap()));
            assert!(changes.is_empty(), "{now}: {changes:?}");
        }
        let moved = |since| {
            let listed = [Subprocessor { since, ..hosting() }];
            Changes::between(&listed, &published, Some("2026-12-20T12:00:00Z".parse().unwrap()))
        };
        assert!(moved(date(2027, 2, 1)).is_empty(), "later");
        assert!(moved(date(2026, 12, 31)).is_empty(), "thirty days after the announcement");
        let hasty = moved(date(2026, 12, 30)).hasty;
        assert_eq!(hasty.iter().map(|(_, first)| *first).collect::<Vec<_>>(), [date(2026, 12, 31)]);
    }

    #[test]
    fn prv_3_what_left_lately_and_is_back_is_neither_new_nor_hasty() {
        let known = announced("2026-12-01T12:00:00Z");
        let relay = Subprocessor { name: "Relay".to_owned(), purpose: Purpose::Mail, ..hosting() };
        let now = Some("2026-12-20T12:00:00Z".parse().unwrap());
        let back = Changes::since(&[hosting()], &[], std::slice::from_ref(&known), now);
        assert_eq!(back, Changes { back: vec![hosting()], ..Changes::default() });
        assert!(!back.is_empty());
        let hasty = Subprocessor { since: date(2026, 12, 30), ..hosting() };
        let sooner = Changes::since(std::slice::from_ref(&hasty), &[], std::slice::from_ref(&known), now);
        assert_eq!(sooner.hasty, [(hasty, date(2026, 12, 31))], "its notice is not shortened");
        // It left once, came back and is published: that it left is over.
        let still = Changes::since(&[hosting()], std::slice::from_ref(&known), std::slice::from_ref(&known), now);
        assert!(still.is_empty(), "{still:?}");
        let away = Changes::since(&[], &[], std::slice::from_ref(&known), now);
        assert!(away.is_empty(), "what left does not leave again: {away:?}");
        let other = Changes::since(std::slice::from_ref(&relay), std::slice::from_ref(&known), &[], now);
        assert_eq!((other.new, other.gone, other.back), (vec![relay], vec![hosting()], vec![]));
    }

    #[test]
    fn nobody_waits_for_what_is_named_with_the_first_policy() {
        let changes = Changes::between(&[hosting()], &[], None);
        assert_eq!((changes.new, changes.hasty), (vec![hosting()], vec![]));
        let first = Announced { announced_at: None, ..announced("2026-12-01T12:00:00Z") };
        let moved = Subprocessor { since: date(2026, 12, 2), ..hosting() };
        assert!(Changes::between(&[moved], &[first], Some("2026-12-01T12:00:00Z".parse().unwrap())).is_empty());
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
