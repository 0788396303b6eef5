//! Makes and reads the tokens a browser carries.

use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, RefreshId, SessionId, UserId},
    signing_key::SigningKey,
    suppression::AddressHash,
    text::Email,
};
use secrecy::SecretString;

/// What an access token says: who, in which session, looking at which organization (SES-1). It grants nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The organization the session shows.
    pub organization: OrganizationId,
    /// The refresh token beside it.
    pub refresh: RefreshId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// The token is not one of ours that is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// It never was.
    #[error("the token is not valid")]
    Invalid,
    /// A token could not be made.
    #[error("the token could not be signed")]
    Unsigned,
}

/// Makes and reads the tokens a browser carries.
pub trait Tokens: Send + Sync {
    /// Signs an access token.
    ///
    /// # Errors
    /// [`TokenError::Unsigned`].
    fn sign(&self, claims: &AccessClaims) -> Result<SecretString, TokenError>;

    /// Reads an access token (SES-2).
    ///
    /// # Errors
    /// [`TokenError::Expired`] or [`TokenError::Invalid`].
    fn read(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError>;

    /// 256 random bits as text, for a refresh token.
    fn secret(&self) -> SecretString;

    /// SHA-256 of a text: how a secret or a long key is kept and found again.
    fn digest(&self, text: &str) -> [u8; 32];

    /// A digest that only this installation can compute: for what could otherwise be found by trying.
    fn keyed_digest(&self, text: &str) -> [u8; 32];

    /// 256 bits as text that only this installation can compute, always the same from the same seed: for a secret that
    /// nobody keeps and that is needed again (AUTH-11). Made by the newest key of the ring.
    fn derive(&self, seed: &str) -> SecretString;

    /// The same again, by whichever key of the ring it was made: known by the digest of what was derived.
    fn derive_again(&self, seed: &str, digest: &[u8; 32]) -> Option<SecretString>;

    /// A name for a new signing key, and the name of the key of the ring from which it is derived.
    fn name_key(&self) -> (String, String);

    /// Whether keys can be derived from a key of the ring of that name.
    fn knows(&self, ring_key: &str) -> bool;

    /// Signs with the first of these keys from now on, and reads what any of them signed. Without a key that can be
    /// derived everything stays as it was.
    ///
    /// # Errors
    /// [`TokenError::Unsigned`] if a key cannot be made.
    fn adopt(&self, keys: &[&SigningKey]) -> Result<(), TokenError>;
}

impl dyn Tokens {
    /// How an address is known to which nothing goes: each organization's in a way of its own, so that two lists tell nothing
    /// when they are laid beside each other.
    pub fn address_hash(&self, organization: OrganizationId, address: &Email) -> AddressHash {
        AddressHash(self.keyed_digest(&format!("suppression: {organization} {}", address.normalized())))
    }
}
