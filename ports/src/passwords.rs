//! Hashes passwords and compares them with hashes.

use async_trait::async_trait;
use qualify_domain::password::Password;

use crate::BoxError;

/// A hash, with what is needed to compute it again (AUTH-1).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    /// The hash with its scheme, cost and salt.
    pub hash: String,
    /// Which pepper went into it.
    pub pepper: String,
}

/// Why a password was neither hashed nor compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already: try again in a moment (AUTH-6).
    #[error("too many passwords are being checked at once")]
    Busy,
    /// It cannot be done.
    #[error("the password could not be hashed")]
    Failed(#[source] BoxError),
}

/// Hashes passwords and compares them with hashes.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Hashes a chosen password.
    ///
    /// # Errors
    /// [`PasswordError`].
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PasswordError>;

    /// Whether the password is the one of the hash. Without a hash the answer is no, after the same work (AUTH-5).
    ///
    /// # Errors
    /// [`PasswordError`].
    async fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, PasswordError>;

    /// Whether the hash is made as a new one would be: same scheme, cost and pepper (AUTH-4). Always, where there never
    /// was another way.
    fn is_current(&self, _hash: &PasswordHash) -> bool {
        true
    }
}
