//! Sends mail.

use async_trait::async_trait;
use qualify_domain::text::Email;

use crate::BoxError;

/// A mail that is ready to go: one recipient, the same words as text and as HTML.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The left side of the `Message-ID`: the same for each try of the same mail (MAIL-1).
    pub id: String,
    /// To whom.
    pub to: Email,
    /// The recipient's name as shown; adapters drop CR, LF and NUL (MAIL-4).
    pub to_name: String,
    /// The subject; adapters drop CR, LF and NUL (MAIL-4).
    pub subject: String,
    /// The words as plain text.
    pub text: String,
    /// The words as HTML, without anything remote (MAIL-5).
    pub html: String,
}

/// Why a mail did not go.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The recipient's server will never take it: give up, tell.
    #[error("the mail server refused the message for good")]
    Rejected(#[source] BoxError),
    /// It may work later.
    #[error("the mail server cannot be reached or asked to wait")]
    Unavailable(#[source] BoxError),
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the message over. May be called again for the same message after a failure.
    ///
    /// # Errors
    /// [`MailError`], sorted by whether trying again makes sense.
    async fn send(&self, message: &Message) -> Result<(), MailError>;
}
