use qualify_domain::{
    access::{Actor, Permission},
    id::ViewId,
    view::View,
};

use crate::Error;

/// The views somebody can choose from.
#[derive(Clone, Debug, Default)]
pub struct ViewList {
    /// The views, the organization's first, each part by name.
    pub views: Vec<View>,
    /// The one with which their list begins.
    pub default: Option<ViewId>,
}

impl ViewList {
    /// The view of that id.
    pub fn find(&self, id: ViewId) -> Option<&View> {
        self.views.iter().find(|view| view.id == id)
    }
}

impl super::Views {
    /// The organization's views, and the actor's own.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<ViewList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let views = tx.views().list().await?;
        let default = match scope.user() {
            Some(user) => tx.views().default_of(user).await?,
            None => None,
        };
        Ok(ViewList { views, default })
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: ViewId) -> Result<View, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.views().find(id).await?.ok_or(Error::NotFound("view"))
    }
}
