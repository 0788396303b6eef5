use std::sync::Arc;

use qualify_domain::audit::{Break, Mark, Walk};
use qualify_ports::storage::{PlatformTask, Storage};

use crate::Error;

/// How many runs are read at once.
const PART: u16 = 1_000;

/// Walks along the proofs of the sweeps, for the operator.
pub struct RetentionWalk {
    storage: Arc<dyn Storage>,
    digest: fn(&str) -> [u8; 32],
}

impl RetentionWalk {
    /// A walk over that storage; `digest` is SHA-256.
    pub fn new(storage: Arc<dyn Storage>, digest: fn(&str) -> [u8; 32]) -> Self {
        Self { storage, digest }
    }

    /// Walks from the first run to the newest; tells how many there are, or where the chain is broken first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does. That the chain is broken is what was found, not a failure.
    pub async fn verify(&self) -> Result<Result<u64, Break>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadRetention).await?;
        let mut walk = Walk::new(Mark::START, tx.retention().newest_run().await?);
        loop {
            let part = tx.retention().runs(walk.place(), PART).await?;
            if part.is_empty() {
                return Ok(walk.end());
            }
            for run in &part {
                if let Err(found) = walk.step(run, self.digest) {
                    return Ok(Err(found));
                }
            }
        }
    }
}
