use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    form::LegalBasis,
    id::{FormId, LeadId, StageId, UserId},
    lead::Lead,
    lead_filter::{Found, LeadFilter, Sought, Viewpoint},
    lead_order::{Groups, LeadOrder, LeadPlace},
    property::Properties,
    rank::Rank,
    score::Standing,
    text::{Email, Name, Phone, Tag},
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
    /// Where they work.
    pub company: Option<Name>,
    /// The words by which it is grouped.
    pub tags: Vec<Tag>,
    /// What is known of the organization's own properties.
    pub properties: Properties,
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
    /// When anything last happened to it.
    pub last_activity_at: Timestamp,
    /// Grows with each change; a change names the one it saw.
    pub version: i32,
}

impl LeadRow {
    /// What to call it: the name, else the address, else the number.
    pub fn title(&self) -> Option<&str> {
        let named = self.name.as_deref().or(self.email.as_deref());
        named.or(self.phone.as_ref().map(Phone::written))
    }
}

/// Which part of which board.
#[derive(Clone, Copy, Debug)]
pub struct BoardQuery<'a> {
    /// Which leads; their order and groups do not count.
    pub leads: LeadQuery<'a>,
    /// The columns, in their order.
    pub stages: &'a [StageId],
    /// After which card the columns begin; none is the top.
    pub below: Option<&'a CardPlace>,
}

/// A card's place in its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardPlace {
    /// Its rank.
    pub rank: Rank,
    /// Of two of the same rank, the greater one stands below.
    pub id: LeadId,
}

/// A lead as a card of the board shows it.
#[derive(Clone, Debug)]
pub struct Card {
    /// What a list shows of it, too.
    pub lead: LeadRow,
    /// Its place in its column.
    pub rank: Rank,
    /// Since when it stands there.
    pub stage_entered_at: Timestamp,
}

/// The room between two cards: the rank above and the rank below, none at an end of the column.
pub type Gap = (Option<Rank>, Option<Rank>);

/// On which side of a card another one is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Right above it.
    Above(LeadId),
    /// Right below it.
    Below(LeadId),
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

    /// The first cards of each column of the board, in the order of the columns; of each at most as many as the query's
    /// limit.
    async fn cards(&mut self, query: &BoardQuery<'_>) -> Result<Vec<Slice<Card, CardPlace>>, StorageError>;

    /// How many cards each column has, in the order of the columns, each counted to `most` at most.
    async fn count_cards(&mut self, query: &BoardQuery<'_>, most: u32) -> Result<Vec<u32>, StorageError>;

    /// The ranks between which there is room beside a card of that column. None if the card is not there.
    async fn gap(&mut self, stage: StageId, beside: Beside) -> Result<Option<Gap>, StorageError>;

    /// Spreads out a column around a rank: the nearest cards above and below it, `most` on either side, get ranks with
    /// room between them, in the order in which they stand.
    async fn spread(&mut self, stage: StageId, around: &Rank, most: u16) -> Result<(), StorageError>;

    /// How many leads a query finds from its beginning, counted to `most` at most.
    async fn count(&mut self, query: &LeadQuery<'_>, most: u32) -> Result<u32, StorageError>;

    /// The leads in whose messages and notes words stand that begin with these, `most` at most. A look that takes too long
    /// finds none, and says that there may be more.
    async fn find_words(&mut self, words: &str, most: u16) -> Result<Found, StorageError>;

    /// Keeps a new lead.
    async fn insert(&mut self, lead: &Lead) -> Result<(), StorageError>;

    /// Gives all leads of a member to another, or back to the queue; tells how many. What the member still had to do goes
    /// to the other, too. Each of both has its entry in the lead's timeline.
    async fn hand_over(
        &mut self,
        from: UserId,
        to: Option<UserId>,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<u64, StorageError>;

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
