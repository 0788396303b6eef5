use qualify_domain::{
    access::Permission,
    id::{ConnectionId, UserId},
};
use qualify_ports::storage::{Claimed, PlatformTask};

use super::{Reactions, Unfinished, scope};
use crate::letter::{Letter, Warning};

impl Reactions {
    /// Tells a user of something about their account that may not have been them.
    pub(super) async fn mail_connection(
        &self,
        claimed: &Claimed,
        user: UserId,
        connection: ConnectionId,
        warning: Warning,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::ReadConnections).await?;
        let connection = tx.connections().find(connection, self.clock.now()).await?;
        drop(tx);
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let member = tx.members().find(user).await?;
        drop(tx);
        // Either may be gone by now; then nobody is left to tell, or nothing to tell of.
        if let (Some(member), Some(connection)) = (member, connection) {
            let letter = Letter::warning(warning, &connection, &member, &self.options);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
