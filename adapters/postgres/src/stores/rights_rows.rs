//! Requests about rights, as their rows keep them.

use qualify_domain::{
    id::{RightsRequestId, UserId},
    rights_request::{Asker, Reminder, RightsRequest, Step},
    text::Email,
};
use qualify_ports::storage::{KeptRequest, StorageError};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rights_steps::{StoredReminder, StoredStep, StoredWish};
use crate::values::{instant, optional, timestamp, value};

/// A request of the register, as it is read.
pub(super) struct RequestRow {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) email: Option<String>,
    pub(super) user_id: Option<Uuid>,
    pub(super) language: String,
    pub(super) words: Option<String>,
    pub(super) wish: Option<Json<StoredWish>>,
    pub(super) received_at: OffsetDateTime,
    pub(super) steps: Json<Vec<StoredStep>>,
    pub(super) told: Json<Vec<StoredReminder>>,
    pub(super) next_at: Option<OffsetDateTime>,
    pub(super) passed_on_at: Option<OffsetDateTime>,
    pub(super) version: i32,
}

impl TryFrom<RequestRow> for KeptRequest {
    type Error = StorageError;

    fn try_from(row: RequestRow) -> Result<Self, StorageError> {
        let asker = match (row.email.as_deref(), row.user_id) {
            (Some(address), _) => Asker::Person(value(address)?),
            (None, Some(user)) => Asker::Member(UserId(user)),
            (None, None) => Asker::Forgotten,
        };
        let request = RightsRequest {
            id: RightsRequestId(row.id),
            right: value(&row.kind)?,
            asker,
            received_at: timestamp(row.received_at)?,
            steps: row.steps.0.into_iter().map(Step::try_from).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            request,
            language: value(&row.language)?,
            words: optional(row.words.as_deref())?,
            wish: row.wish.map(|Json(wish)| wish.into()).unwrap_or_default(),
            told: row.told.0.into_iter().map(Reminder::try_from).collect::<Result<_, _>>()?,
            next_at: row.next_at.map(timestamp).transpose()?,
            passed_on_at: row.passed_on_at.map(timestamp).transpose()?,
            version: row.version,
        })
    }
}

/// What changes of a request, as its row keeps it.
pub(super) struct Changing {
    pub(super) email: Option<String>,
    pub(super) email_norm: Option<String>,
    pub(super) steps: Vec<StoredStep>,
    pub(super) told: Vec<StoredReminder>,
    pub(super) due_at: OffsetDateTime,
    pub(super) next_at: Option<OffsetDateTime>,
}

impl From<&KeptRequest> for Changing {
    fn from(kept: &KeptRequest) -> Self {
        let address = kept.request.address();
        Self {
            email: address.map(ToString::to_string),
            email_norm: address.map(Email::normalized),
            steps: kept.request.steps.iter().map(Into::into).collect(),
            told: kept.told.iter().map(Into::into).collect(),
            due_at: instant(kept.request.due().ends_at()),
            next_at: kept.next_at.map(instant),
        }
    }
}
