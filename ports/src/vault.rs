//! Keeps secrets that must be read again, such as an authenticator app's, and makes new ones.

use qualify_domain::{hook, recovery_code::CODE_BYTES, totp::SECRET_BYTES};
use secrecy::{SecretBox, SecretString};

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

/// The secret with which an endpoint's messages are signed.
pub type HookSecret = SecretBox<[u8; hook::SECRET_BYTES]>;

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

    /// Seals an endpoint's secret for its `owner`.
    fn seal_hook(&self, secret: &HookSecret, owner: &str) -> Sealed;

    /// Opens what was sealed for that owner.
    ///
    /// # Errors
    /// [`Unopened`].
    fn open_hook(&self, sealed: &Sealed, owner: &str) -> Result<HookSecret, Unopened>;

    /// A new secret for an endpoint: 256 random bits.
    fn hook_secret(&self) -> HookSecret;

    /// An endpoint's secret as its owner is shown it: `whsec_` and its base 64.
    fn written_hook_secret(&self, secret: &HookSecret) -> SecretString;

    /// The signature of a text, HMAC-SHA-256, in base 64.
    fn sign_hook(&self, secret: &HookSecret, text: &str) -> String;

    /// 120 random bits for a recovery code.
    fn recovery_bits(&self) -> [u8; CODE_BYTES];
}
