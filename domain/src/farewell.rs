//! The last mail to somebody whose account is gone, or of whom nothing is kept any more: its address is kept until it went
//! out, and nothing else of them is. So it is until it is taken out of the notices of an organization that they left.

use jiff::Timestamp;

use crate::{id::FarewellId, language::Language, text::Email};

/// What is needed to write to them once more.
#[derive(Clone, Debug)]
pub struct Farewell {
    /// Its id.
    pub id: FarewellId,
    /// Where the mail goes.
    pub email: Email,
    /// The language they read.
    pub language: Language,
    /// When it went.
    pub at: Timestamp,
}
