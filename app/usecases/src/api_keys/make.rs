use qualify_domain::{
    access::{Actor, Permission},
    api_key::{ApiKey, KeyWish, PREFIX},
};
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// A key that was just made.
#[derive(Debug)]
pub struct NewKey {
    /// The key.
    pub key: ApiKey,
    /// Its secret, which nobody can tell again.
    pub secret: SecretString,
}

impl super::ApiKeys {
    /// Makes a key with at most the rights of its maker.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all that is wrong with the wish.
    pub async fn make(&self, actor: &Actor, wish: KeyWish) -> Result<NewKey, Error> {
        let scope = actor.permit(Permission::ManageApiKeys)?;
        let key = ApiKey::make(self.ids.next(), wish, actor, self.clock.now())?;
        let secret = SecretString::from(format!("{PREFIX}{}", self.tokens.secret().expose_secret()));
        let mut tx = self.storage.tenant(&scope).await?;
        tx.api_keys().insert(&key, &self.tokens.digest(secret.expose_secret())).await?;
        tx.commit().await?;
        Ok(NewKey { key, secret })
    }
}
