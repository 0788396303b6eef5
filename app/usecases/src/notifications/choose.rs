use qualify_domain::{
    access::{Actor, Permission},
    notification::Wishes,
};

use crate::Error;

impl super::Notifications {
    /// How the actor wishes to be told.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn wishes(&self, actor: &Actor) -> Result<Wishes, Error> {
        let scope = actor.permit(Permission::ReadOrganization)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.notifications().wishes(member).await?)
    }

    /// Chooses, kind by kind, how the actor is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn choose(&self, actor: &Actor, wishes: &Wishes) -> Result<(), Error> {
        let scope = actor.permit(Permission::ChooseNotifications)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.notifications().choose(member, wishes).await?;
        Ok(tx.commit().await?)
    }
}
