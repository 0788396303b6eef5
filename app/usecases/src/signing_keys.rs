//! The keys that sign access tokens (SES-3): a new one every 90 days, or when the operator says so.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::signing_key::{LOOK_EVERY, NOTICE, SigningKey, in_force, is_due};
use qualify_ports::{
    storage::{PlatformTask, PlatformTx, Storage},
    time::Clock,
    tokens::Tokens,
};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::{Error, Ports};

/// A key that signs no more is forgotten after this long.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(24);

/// The keys that sign access tokens.
#[derive(Clone)]
pub struct SigningKeys {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    tokens: Arc<dyn Tokens>,
}

impl SigningKeys {
    /// The keys of that world.
    pub fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), tokens: ports.tokens.clone() }
    }

    /// Makes this process use the keys that are in force, and makes a new one when it is time.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does; the keys stay as they were.
    pub async fn tend(&self) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendSigningKeys).await?;
        let mut keys = self.known(tx.signing_keys().list().await?);
        if is_due(&keys, self.clock.now()) {
            // Asked again with the keys in hand: of many processes, one makes the new one.
            keys = self.known(tx.signing_keys().hold().await?);
            if is_due(&keys, self.clock.now()) {
                let new = self.make(&keys, self.clock.now());
                self.keep(&mut *tx, &keys, &new).await?;
                keys.insert(0, new);
            }
        }
        tx.commit().await?;
        Ok(self.tokens.adopt(&in_force(&keys, self.clock.now()))?)
    }

    /// Makes a new key. It signs when every process has heard of it, and what the one before signed counts to its end; if
    /// `at_once`, it signs now, and nothing that was signed before counts any more.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn rotate(&self, at_once: bool) -> Result<SigningKey, Error> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::TendSigningKeys).await?;
        let mut keys = tx.signing_keys().hold().await?;
        if at_once {
            tx.signing_keys().forget_before(Timestamp::MAX).await?;
            keys.clear();
        }
        let mut new = self.make(&keys, now);
        (new.kid, new.ring_key) = self.tokens.name_key();
        self.keep(&mut *tx, &keys, &new).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// Tends the keys until `stop`.
    pub async fn run(&self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK_EVERY.unsigned_abs());
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            if let Err(error) = self.tend().await {
                error!(error = &error as &dyn std::error::Error, "the signing keys cannot be read");
            }
        }
    }

    /// The keys that can be derived from the ring.
    fn known(&self, keys: Vec<SigningKey>) -> Vec<SigningKey> {
        keys.into_iter().filter(|key| self.tokens.knows(&key.ring_key)).collect()
    }

    /// A new key. The very first is the ring's own, which has signed already; it needs no notice.
    fn make(&self, keys: &[SigningKey], now: Timestamp) -> SigningKey {
        let (name, ring_key) = self.tokens.name_key();
        if keys.is_empty() {
            return SigningKey { kid: ring_key.clone(), ring_key, created_at: now, signs_from: now };
        }
        SigningKey { kid: name, ring_key, created_at: now, signs_from: now + NOTICE }
    }

    async fn keep(&self, tx: &mut dyn PlatformTx, keys: &[SigningKey], new: &SigningKey) -> Result<(), Error> {
        tx.signing_keys().insert(new).await?;
        if let Some(last) = keys.first() {
            tx.signing_keys().forget_before(last.created_at.min(new.created_at - FORGOTTEN)).await?;
        }
        Ok(())
    }
}
