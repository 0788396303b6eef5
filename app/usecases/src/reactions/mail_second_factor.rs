use qualify_domain::{access::Permission, event::SecondFactorChange, id::UserId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells a user what changed about their second factors, so that they notice if it was not they.
    pub(super) async fn mail_second_factor(
        &self,
        claimed: &Claimed,
        user: UserId,
        change: SecondFactorChange,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let member = tx.members().find(user).await?;
        drop(tx);
        if let Some(member) = member {
            let letter = Letter::second_factor(&member, change, &self.options);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
