use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Duty, Permission},
    audit::{Break, Walk},
    id::OrganizationId,
};
use qualify_ports::storage::{PlatformTask, Storage};

use crate::Error;

/// How many entries, or organizations, are read at once.
const PART: u16 = 1_000;

/// What a walk along one organization's chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whose chain.
    pub organization: OrganizationId,
    /// How many entries it has, or where it is broken first.
    pub found: Result<u64, Break>,
}

/// Walks along audit trails, for the operator: no organization's data are shown.
pub struct AuditWalk {
    storage: Arc<dyn Storage>,
    digest: fn(&str) -> [u8; 32],
}

impl AuditWalk {
    /// A walk over that storage; `digest` is SHA-256.
    pub fn new(storage: Arc<dyn Storage>, digest: fn(&str) -> [u8; 32]) -> Self {
        Self { storage, digest }
    }

    /// The organizations that have a trail, by their ids, after `after`; none when there are no more.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn organizations(&self, after: Option<OrganizationId>) -> Result<Vec<OrganizationId>, Error> {
        let mut tx = self.storage.platform(PlatformTask::VerifyAudit).await?;
        Ok(tx.security().audited(after, PART).await?)
    }

    /// Walks along one organization's chain, from the oldest kept entry to the newest.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does. That a chain is broken is what was found, not a failure.
    pub async fn verify(&self, organization: OrganizationId) -> Result<Verified, Error> {
        #[expect(clippy::disallowed_methods, reason = "the operator's walk over the organization that has this trail")]
        let walker = Actor::product(organization, Duty::VerifyAudit);
        let scope = walker.permit(Permission::VerifyAudit)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (anchor, head) = tx.audit().ends().await?;
        let mut walk = Walk::new(anchor, head);
        loop {
            let part = tx.audit().chain(walk.place(), PART).await?;
            if part.is_empty() {
                return Ok(Verified { organization, found: walk.end() });
            }
            for entry in &part {
                if let Err(found) = walk.step(entry, self.digest) {
                    return Ok(Verified { organization, found: Err(found) });
                }
            }
        }
    }
}
