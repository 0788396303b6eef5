//! Legal holds: what must not go while a court or an authority may ask for it (RET-18).

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{
    deadline::paris_day,
    id::{HoldId, LeadId, SubmissionId, UserId},
    precedence::Claim,
    text::Message,
};

/// Somebody asks within so many months whether a hold is needed still.
const REVIEW_MONTHS: i32 = 6;

/// What a hold can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// A lead.
    Lead(LeadId),
    /// What was sent through a form.
    Submission(SubmissionId),
    /// The account of a member.
    Account(UserId),
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// What it keeps; never empty.
    pub records: BTreeSet<Held>,
    /// Why.
    pub reason: Message,
    /// Who placed it.
    pub author: UserId,
    /// When.
    pub placed_at: Timestamp,
    /// On which day somebody asks whether it is needed still.
    pub review_on: Date,
}

impl Hold {
    /// Places a hold.
    ///
    /// # Errors
    /// [`HoldError::Empty`]; [`HoldError::ReviewNotLater`]; [`HoldError::ReviewTooLate`].
    pub fn place(
        id: HoldId,
        records: BTreeSet<Held>,
        reason: Message,
        author: UserId,
        review_on: Date,
        now: Timestamp,
    ) -> Result<Self, HoldError> {
        if records.is_empty() {
            return Err(HoldError::Empty);
        }
        let review_on = review_day(review_on, now)?;
        Ok(Self { id, records, reason, author, placed_at: now, review_on })
    }

    /// Leaves it as it is until another review.
    ///
    /// # Errors
    /// [`HoldError::ReviewNotLater`]; [`HoldError::ReviewTooLate`].
    pub fn confirm(&mut self, review_on: Date, now: Timestamp) -> Result<(), HoldError> {
        self.review_on = review_day(review_on, now)?;
        Ok(())
    }

    /// What it claims for a record. It goes on to do so when its review is late: nothing goes because somebody forgot.
    pub fn claim(&self, record: Held) -> Option<Claim> {
        self.records.contains(&record).then_some(Claim::Hold)
    }

    /// Whether somebody is to ask whether it is needed still.
    pub fn is_review_due(&self, now: Timestamp) -> bool {
        self.review_on <= paris_day(now)
    }
}

fn review_day(day: Date, now: Timestamp) -> Result<Date, HoldError> {
    let today = paris_day(now);
    match day {
        _ if day <= today => Err(HoldError::ReviewNotLater),
        _ if day > today.saturating_add(REVIEW_MONTHS.months()) => Err(HoldError::ReviewTooLate),
        _ => Ok(day),
    }
}

/// A hold cannot be placed or changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// It would keep nothing.
    #[error("a hold keeps at least one record")]
    Empty,
    /// Its review would not be after today.
    #[error("the review of a hold is after today")]
    ReviewNotLater,
    /// Its review would be later than in six months.
    #[error("the review of a hold is within six months")]
    ReviewTooLate,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::precedence::{Data, Fate, deciding};

    const LEAD: Held = Held::Lead(LeadId(Uuid::from_u128(1)));

    fn placed_at() -> Timestamp {
        "2026-08-31T10:00:00Z".parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn place(records: &[Held], review_on: &str) -> Result<Hold, HoldError> {
        let reason = Message::parse("A claim before the commercial court").unwrap();
        let records = records.iter().copied().collect();
        Hold::place(HoldId(Uuid::nil()), records, reason, UserId(Uuid::nil()), day(review_on), placed_at())
    }

    #[test]
    fn a_hold_names_records_and_is_reviewed_within_six_months() {
        assert_eq!(place(&[], "2026-10-01"), Err(HoldError::Empty));
        assert_eq!(place(&[LEAD], "2026-08-31"), Err(HoldError::ReviewNotLater));
        assert!(place(&[LEAD], "2026-09-01").is_ok());
        assert!(place(&[LEAD], "2027-02-28").is_ok(), "there is no 31 February");
        assert_eq!(place(&[LEAD], "2027-03-01"), Err(HoldError::ReviewTooLate));
    }

    #[test]
    fn a_hold_keeps_what_it_names() {
        let hold = place(&[LEAD], "2026-10-01").unwrap();
        let fate = |hold: &Hold, record| {
            let claims = [Claim::ErasureOrObjection].into_iter().chain(hold.claim(record));
            deciding(Data::Other, claims).map(Claim::fate)
        };
        assert_eq!(fate(&hold, LEAD), Some(Fate::Keep));
        assert_eq!(fate(&hold, Held::Lead(LeadId(Uuid::from_u128(2)))), Some(Fate::Erase));
        assert_eq!(fate(&hold, Held::Account(UserId(Uuid::from_u128(1)))), Some(Fate::Erase), "of the same number");
    }

    #[test]
    fn a_review_that_is_late_is_told_and_ends_no_hold() {
        let mut hold = place(&[LEAD], "2026-10-01").unwrap();
        let (before, then): (Timestamp, Timestamp) =
            ("2026-09-30T21:59:59Z".parse().unwrap(), "2026-09-30T22:00:00Z".parse().unwrap());
        assert!(!hold.is_review_due(before));
        assert!(hold.is_review_due(then), "the day has begun in Paris");
        assert_eq!(hold.claim(LEAD), Some(Claim::Hold));
        assert_eq!(hold.confirm(day("2027-04-02"), then), Err(HoldError::ReviewTooLate));
        assert!(hold.is_review_due(then));
        assert_eq!(hold.confirm(day("2027-04-01"), then), Ok(()));
        assert!(!hold.is_review_due(then));
    }
}
