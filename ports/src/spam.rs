//! Tells spam from people. Several checks form a ladder; each is an adapter.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{form::Form, id::PublicFormId, spam::SpamReason};

use crate::BoxError;

/// How a check's field stands in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpamFieldKind {
    /// An `<input type="hidden">` with a value to send back.
    Hidden,
    /// An empty input that people neither see nor reach, for machines to fall for.
    Trap,
}

/// A field that a check adds to each form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpamField {
    /// Its name in the form.
    pub name: &'static str,
    /// What it holds when the form is shown.
    pub value: String,
    /// How it stands there.
    pub kind: SpamFieldKind,
}

/// A submission as the checks see it: the form and what came back in their own fields.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The form that was sent.
    pub form: &'a Form,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The checks' fields that came with it, whichever way in.
    pub fields: &'a BTreeMap<&'static str, String>,
}

/// The check could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the spam check could not be made")]
pub struct SpamError(#[source] pub BoxError);

/// Tells spam from people.
#[async_trait]
pub trait SpamCheck: Send + Sync {
    /// The fields it adds to a form that is shown at `now`.
    fn fields(&self, form: PublicFormId, now: Timestamp) -> Vec<SpamField>;

    /// Why the attempt looks like spam; nothing if it does not.
    ///
    /// # Errors
    /// [`SpamError`] if it cannot tell; the submission is then taken for a person's.
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Vec<SpamReason>, SpamError>;
}
