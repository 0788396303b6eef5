use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{BillingSubjectId, OrganizationId},
    ledger::{Bill, Entered, LedgerEntry},
    plan::Usage,
    subscription::{BillingRecord, Checkout, ProviderId},
};

use super::{Slice, StorageError};
use crate::billing::Hint;

/// What an organization subscribed to, and what it uses.
#[async_trait]
pub trait BillingStore: Send {
    /// What is kept about its payments; none until it is first asked for, or where nobody pays.
    async fn record(&mut self) -> Result<Option<BillingRecord>, StorageError>;

    /// The same, locked until the end of the work.
    async fn record_locked(&mut self) -> Result<Option<BillingRecord>, StorageError>;

    /// Keeps what is new about its payments, and when the provider is to be asked again without any hint; the first time, makes
    /// it. [`StorageError::Conflict`] if another organization has that subscription.
    async fn keep(&mut self, record: &BillingRecord, check_at: Timestamp) -> Result<(), StorageError>;

    /// When the organization was made: its trial counts from then.
    async fn founded_at(&mut self) -> Result<Timestamp, StorageError>;

    /// How much it uses; submissions since `month` begins.
    async fn usage(&mut self, month: Timestamp) -> Result<Usage, StorageError>;

    /// Keeps a checkout that was begun.
    async fn insert_checkout(&mut self, checkout: &Checkout) -> Result<(), StorageError>;

    /// Those begun since then, the newest first.
    async fn checkouts(&mut self, since: Timestamp) -> Result<Vec<Checkout>, StorageError>;

    /// What the ledger holds of each of its orders and invoices.
    async fn entered(&mut self) -> Result<Vec<Entered>, StorageError>;

    /// Adds to the ledger what it does not hold yet: each order and invoice once, and each refund by what was given back of the
    /// invoice in all. Tells how much was new.
    async fn append(&mut self, entries: &[LedgerEntry]) -> Result<u64, StorageError>;

    /// Keeps of which of the documents that were looked at the ledger and the provider say something else.
    async fn mark_differing(&mut self, looked_at: &[Bill], differing: &[&Bill]) -> Result<(), StorageError>;

    /// Its part of the ledger, the latest first; `after` continues a list.
    async fn ledger(
        &mut self,
        after: Option<&LedgerPlace>,
        most: u16,
    ) -> Result<Slice<LedgerEntry, LedgerPlace>, StorageError>;
}

/// A place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerPlace {
    /// When the document was made.
    pub issued_at: Timestamp,
    /// The entry's number.
    pub number: i64,
}

/// A hint that waits. Foreign ones are never kept.
#[derive(Clone, Debug)]
pub struct WaitingHint {
    /// What was told.
    pub hint: Hint,
    /// How often it was tried to follow it.
    pub attempts: u16,
}

/// Payments of all organizations, for the product itself.
#[async_trait]
pub trait BillingQueue: Send {
    /// Keeps a hint (BIL-2); false if it was kept already.
    async fn receive(&mut self, hint: &Hint, now: Timestamp) -> Result<bool, StorageError>;

    /// Takes up hints that are due, the oldest first; others leave them alone until `until`.
    async fn claim(&mut self, now: Timestamp, until: Timestamp, most: u16) -> Result<Vec<WaitingHint>, StorageError>;

    /// Keeps that a hint was followed, or that there is nothing to follow.
    async fn settle(&mut self, key: &str, now: Timestamp) -> Result<(), StorageError>;

    /// Puts a hint back.
    async fn postpone(&mut self, key: &str, due: Timestamp) -> Result<(), StorageError>;

    /// How many hints wait for longer than since then.
    async fn waiting_since(&mut self, then: Timestamp) -> Result<u64, StorageError>;

    /// Of how many organizations the ledger and the provider say something else about what was paid.
    async fn differing(&mut self) -> Result<u64, StorageError>;

    /// Whose checkout that is (BIL-6).
    async fn of_reference(&mut self, reference: &str) -> Result<Option<OrganizationId>, StorageError>;

    /// Whose subscription that is.
    async fn of_subscription(&mut self, id: &ProviderId) -> Result<Option<OrganizationId>, StorageError>;

    /// Organizations about which the provider is to be asked without any hint, the longest due first (BIL-4); others leave them
    /// alone until `until`.
    async fn to_check(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        most: u16,
    ) -> Result<Vec<OrganizationId>, StorageError>;

    /// Organizations whose data are to go by then, and whose end the provider has not confirmed since `confirmed` (RET-8), by
    /// their ids; `after` continues.
    async fn to_confirm(
        &mut self,
        due: Timestamp,
        confirmed: Timestamp,
        after: Option<OrganizationId>,
        most: u16,
    ) -> Result<Vec<OrganizationId>, StorageError>;

    /// All of the ledger, in the order in which it was written; `after` continues. For whoever keeps the books.
    async fn ledger(
        &mut self,
        after: Option<i64>,
        most: u16,
    ) -> Result<Slice<(BillingSubjectId, LedgerEntry), i64>, StorageError>;
}
