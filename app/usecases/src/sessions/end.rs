use qualify_domain::{access::Who, circumstances::Circumstances, id::SessionId};
use qualify_ports::storage::PlatformTask;

use crate::{Error, SignedIn};

impl super::Sessions {
    /// Ends one of the member's sessions: its tokens stop working at once (SES-8).
    ///
    /// # Errors
    /// [`Error::NotFound`] if the member has no such session that goes on.
    pub async fn end(&self, member: &SignedIn, session: SessionId, from: &Circumstances) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::RevokeSessions).await?;
        if !tx.sessions().revoke_own(member.user, session, self.clock.now()).await? {
            return Err(Error::NotFound("session"));
        }
        self.tell(&mut *tx, member.user, session, from).await?;
        Ok(tx.commit().await?)
    }

    /// Ends all of the member's sessions but the one that asks; tells how many.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn end_others(&self, member: &SignedIn, from: &Circumstances) -> Result<usize, Error> {
        let Who::Member(user, this) = member.actor.who() else { return Ok(0) };
        let mut tx = self.storage.platform(PlatformTask::RevokeSessions).await?;
        let ended = self.end_in(&mut *tx, user, Some(this), from).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
