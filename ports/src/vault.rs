//! Keeps secrets that must be read again, such as an authenticator app's, and makes new ones.

use qualify_domain::{recovery_code::CODE_BYTES, totp::SECRET_BYTES};
use secrecy::SecretBox;

/// A secret that only the installation's own keys open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Which key sealed it.
    pub key: String,
    /// The ciphertext, with what is needed to open it again.
    pub bytes: Vec<u8>,
}

/// A seal cannot be opened: another key, another owner, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret cannot be opened")]
pub struct Unopened;

/// The secret that an authenticator app shares with us.
pub type TotpSecret = SecretBox<[u8; SECRET_BYTES]>;

/// Keeps secrets that must be read again, and makes new ones.
pub trait Vault: Send + Sync {
    /// Seals a secret for its `owner`: a name that must be given again to open it.
    fn seal(&self, secret: &TotpSecret, owner: &str) -> Sealed;

    /// Opens what was sealed for that owner.
    ///
    /// # Errors
    /// [`Unopened`].
    fn open(&self, sealed: &Sealed, owner: &str) -> Result<TotpSecret, Unopened>;

    /// A new secret for an authenticator app: 160 random bits.
    fn totp_secret(&self) -> TotpSecret;

    /// The code of a step of 30 seconds (RFC 6238, 6 digits).
    fn totp(&self, secret: &TotpSecret, step: u64) -> u32;

    /// 120 random bits for a recovery code.
    fn recovery_bits(&self) -> [u8; CODE_BYTES];
}
