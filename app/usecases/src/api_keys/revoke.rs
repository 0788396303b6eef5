use qualify_domain::{
    access::{Actor, Permission},
    id::ApiKeyId,
};

use crate::Error;

impl super::ApiKeys {
    /// Ends a key. Its next request is refused.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if there is none of that id that has not ended.
    pub async fn revoke(&self, actor: &Actor, id: ApiKeyId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageApiKeys)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if !tx.api_keys().revoke(id, self.clock.now()).await? {
            return Err(Error::NotFound("api_key"));
        }
        Ok(tx.commit().await?)
    }
}
