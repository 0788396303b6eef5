//! The privacy policy and its versions (PRV-2), and the subprocessors that it names (PRV-3).

use std::sync::Arc;

use jiff::civil::Date;
use qualify_domain::{
    language::Language,
    policy_version::PolicyVersion,
    subprocessor::{Announced, Subprocessor, earliest},
};
use qualify_ports::{
    storage::{PlatformTask, Storage, StorageError},
    time::Clock,
};

use crate::{Error, Ports};

/// The privacy policy: what is in force, and what was.
#[derive(Clone)]
pub struct Policies {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

/// Why subprocessors were not announced.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    /// One begins before people can have heard of it for long enough.
    #[error(
        "the subprocessor {name} is new or changed: announced today, it may begin on {earliest}. Set since to that day or \
         a later one; until then name what is there now as before"
    )]
    TooSoon {
        /// Which.
        name: String,
        /// When it may begin.
        earliest: Date,
    },
    /// The storage failed.
    #[error(transparent)]
    Failed(#[from] StorageError),
}

impl Policies {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }

    /// Announces those that were not yet, and tells since when each is. Before the first policy was published they are just
    /// named: nobody relied on another one. Of several processes that begin at once, one does it.
    ///
    /// # Errors
    /// [`AnnounceError`], and then none is announced.
    pub async fn announce(&self, listed: &[Subprocessor]) -> Result<Vec<Announced>, AnnounceError> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::PublishPolicy).await?;
        tx.policies().hold().await?;
        let announced_at = tx.policies().newest(Language::default()).await?.map(|_| now);
        let known = tx.policies().subprocessors().await?;
        let new: Vec<_> = listed.iter().filter(|one| known.iter().all(|known| known.subprocessor != **one)).collect();
        let first = announced_at.map_or(Date::MIN, earliest);
        if let Some(hasty) = new.iter().find(|one| one.since < first) {
            return Err(AnnounceError::TooSoon { name: hasty.name.clone(), earliest: first });
        }
        if !new.is_empty() {
            tx.policies().announce(&new, announced_at).await?;
        }
        let known = tx.policies().subprocessors().await?;
        tx.commit().await?;
        let named = |one: &Subprocessor| known.iter().find(|known| known.subprocessor == *one).cloned();
        Ok(listed.iter().filter_map(named).collect())
    }

    /// Makes each text the version in force in its language, unless it is that already. `digest` is SHA-256. Of several
    /// processes that begin at once, one does it.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn publish(&self, texts: Vec<(Language, String)>, digest: fn(&str) -> [u8; 32]) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::PublishPolicy).await?;
        tx.policies().hold().await?;
        let effective_from = self.clock.now();
        for (language, text) in texts {
            let newest = tx.policies().newest(language).await?;
            let hash = digest(&text);
            if newest.as_ref().is_some_and(|newest| newest.hash == hash) {
                continue;
            }
            let number = newest.map_or(1, |newest| newest.number + 1);
            let version = PolicyVersion { language, number, hash, text, effective_from };
            tx.policies().publish(&version).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The version in force.
    ///
    /// # Errors
    /// [`Error::NotFound`] if none was published, [`Error::Failed`] if the storage fails.
    pub async fn in_force(&self, language: Language) -> Result<PolicyVersion, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        tx.policies().newest(language).await?.ok_or(Error::NotFound("policy"))
    }

    /// The version of that number.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, [`Error::Failed`] if the storage fails.
    pub async fn version(&self, language: Language, number: u32) -> Result<PolicyVersion, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        tx.policies().version(language, number).await?.ok_or(Error::NotFound("policy"))
    }

    /// All versions in all languages, the newest first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn versions(&self) -> Result<Vec<PolicyVersion>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        Ok(tx.policies().versions().await?)
    }
}
