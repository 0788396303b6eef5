//! The steps of a request about rights, as its row keeps them.

use jiff::{Timestamp, civil::Date};
use qualify_domain::{
    id::UserId,
    rights_request::{By, Identity, Reminder, Step, What},
    text::{Line, Message},
};
use qualify_ports::storage::{StorageError, Wish};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{error::corrupt, values::value};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredStep {
    at: Timestamp,
    by: StoredBy,
    what: StoredWhat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredBy {
    Asker,
    Member(Uuid),
    Operator,
    Product,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredWhat {
    IdentityAsked { link_until: Timestamp },
    IdentityProven { identity: String },
    Extended { reasons: Option<Message> },
    Answered { words: Option<Message> },
    Refused { reason: String, words: Option<Message> },
    Lapsed,
    Withdrawn,
}

impl From<&Step> for StoredStep {
    fn from(step: &Step) -> Self {
        let by = match step.by {
            By::Asker => StoredBy::Asker,
            By::Member(user) => StoredBy::Member(user.0),
            By::Operator => StoredBy::Operator,
            By::Product => StoredBy::Product,
        };
        let what = match &step.what {
            What::IdentityAsked { link_until } => StoredWhat::IdentityAsked { link_until: *link_until },
            What::IdentityProven(identity) => StoredWhat::IdentityProven { identity: identity.code().to_owned() },
            What::Extended { reasons } => StoredWhat::Extended { reasons: reasons.clone() },
            What::Answered { words } => StoredWhat::Answered { words: words.clone() },
            What::Refused { reason, words } => {
                StoredWhat::Refused { reason: reason.code().to_owned(), words: words.clone() }
            }
            What::Lapsed => StoredWhat::Lapsed,
            What::Withdrawn => StoredWhat::Withdrawn,
        };
        Self { at: step.at, by, what }
    }
}

impl TryFrom<StoredStep> for Step {
    type Error = StorageError;

    fn try_from(step: StoredStep) -> Result<Self, StorageError> {
        let by = match step.by {
            StoredBy::Asker => By::Asker,
            StoredBy::Member(user) => By::Member(UserId(user)),
            StoredBy::Operator => By::Operator,
            StoredBy::Product => By::Product,
        };
        let what = match step.what {
            StoredWhat::IdentityAsked { link_until } => What::IdentityAsked { link_until },
            StoredWhat::IdentityProven { identity } => What::IdentityProven(value::<Identity>(&identity)?),
            StoredWhat::Extended { reasons } => What::Extended { reasons },
            StoredWhat::Answered { words } => What::Answered { words },
            StoredWhat::Refused { reason, words } => What::Refused { reason: value(&reason)?, words },
            StoredWhat::Lapsed => What::Lapsed,
            StoredWhat::Withdrawn => What::Withdrawn,
        };
        Ok(Self { at: step.at, by, what })
    }
}

/// What members heard: the last day, and how many days before it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredReminder(String, u8);

impl From<&Reminder> for StoredReminder {
    fn from(reminder: &Reminder) -> Self {
        Self(reminder.due_on.to_string(), reminder.days_before)
    }
}

impl TryFrom<StoredReminder> for Reminder {
    type Error = StorageError;

    fn try_from(StoredReminder(day, days_before): StoredReminder) -> Result<Self, StorageError> {
        Ok(Self { due_on: day.parse::<Date>().map_err(|_| corrupt("day"))?, days_before })
    }
}

/// What somebody wants to have mended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredWish {
    name: Option<Line>,
    phone: Option<Line>,
    company: Option<Line>,
}

impl StoredWish {
    /// None where nothing is wished.
    pub(super) fn of(wish: &Wish) -> Option<Self> {
        let Wish { name, phone, company } = wish.clone();
        (!wish.is_empty()).then_some(Self { name, phone, company })
    }
}

impl From<StoredWish> for Wish {
    fn from(StoredWish { name, phone, company }: StoredWish) -> Self {
        Self { name, phone, company }
    }
}
