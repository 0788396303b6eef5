use qualify_domain::{
    access::Who,
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    connection::ConnectionKind,
};
use qualify_ports::storage::PlatformTask;

use crate::{Error, SignedIn, accounts::Accounts};

impl Accounts {
    /// Ends the member's session: its tokens stop working at once (SES-8).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn sign_out(&self, member: &SignedIn, from: &Circumstances) -> Result<(), Error> {
        let Who::Member(user, session) = member.actor.who() else { return Ok(()) };
        let mut tx = self.storage.platform(PlatformTask::SignOut).await?;
        tx.sessions().revoke(session, self.clock.now()).await?;
        tx.connections().append(&self.connection(user, Some(session), ConnectionKind::SignOut, from)).await?;
        let told = SecurityEvent::by(SecurityKind::SignedOut, user, Some(session));
        tx.security().tell(user, &told, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
