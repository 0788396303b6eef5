use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    hook::{Endpoint, EndpointWish, MOST_ENDPOINTS, OLD_SECRET_KEPT},
    id::EndpointId,
    plan::Metered,
    violation::{Rule, Violations},
};
use qualify_ports::storage::KeptEndpoint;
use secrecy::SecretString;

use super::{found, owner_of};
use crate::Error;

/// An endpoint whose secret was just made.
#[derive(Debug)]
pub struct NewEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its secret, `whsec_…`, which nobody can tell again.
    pub secret: SecretString,
}

impl super::Hooks {
    /// Makes an endpoint, which is told from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all that is wrong with the wish, at `kinds`, or with too many endpoints, at
    /// `url`; [`Broken::PlanFull`](crate::Broken::PlanFull).
    pub async fn make(&self, actor: &Actor, wish: EndpointWish) -> Result<NewEndpoint, Error> {
        let scope = actor.permit(Permission::ManageWebhooks)?;
        let made_by = scope.user().ok_or(Forbidden(Permission::ManageWebhooks))?;
        let endpoint = Endpoint::new(self.ids.next(), wish.checked()?, made_by, self.clock.now());
        let mut tx = self.storage.tenant(&scope).await?;
        if tx.hooks().list().await?.len() >= MOST_ENDPOINTS {
            return Err(Error::Invalid(Violations::one("url", Rule::TooMany(MOST_ENDPOINTS))));
        }
        self.room.for_more(&mut *tx, Metered::Webhooks, 1).await?;
        let secret = self.vault.hook_secret();
        let sealed = self.vault.seal_hook(&secret, &owner_of(endpoint.id));
        let kept = KeptEndpoint { endpoint, secret: sealed, old_secret: None };
        tx.hooks().insert(&kept).await?;
        tx.commit().await?;
        Ok(NewEndpoint { endpoint: kept.endpoint, secret: self.vault.written_hook_secret(&secret) })
    }

    /// Changes where an endpoint is, of what it is told and how much. What waits for it goes to where it is by then.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all that is wrong with the wish.
    pub async fn change(&self, actor: &Actor, id: EndpointId, wish: EndpointWish) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageWebhooks)?;
        let wish = wish.checked()?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.hooks().hold(id).await?;
        let mut kept = found(&mut *tx, id).await?;
        kept.endpoint.change(wish);
        tx.hooks().update(&kept, &["url", "kinds", "detail"]).await?;
        Ok(tx.commit().await?)
    }

    /// Gives an endpoint another secret. The one before signs beside it for a day more; one before that signs no more.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn rotate(&self, actor: &Actor, id: EndpointId) -> Result<NewEndpoint, Error> {
        let scope = actor.permit(Permission::ManageWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.hooks().hold(id).await?;
        let mut kept = found(&mut *tx, id).await?;
        let secret = self.vault.hook_secret();
        let sealed = self.vault.seal_hook(&secret, &owner_of(id));
        kept.old_secret = Some(std::mem::replace(&mut kept.secret, sealed));
        kept.endpoint.old_secret_until = Some(self.clock.now() + OLD_SECRET_KEPT);
        tx.hooks().update(&kept, &["secret"]).await?;
        tx.commit().await?;
        Ok(NewEndpoint { endpoint: kept.endpoint, secret: self.vault.written_hook_secret(&secret) })
    }
}
