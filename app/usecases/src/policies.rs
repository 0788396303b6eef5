//! The privacy policy and its versions (PRV-2).

use std::sync::Arc;

use qualify_domain::{language::Language, policy_version::PolicyVersion};
use qualify_ports::{
    storage::{PlatformTask, Storage},
    time::Clock,
};

use crate::{Error, Ports};

/// The privacy policy: what is in force, and what was.
#[derive(Clone)]
pub struct Policies {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Policies {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }

    /// Makes each text the version in force in its language, unless it is that already. `digest` is SHA-256. Of several
    /// processes that begin at once, one does it.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn publish(&self, texts: Vec<(Language, String)>, digest: fn(&str) -> [u8; 32]) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::PublishPolicy).await?;
        tx.policies().hold().await?;
        for (language, text) in texts {
            let newest = tx.policies().newest(language).await?;
            let hash = digest(&text);
            if newest.as_ref().is_some_and(|newest| newest.hash == hash) {
                continue;
            }
            let number = newest.map_or(1, |newest| newest.number + 1);
            let version = PolicyVersion { language, number, hash, text, effective_from: self.clock.now() };
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

    /// All versions, the newest first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn versions(&self, language: Language) -> Result<Vec<PolicyVersion>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        Ok(tx.policies().versions(language).await?)
    }
}
