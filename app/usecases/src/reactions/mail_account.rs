use qualify_domain::{id::UserId, user::User};
use qualify_ports::storage::{Claimed, PlatformTask};

use super::{Reactions, Unfinished};
use crate::{Options, letter::Letter};

impl Reactions {
    /// Tells a user of what happened to their account by way of their mailbox (AUTH-12), so that they notice if it was
    /// not they.
    pub(super) async fn mail_account(
        &self,
        claimed: &Claimed,
        user: UserId,
        letter: fn(&User, &Options) -> Letter,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::MailToken).await?;
        let user = tx.accounts().user(user).await?;
        drop(tx);
        if let Some(user) = user {
            let letter = letter(&user, &self.options);
            self.mailer.send(&letter.to(claimed.id, &user.email, &user.first_name, &user.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
