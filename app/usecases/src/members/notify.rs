use qualify_domain::{
    access::{Actor, Permission},
    organization::Member,
};

use crate::Error;

impl super::Members {
    /// The member who asks, with their wishes.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn me(&self, actor: &Actor) -> Result<Member, Error> {
        let scope = actor.permit(Permission::ReadOrganization)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.members().find(user).await?.ok_or(Error::NotFound("member"))
    }

    /// Chooses whether a mail tells the member of each new lead.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn notify_new_leads(&self, actor: &Actor, wanted: bool) -> Result<(), Error> {
        let scope = actor.permit(Permission::ChooseNotifications)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.members().notify_new_leads(user, wanted).await?;
        Ok(tx.commit().await?)
    }
}
