use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{FormId, LeadId, StageId, UserId},
    lead::Lead,
    lead_filter::LeadFilter,
    score::Standing,
    text::{Email, Name, Phone},
};

use super::{Slice, StorageError};

/// A place in the list of leads, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadCursor {
    /// When the lead at that place was opened.
    pub created_at: Timestamp,
    /// Its id.
    pub id: LeadId,
}

/// A lead as a list shows it.
#[derive(Clone, Debug)]
pub struct LeadRow {
    /// Its id.
    pub id: LeadId,
    /// Their name.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// Where it stands.
    pub stage: StageId,
    /// The member who works on it.
    pub owner: Option<UserId>,
    /// The form that brought it first.
    pub form: Option<FormId>,
    /// Its score; nought until it is scored.
    pub score: Standing,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// Leads, as far as the scope reaches: what it does not reach is not there.
#[async_trait]
pub trait LeadStore: Send {
    /// The lead of that id.
    async fn find(&mut self, id: LeadId) -> Result<Option<Lead>, StorageError>;

    /// The leads of those ids, in no order; what is not there is left out.
    async fn all(&mut self, ids: &[LeadId]) -> Result<Vec<Lead>, StorageError>;

    /// The oldest lead with that address or that E.164 number. Until the end of the work nobody else can look for the
    /// same person, so that two submissions at once open one lead.
    async fn find_person(&mut self, email: Option<&Email>, phone: Option<&Phone>)
    -> Result<Option<Lead>, StorageError>;

    /// A part of the list, newest first, after `after`.
    async fn page(
        &mut self,
        filter: &LeadFilter,
        after: Option<LeadCursor>,
        limit: u16,
    ) -> Result<Slice<LeadRow, LeadCursor>, StorageError>;

    /// Keeps a new lead.
    async fn insert(&mut self, lead: &Lead) -> Result<(), StorageError>;

    /// Gives all leads of a member to another, or back to the queue; tells how many.
    async fn hand_over(&mut self, from: UserId, to: Option<UserId>) -> Result<u64, StorageError>;

    /// Keeps a changed lead with the next version; [`StorageError::Stale`] if `lead.version` is not the stored one.
    async fn update(&mut self, lead: &Lead) -> Result<(), StorageError>;
}
