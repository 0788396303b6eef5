use qualify_domain::{
    access::{Actor, Permission},
    id::NotificationId,
};
use qualify_ports::{live::Change, storage::Subject};

use crate::Error;

impl super::Notifications {
    /// Marks one of the actor's own notifications as read; tells what it is about.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it is not theirs, or its lead is beyond their reach.
    pub async fn read(&self, actor: &Actor, id: NotificationId) -> Result<Subject, Error> {
        let scope = actor.permit(Permission::MarkNotifications)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let subject = tx.notifications().read(member, id, self.clock.now()).await?;
        let subject = subject.ok_or(Error::NotFound("notification"))?;
        tx.announce(Change::Notification(member)).await?;
        tx.commit().await?;
        Ok(subject)
    }

    /// Marks all of the actor's own notifications as read.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn read_all(&self, actor: &Actor) -> Result<(), Error> {
        let scope = actor.permit(Permission::MarkNotifications)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.notifications().read_all(member, self.clock.now()).await?;
        tx.announce(Change::Notification(member)).await?;
        Ok(tx.commit().await?)
    }
}
