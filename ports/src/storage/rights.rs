use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{LeadId, RightsRequestId, SubmissionId},
    language::Language,
    rights_request::{Reminder, Right, RightsPolicy, RightsRequest},
    slug::Slug,
    text::{Email, Line, Message},
};

use super::StorageError;

/// What somebody wants to have mended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Their name.
    pub name: Option<Line>,
    /// Their telephone number, as they write it.
    pub phone: Option<Line>,
    /// Where they work.
    pub company: Option<Line>,
}

impl Wish {
    /// Whether nothing is wished.
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.phone.is_none() && self.company.is_none()
    }
}

/// A request as the register keeps it.
#[derive(Clone, Debug)]
pub struct KeptRequest {
    /// The request.
    pub request: RightsRequest,
    /// In which language whoever asks is written to.
    pub language: Language,
    /// What they said about it.
    pub words: Option<Message>,
    /// What they want to have mended.
    pub wish: Wish,
    /// The reminders and alarms that members heard.
    pub told: BTreeSet<Reminder>,
    /// When the operator passed it on, if it came that way.
    pub passed_on_at: Option<Timestamp>,
    /// When the worker looks at it next.
    pub next_at: Option<Timestamp>,
    /// Grows with each change; a change names the one it saw.
    pub version: i32,
}

/// A request that the operator received and passed on.
#[derive(Clone, Debug)]
pub struct PassedOn {
    /// Which right whoever asked makes use of.
    pub right: Right,
    /// Where they are reached.
    pub address: Email,
    /// What they said about it.
    pub words: Option<Message>,
    /// In which language they are written to.
    pub language: Language,
    /// When the operator received it.
    pub received_at: Timestamp,
    /// When the operator passed it on.
    pub passed_on_at: Timestamp,
}

/// Which requests are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestList {
    /// Those that are to be answered, the most urgent first.
    Waiting,
    /// Those that were answered, refused or laid aside, the latest first.
    Over,
}

/// The link of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightsLink {
    /// Whose.
    pub request: RightsRequestId,
    /// The digest of its secret.
    pub digest: [u8; 32],
    /// When it stops working.
    pub ends_at: Timestamp,
}

/// What people ask by right, the links by which they prove who they are, and what an organization says of all that.
#[async_trait]
pub trait RightsStore: Send {
    /// Keeps a new request.
    async fn insert(&mut self, kept: &KeptRequest) -> Result<(), StorageError>;

    /// Takes what the operator passed on to this organization, once; the operator has nothing of whoever asked from then on.
    async fn take_passed_on(&mut self, id: RightsRequestId, now: Timestamp) -> Result<Option<PassedOn>, StorageError>;

    /// The request of that id.
    async fn find(&mut self, id: RightsRequestId) -> Result<Option<KeptRequest>, StorageError>;

    /// Keeps a changed request with the next version; [`StorageError::Stale`] if `kept.version` is not the stored one.
    async fn keep(&mut self, kept: &KeptRequest) -> Result<(), StorageError>;

    /// The requests of whoever has these addresses, written small, for a change in the same transaction.
    async fn hold_of(&mut self, addresses: &BTreeSet<String>) -> Result<Vec<KeptRequest>, StorageError>;

    /// The steps of the requests of whoever has these addresses, written small, of which a mail waits still.
    async fn unmailed(&mut self, addresses: &BTreeSet<String>) -> Result<Vec<(RightsRequestId, u32)>, StorageError>;

    /// The first requests of a list, after `skip` of them.
    async fn list(&mut self, which: RequestList, skip: u32, limit: u16) -> Result<Vec<KeptRequest>, StorageError>;

    /// Keeps a new link.
    async fn insert_link(&mut self, link: &RightsLink) -> Result<(), StorageError>;

    /// The link of a request, as long as it works.
    async fn link_of(&mut self, request: RightsRequestId, now: Timestamp) -> Result<Option<RightsLink>, StorageError>;

    /// The request of the link of that digest, as long as it works. Looking uses nothing up.
    async fn find_link(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<RightsRequestId>, StorageError>;

    /// Uses a link up and opens what is behind it until `until`, to whoever knows the secret of `session`. False if it does
    /// not work any more: of two who come with it at once, one gets true.
    async fn use_link(
        &mut self,
        digest: &[u8; 32],
        session: &[u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// The request whose link opened what that secret leads to, as long as it is open.
    async fn find_session(
        &mut self,
        session: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<RightsRequestId>, StorageError>;

    /// What was sent under that address and is on none of these leads, the oldest first.
    async fn loose_of(&mut self, address: &Email, leads: &[LeadId]) -> Result<Vec<SubmissionId>, StorageError>;

    /// What the organization serves by itself.
    async fn policy(&mut self) -> Result<RightsPolicy, StorageError>;

    /// Keeps what the organization serves by itself.
    async fn set_policy(&mut self, policy: &RightsPolicy) -> Result<(), StorageError>;

    /// The word in its public address.
    async fn slug(&mut self) -> Result<Slug, StorageError>;

    /// Gives it another; [`StorageError::Conflict`] if another organization has that one.
    async fn set_slug(&mut self, slug: &Slug) -> Result<(), StorageError>;
}
