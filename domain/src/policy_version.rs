//! Versions of the privacy policy (PRV-2): what was published, and from when on it was in force. None is ever changed.

use jiff::Timestamp;

use crate::language::Language;

/// One version, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its language.
    pub language: Language,
    /// Counted from one in its language.
    pub number: u32,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
    /// Its text, as the pages read it.
    pub text: String,
    /// When it came into force.
    pub effective_from: Timestamp,
}
