use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{challenge::Factors, id::UserId, totp::Totp};

use super::StorageError;
use crate::vault::Sealed;

/// Somebody's authenticator app: its sealed secret and what is known of it.
#[derive(Clone, Debug)]
pub struct KeptTotp {
    /// The secret.
    pub secret: Sealed,
    /// The rest.
    pub totp: Totp,
}

/// Second factors, and the challenges that ask for them.
#[async_trait]
pub trait SecondFactorStore: Send {
    /// Which second factors the user has, for deciding whether a password is enough.
    async fn factors(&mut self, user: UserId) -> Result<Factors, StorageError>;

    /// The user's authenticator app. Who asks holds it until the end of their work: two codes at once are judged one
    /// after the other.
    async fn totp(&mut self, user: UserId) -> Result<Option<KeptTotp>, StorageError>;

    /// Keeps an app that is being set up, in the place of any other.
    async fn begin_totp(&mut self, user: UserId, kept: &KeptTotp, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps what judging a code has changed.
    async fn update_totp(&mut self, user: UserId, totp: &Totp) -> Result<(), StorageError>;

    /// Forgets the user's app; false if there is none.
    async fn remove_totp(&mut self, user: UserId) -> Result<bool, StorageError>;

    /// Puts new recovery codes in the place of all earlier ones. They are known by their digests.
    async fn replace_recovery_codes(&mut self, user: UserId, digests: &[[u8; 32]]) -> Result<(), StorageError>;

    /// Uses a recovery code up; false if the user has none of that digest, or used it before.
    async fn use_recovery_code(
        &mut self,
        user: UserId,
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Keeps a challenge under the digest of its reference.
    async fn challenge(&mut self, digest: &[u8; 32], user: UserId, expires_at: Timestamp) -> Result<(), StorageError>;

    /// Counts one more try at a live challenge and tells whose it is; none if it is over, or was tried too often. Who
    /// asks holds it until the end of their work.
    async fn try_challenge(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<UserId>, StorageError>;

    /// Ends all challenges of a user, and those of everybody that have expired.
    async fn end_challenges(&mut self, user: UserId, now: Timestamp) -> Result<(), StorageError>;
}
