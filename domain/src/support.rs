//! Access for support: an owner opens their organization for a while, and ends that when they like. Nobody else lets anybody
//! in (PRV-11).

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{SupportGrantId, SupportVisitId, UserId},
    retention::months_after,
    text::Message,
};

/// It is open for so many hours at most.
pub const MOST_HOURS: u8 = 24;
/// The link by which support comes in works so long.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// A grant is kept for so many months after its end.
pub const KEPT_MONTHS: u16 = 12;

/// What an owner opened for support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportGrant {
    /// Its id.
    pub id: SupportGrantId,
    /// What support is to look after.
    pub reason: Message,
    /// Who opened it.
    pub author: UserId,
    /// When.
    pub opened_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// When an owner ended it before, and who.
    pub ended: Option<(Timestamp, UserId)>,
}

impl SupportGrant {
    /// Opens for so many hours from now on.
    ///
    /// # Errors
    /// [`SupportError::Hours`] unless it is for 1 to 24 hours.
    pub fn open(
        id: SupportGrantId,
        hours: u8,
        reason: Message,
        author: UserId,
        now: Timestamp,
    ) -> Result<Self, SupportError> {
        if !(1..=MOST_HOURS).contains(&hours) {
            return Err(SupportError::Hours);
        }
        let ends_at = now + SignedDuration::from_hours(hours.into());
        Ok(Self { id, reason, author, opened_at: now, ends_at, ended: None })
    }

    /// Whether support may come in and look.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.ends_at
    }

    /// Ends it before its time.
    ///
    /// # Errors
    /// [`SupportError::Over`].
    pub fn end(&mut self, by: UserId, now: Timestamp) -> Result<(), SupportError> {
        if !self.is_open(now) {
            return Err(SupportError::Over);
        }
        self.ended = Some((now, by));
        Ok(())
    }

    /// Until when it is kept, so that members can see who let whom in.
    pub fn kept_until(&self) -> Timestamp {
        months_after(self.ends_at, KEPT_MONTHS)
    }
}

/// One time that support came in by a grant, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportVisit {
    /// Its id.
    pub id: SupportVisitId,
    /// By which grant.
    pub grant: SupportGrantId,
    /// When its link was made.
    pub made_at: Timestamp,
    /// When the link was used.
    pub begun_at: Option<Timestamp>,
    /// When whoever came in left by themselves.
    pub left_at: Option<Timestamp>,
}

impl SupportVisit {
    /// A visit whose link is made now.
    pub fn invite(id: SupportVisitId, grant: SupportGrantId, now: Timestamp) -> Self {
        Self { id, grant, made_at: now, begun_at: None, left_at: None }
    }

    /// When its link stops working.
    pub fn link_ends_at(&self) -> Timestamp {
        self.made_at + LINK_LIFE
    }

    /// Whether somebody is in, as long as the grant is open.
    pub fn is_in(&self) -> bool {
        self.begun_at.is_some() && self.left_at.is_none()
    }
}

/// What every member of an organization is told while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenToSupport {
    /// Until when.
    pub until: Timestamp,
    /// Since when somebody is in, if somebody is.
    pub since: Option<Timestamp>,
}

/// A grant cannot be opened or ended so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SupportError {
    /// It would be open for no hour, or for too many.
    #[error("support is let in for 1 to 24 hours")]
    Hours,
    /// Another one is open.
    #[error("it is open to support already")]
    Open,
    /// It is not open any more.
    #[error("it is not open to support")]
    Over,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const OWNER: UserId = UserId(Uuid::from_u128(1));

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn open(hours: u8) -> Result<SupportGrant, SupportError> {
        let reason = Message::parse("The list of leads stays empty").unwrap();
        SupportGrant::open(SupportGrantId(Uuid::nil()), hours, reason, OWNER, at("2027-03-27T12:00:00Z"))
    }

    #[test]
    fn prv_11_a_grant_is_for_1_to_24_hours_and_ends_to_the_second() {
        assert_eq!(open(0), Err(SupportError::Hours));
        assert_eq!(open(25), Err(SupportError::Hours));
        let longest = open(24).unwrap();
        assert!(longest.is_open(longest.opened_at));
        assert!(longest.is_open(at("2027-03-28T11:59:59Z")), "the night in which the clocks change has no more hours");
        assert!(!longest.is_open(at("2027-03-28T12:00:00Z")));
        assert_eq!(open(1).unwrap().ends_at, at("2027-03-27T13:00:00Z"));
    }

    #[test]
    fn prv_11_an_owner_ends_a_grant_at_any_time_and_once() {
        let mut grant = open(2).unwrap();
        let then = at("2027-03-27T12:00:01Z");
        assert_eq!(grant.end(OWNER, then), Ok(()));
        assert!(!grant.is_open(then));
        assert_eq!(grant.end(OWNER, then), Err(SupportError::Over));
        assert_eq!(open(2).unwrap().end(OWNER, at("2027-03-27T14:00:00Z")), Err(SupportError::Over));
    }

    #[test]
    fn a_grant_is_kept_for_twelve_months_after_its_end() {
        assert_eq!(open(24).unwrap().kept_until(), at("2028-03-28T12:00:00Z"));
    }
}
