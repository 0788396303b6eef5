use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    form::{Draft, Edition, Form, FormField, FormSettings},
    id::{FormId, PublicFormId},
};

use super::StorageError;

/// A field that is sent to a form but not declared: its name and how often, never what was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndeclaredField {
    /// The name.
    pub name: String,
    /// How often it was sent.
    pub times: i64,
    /// When it was sent last.
    pub last_seen_at: Timestamp,
}

/// Forms.
#[async_trait]
pub trait FormStore: Send {
    /// The form of that id, with its newest public address.
    async fn find(&mut self, id: FormId) -> Result<Option<Form>, StorageError>;

    /// All forms, the oldest first.
    async fn list(&mut self) -> Result<Vec<Form>, StorageError>;

    /// Keeps a new form and its public address.
    async fn insert(&mut self, form: &Form) -> Result<(), StorageError>;

    /// Keeps the form's settings with the next version; [`StorageError::Stale`] if `form.version` is not the stored one.
    async fn update(&mut self, form: &Form) -> Result<(), StorageError>;

    /// Has whoever else wants to change the form wait until the transaction ends.
    async fn hold(&mut self, id: FormId) -> Result<(), StorageError>;

    /// What the form will ask once it is published; none if that is what it asks now.
    async fn draft(&mut self, id: FormId) -> Result<Option<Draft>, StorageError>;

    /// Keeps what the form will ask once it is published; none forgets it.
    async fn keep_draft(&mut self, id: FormId, draft: Option<&[FormField]>) -> Result<(), StorageError>;

    /// Keeps an edition of the form.
    async fn publish(&mut self, id: FormId, edition: &Edition) -> Result<(), StorageError>;

    /// The form as it was published with that version.
    async fn edition(&mut self, id: FormId, version: i32) -> Result<Option<FormSettings>, StorageError>;

    /// The editions of the form before that version, the latest first, at most `limit`.
    async fn editions(&mut self, id: FormId, before: Option<i32>, limit: u16) -> Result<Vec<Edition>, StorageError>;

    /// Gives the form another public address; the former ones work until `until`, or shorter if already ending.
    async fn rotate_address(
        &mut self,
        id: FormId,
        new: PublicFormId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StorageError>;

    /// The undeclared fields that were sent to it, the latest first, at most 50.
    async fn undeclared(&mut self, id: FormId) -> Result<Vec<UndeclaredField>, StorageError>;
}
