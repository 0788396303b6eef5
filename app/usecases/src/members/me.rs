use qualify_domain::{
    access::{Actor, Permission},
    organization::Member,
};

use crate::Error;

impl super::Members {
    /// The member who asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the actor is no member.
    pub async fn me(&self, actor: &Actor) -> Result<Member, Error> {
        let scope = actor.permit(Permission::ReadOrganization)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.members().find(user).await?.ok_or(Error::NotFound("member"))
    }
}
