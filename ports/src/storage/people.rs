use async_trait::async_trait;
use qualify_domain::{
    id::{LeadId, UserId},
    text::Email,
};

use super::StorageError;

/// A row as it is kept, for the copy that its person gets.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// What its table is called.
    pub table: String,
    /// Its columns and what is in them, as a JSON object.
    pub row: String,
}

/// Something that an id in such rows means, for whoever reads them.
#[derive(Clone, PartialEq, Eq)]
pub struct Meaning {
    /// What kind of thing it is.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What is said of it, as a JSON object.
    pub says: String,
}

/// What an organization keeps of people, as far as the scope reaches: all of somebody, in as few round trips as can be.
#[async_trait]
pub trait PersonStore: Send {
    /// The leads that are surely of whoever has this address: it is on file, or was in a lead that was merged into them, and
    /// nothing on them came under another address. A number is no proof: who fills a form may give anybody's, so a lead that
    /// may have learned the address by its number from a form is left out.
    async fn leads_of(&mut self, address: &Email) -> Result<Vec<LeadId>, StorageError>;

    /// The other leads on which the address, or something that was sent under it, stands.
    async fn unsure_of(&mut self, address: &Email) -> Result<Vec<LeadId>, StorageError>;

    /// Every row that tells of these leads, oldest first in each table; with an address, also what came from there and
    /// is on none of them.
    async fn of_leads(&mut self, leads: &[LeadId], address: Option<&Email>) -> Result<Vec<HeldRow>, StorageError>;

    /// What the ids in the rows of these leads mean: stages, forms, members and the like, and the rules of their scores.
    async fn meanings(&mut self, leads: &[LeadId]) -> Result<Vec<Meaning>, StorageError>;

    /// Every row of the organization that tells of that member.
    async fn of_member(&mut self, user: UserId) -> Result<Vec<HeldRow>, StorageError>;
}

/// What is kept of accounts, in no organization.
#[async_trait]
pub trait HeldAccounts: Send {
    /// Every row that tells of that user, oldest first in each table, without secrets.
    async fn of_user(&mut self, user: UserId) -> Result<Vec<HeldRow>, StorageError>;
}
