use qualify_domain::{access::Permission, id::UserId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells a user that their password is another now, so that they notice if it was not they.
    pub(super) async fn mail_password(&self, claimed: &Claimed, user: UserId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let member = tx.members().find(user).await?;
        drop(tx);
        if let Some(member) = member {
            let letter = Letter::password_changed(&member, &self.options);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
