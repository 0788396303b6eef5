//! What is gone and must not come back with a backup that still holds it (RET-17).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    erasure::{self, TOMBSTONE_KEPT},
    id::{LeadId, OrganizationId, SubmissionId, UserId},
    suppression::Suppression,
};

/// No backup is kept for longer (RET-17).
pub const BACKUP_KEPT: SignedDuration = SignedDuration::from_hours(MOST_BACKUP_DAYS as i64 * 24);
/// The same in days.
pub const MOST_BACKUP_DAYS: u16 = 14;

/// Something that went. It is written down outside the database, and names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gone", rename_all = "snake_case")]
pub enum Gone {
    /// A lead that was erased.
    Lead {
        /// Whose.
        organization: OrganizationId,
        /// Which.
        id: LeadId,
        /// When.
        at: Timestamp,
        /// Why.
        ground: erasure::Ground,
    },
    /// What somebody sent who was erased: in a backup it may hang on no lead yet.
    Submission {
        /// Whose.
        organization: OrganizationId,
        /// Which.
        id: SubmissionId,
        /// When.
        at: Timestamp,
    },
    /// An account that its user deleted.
    Account {
        /// The organization they left last.
        organization: OrganizationId,
        /// Whose.
        id: UserId,
        /// When.
        at: Timestamp,
    },
    /// An address to which nothing goes any more.
    Address {
        /// Whose list it is on.
        organization: OrganizationId,
        /// Which, why and since when.
        suppression: Suppression,
    },
    /// An organization whose data went.
    Organization {
        /// Which.
        organization: OrganizationId,
        /// When its end was asked for.
        closed_at: Timestamp,
        /// When its data went.
        at: Timestamp,
    },
}

impl Gone {
    /// Where.
    pub const fn organization(&self) -> OrganizationId {
        match self {
            Self::Lead { organization, .. }
            | Self::Submission { organization, .. }
            | Self::Account { organization, .. }
            | Self::Address { organization, .. }
            | Self::Organization { organization, .. } => *organization,
        }
    }

    /// When.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Lead { at, .. }
            | Self::Submission { at, .. }
            | Self::Account { at, .. }
            | Self::Organization { at, .. } => *at,
            Self::Address { suppression, .. } => suppression.since,
        }
    }

    /// Until when it is remembered: all that went on one day of UTC is forgotten together (RET-13).
    pub fn kept_until(&self) -> Timestamp {
        const DAY: i64 = 24 * 60 * 60;
        let end_of_day = (self.at().as_second().div_euclid(DAY) + 1) * DAY;
        let end_of_day = Timestamp::from_second(end_of_day).unwrap_or(Timestamp::MAX);
        end_of_day.saturating_add(TOMBSTONE_KEPT).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::suppression::{self, AddressHash};

    fn all() -> [Gone; 5] {
        let (organization, id) = (OrganizationId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let at: Timestamp = "2026-11-28T12:00:00.123456Z".parse().unwrap();
        let suppression =
            Suppression { address: AddressHash([7; 32]), ground: suppression::Ground::Objection, since: at };
        [
            Gone::Lead { organization, id: LeadId(id), at, ground: erasure::Ground::NotNeeded },
            Gone::Submission { organization, id: SubmissionId(id), at },
            Gone::Account { organization, id: UserId(id), at },
            Gone::Address { organization, suppression },
            Gone::Organization { organization, closed_at: at, at },
        ]
    }

    #[test]
    fn what_is_written_down_is_read_as_it_was() {
        for gone in all() {
            let written = serde_json::to_string(&gone).unwrap();
            assert_eq!(serde_json::from_str::<Gone>(&written).unwrap(), gone, "{written}");
            assert!(!written.contains('\n'), "one line each");
        }
    }

    #[test]
    fn it_is_remembered_for_45_days_after_the_day_on_which_it_went_and_longer_than_any_backup() {
        for gone in all() {
            assert_eq!(gone.kept_until().to_string(), "2027-01-13T00:00:00Z");
            assert!(gone.kept_until() > gone.at() + BACKUP_KEPT);
        }
    }
}
