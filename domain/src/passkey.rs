//! Passkeys, as their owner sees them (AUTH-14).

use jiff::Timestamp;

use crate::{id::PasskeyId, text::Name};

/// So many passkeys one user has at most.
pub const MOST_PASSKEYS: u32 = 20;

/// One passkey.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: Name,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}
