//! The privacy policy and its versions (PRV-2), and the subprocessors that it names (PRV-3).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, civil::Date};
use qualify_domain::{
    language::Language,
    policy_version::PolicyVersion,
    subprocessor::{Announced, Changes, NOTICE_DAYS, Subprocessor},
};
use qualify_ports::{
    storage::{PlatformTask, PlatformTx, Storage, StorageError},
    time::Clock,
};

use crate::Error;

/// Who left the list may come back unannounced for as long as an announcement would take.
const RETURN: SignedDuration = SignedDuration::from_hours(NOTICE_DAYS * 24);

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
        "the subprocessor {name} begins too soon: it may begin on {earliest}, 30 days after it is announced. Set since to that \
         day or a later one; until then name what is there now as before"
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
    /// The policy as it is kept there.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    /// What a list says else than what is published. Only looks.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn changes(&self, listed: &[Subprocessor]) -> Result<Changes, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        Ok(self.compared(&mut *tx, listed).await?.changes)
    }

    /// Announces those that are new, lets those go that are listed no more, and tells since when each is. One that left within
    /// the time of an announcement, as by a list that was cut short by mistake, and is listed again, is taken back unannounced.
    /// Before the first policy was published they are just named: nobody relied on another one. Of several processes that begin
    /// at once, one does it; where nothing changes, nothing is written.
    ///
    /// # Errors
    /// [`AnnounceError`], and then nothing changes.
    pub async fn announce(&self, listed: &[Subprocessor]) -> Result<Vec<Announced>, AnnounceError> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        let Compared { changes, published, .. } = self.compared(&mut *tx, listed).await?;
        drop(tx);
        if changes.is_empty() {
            return Ok(named(listed, &published));
        }
        let mut tx = self.storage.platform(PlatformTask::PublishPolicy).await?;
        tx.policies().hold().await?;
        let Compared { changes, announced_at, .. } = self.compared(&mut *tx, listed).await?;
        if let Some((hasty, earliest)) = changes.hasty.into_iter().next() {
            return Err(AnnounceError::TooSoon { name: hasty.name, earliest });
        }
        tx.policies().withdraw(&changes.gone, self.clock.now()).await?;
        tx.policies().take_back(&changes.back).await?;
        if !changes.new.is_empty() {
            tx.policies().announce(&changes.new, announced_at).await?;
        }
        let published = tx.policies().subprocessors().await?;
        tx.commit().await?;
        Ok(named(listed, &published))
    }

    async fn compared(&self, tx: &mut dyn PlatformTx, listed: &[Subprocessor]) -> Result<Compared, StorageError> {
        let first = tx.policies().newest(Language::default()).await?;
        let announced_at = first.map(|_| self.clock.now());
        let published = tx.policies().subprocessors().await?;
        let lately = self.clock.now().saturating_sub(RETURN).unwrap_or(Timestamp::MIN);
        let left = tx.policies().left_since(lately).await?;
        let changes = Changes::since(listed, &published, &left, announced_at);
        Ok(Compared { changes, published, announced_at })
    }

    /// Makes each text the version in force in its language, unless it is that already: then nothing is written. `digest` is
    /// SHA-256. Of several processes that begin at once, one does it.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn publish(&self, texts: Vec<(Language, String)>, digest: fn(&str) -> [u8; 32]) -> Result<(), Error> {
        if self.are_in_force(&texts, digest).await? {
            return Ok(());
        }
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

    /// Whether each text is the version in force in its language. Only looks.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn are_in_force(
        &self,
        texts: &[(Language, String)],
        digest: fn(&str) -> [u8; 32],
    ) -> Result<bool, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        for (language, text) in texts {
            let newest = tx.policies().newest(*language).await?;
            if newest.is_none_or(|newest| newest.hash != digest(text)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The subprocessors of a list that are published, with the moment of their announcement. Only looks.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn published(&self, listed: &[Subprocessor]) -> Result<Vec<Announced>, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        Ok(named(listed, &tx.policies().subprocessors().await?))
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

/// A list beside what is published.
struct Compared {
    changes: Changes,
    published: Vec<Announced>,
    announced_at: Option<Timestamp>,
}

/// Each as it is listed, with the moment of its announcement.
fn named(listed: &[Subprocessor], published: &[Announced]) -> Vec<Announced> {
    let announced = listed.iter().filter_map(|one| {
        let known = published.iter().find(|known| known.subprocessor.is_same(one))?;
        Some(Announced { subprocessor: one.clone(), announced_at: known.announced_at })
    });
    announced.collect()
}
