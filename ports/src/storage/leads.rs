use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    form::LegalBasis,
    id::{FormId, LeadId, StageId, UserId},
    lead::Lead,
    lead_filter::{Found, LeadFilter, Sought, Viewpoint},
    lead_order::{Groups, LeadOrder, LeadPlace},
    score::Standing,
    text::{Email, Name, Phone},
};

use super::{Slice, StorageError};

/// Which part of which list of leads.
#[derive(Clone, Copy, Debug)]
pub struct LeadQuery<'a> {
    /// Which leads.
    pub filter: &'a LeadFilter,
    /// From where the filter is looked through.
    pub from: &'a Viewpoint,
    /// Only those that a search finds.
    pub sought: Option<&'a Sought>,
    /// In which order, within a group.
    pub order: LeadOrder,
    /// The groups, where leads are put together. A lead of none of them is not there.
    pub groups: Option<&'a Groups>,
    /// After which place; none is the beginning. One of another order or of no group finds nothing.
    pub after: Option<&'a LeadPlace>,
    /// At most how many.
    pub limit: u16,
}

impl<'a> LeadQuery<'a> {
    /// The newest leads that a filter shows.
    pub fn newest(filter: &'a LeadFilter, from: &'a Viewpoint, limit: u16) -> Self {
        Self { filter, from, sought: None, order: LeadOrder::default(), groups: None, after: None, limit }
    }
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
    /// The ground on which it is kept.
    pub legal_basis: LegalBasis,
    /// Its score; nought until it is scored.
    pub score: Standing,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the person last wrote.
    pub last_submission_at: Timestamp,
    /// Grows with each change; a change names the one it saw.
    pub version: i32,
}

/// Leads, as far as the scope reaches: what it does not reach is not there.
#[async_trait]
pub trait LeadStore: Send {
    /// The lead of that id.
    async fn find(&mut self, id: LeadId) -> Result<Option<Lead>, StorageError>;

    /// The leads of those ids, in no order; what is not there is left out.
    async fn all(&mut self, ids: &[LeadId]) -> Result<Vec<Lead>, StorageError>;

    /// The oldest lead with that address or that E.164 number, else the one into which a lead with it was merged. Until the end of the work nobody else can look for the
    /// same person, so that two submissions at once open one lead.
    async fn find_person(&mut self, email: Option<&Email>, phone: Option<&Phone>)
    -> Result<Option<Lead>, StorageError>;

    /// A part of the list.
    async fn page(&mut self, query: &LeadQuery<'_>) -> Result<Slice<LeadRow, LeadPlace>, StorageError>;

    /// How many leads a query finds from its beginning, counted to `most` at most.
    async fn count(&mut self, query: &LeadQuery<'_>, most: u32) -> Result<u32, StorageError>;

    /// The leads in whose messages and notes words stand that begin with these, `most` at most. A look that takes too long
    /// finds none, and says that there may be more.
    async fn find_words(&mut self, words: &str, most: u16) -> Result<Found, StorageError>;

    /// Keeps a new lead.
    async fn insert(&mut self, lead: &Lead) -> Result<(), StorageError>;

    /// Gives all leads of a member to another, or back to the queue; tells how many. What the member still had to do goes
    /// to the other, too.
    async fn hand_over(&mut self, from: UserId, to: Option<UserId>) -> Result<u64, StorageError>;

    /// Moves all leads that stand in a stage to another, each with its entry in the timeline; tells how many.
    async fn move_all(
        &mut self,
        from: StageId,
        to: StageId,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<u64, StorageError>;

    /// Keeps a changed lead with the next version; [`StorageError::Stale`] if `lead.version` is not the stored one.
    async fn update(&mut self, lead: &Lead) -> Result<(), StorageError>;
}
