use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    id::ViewId,
};

use crate::Error;

impl super::Views {
    /// Lets the actor's list begin with a view, or with everything.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn choose(&self, actor: &Actor, view: Option<ViewId>) -> Result<(), Error> {
        let scope = actor.permit(Permission::KeepViews)?;
        let user = scope.user().ok_or(Forbidden(Permission::KeepViews))?;
        let mut tx = self.storage.tenant(&scope).await?;
        if let Some(id) = view {
            tx.views().find(id).await?.ok_or(Error::NotFound("view"))?;
        }
        tx.views().choose_default(user, view).await?;
        Ok(tx.commit().await?)
    }
}
