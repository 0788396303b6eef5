//! Tells spam from people. Several checks form a ladder; each is an adapter.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{form::Form, spam::SpamReason};

use crate::BoxError;

/// How a check's field stands in a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpamFieldKind {
    /// An `<input type="hidden">` with a value to send back, another one each time the form is shown.
    Hidden,
    /// An empty input that people neither see nor reach, for machines to fall for.
    Trap,
    /// An `<input type="hidden">` with a puzzle, in whose place a script sends the solution; left out where it is empty.
    Work,
}

/// A field that a check adds to each form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpamField {
    /// Its name in the form.
    pub name: &'static str,
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
    /// The fields it adds to each form.
    fn fields(&self) -> &'static [SpamField];

    /// What its field of that name holds in a form that is shown at `now`. Traps stay empty.
    fn value(&self, _field: &str, _form: &Form, _now: Timestamp) -> String {
        String::new()
    }

    /// What of the attempt counts once only: a second submission to the form with the same mark is quarantined.
    fn mark(&self, _attempt: &Attempt<'_>) -> Option<String> {
        None
    }

    /// Why the attempt looks like spam; nothing if it does not.
    ///
    /// # Errors
    /// [`SpamError`] if it cannot tell; the submission is then taken for a person's.
    async fn check(&self, attempt: &Attempt<'_>) -> Result<Vec<SpamReason>, SpamError>;
}
