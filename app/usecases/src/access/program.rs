use qualify_domain::{
    access::{Actor, Duty, Permission},
    api_key::{ApiKey, KeyState, PREFIX, USE_KNOWN_TO},
    audit::{AuditActor, SecurityEvent, SecurityKind, Target},
    id::{ApiKeyId, OrganizationId},
    subscription::Standing,
};
use qualify_ports::storage::{PlatformTask, PresentedKey};

use super::narrowed;
use crate::{Error, billing::standing};

/// A secret has this many characters: the prefix, and 256 bits as text.
const LENGTH: usize = PREFIX.len() + 43;

/// A program with one of an organization's API keys.
#[derive(Clone, Debug)]
pub struct Program {
    /// May do what the key's role grants, as far as its scopes go.
    pub actor: Actor,
    /// The key.
    pub key: ApiKey,
    /// What the organization may do by what it subscribed to: then the program may do no more.
    pub standing: Standing,
}

/// A key that opens nothing: nobody knows it, it has expired or was revoked, or it would have more rights than its maker
/// has by now. Nobody outside can tell which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedKey(Option<(OrganizationId, ApiKeyId)>);

impl super::Access {
    /// The program behind an API key.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn program(&self, secret: &str) -> Result<Result<Program, RefusedKey>, Error> {
        let now = self.clock.now();
        let Some(found) = self.presented(secret).await? else { return Ok(Err(RefusedKey(None))) };
        let PresentedKey { organization, key, maker, colleagues, is_closed, grounds } = found;
        if key.state(now, &maker) != KeyState::Live {
            return Ok(Err(RefusedKey(Some((organization, key.id)))));
        }
        if key.is_use_news(now) {
            let mut tx = self.storage.tenant(&watch(organization).permit(Permission::NoteSecurity)?).await?;
            tx.api_keys().used(key.id, now - USE_KNOWN_TO, now).await?;
            tx.commit().await?;
        }
        #[expect(clippy::disallowed_methods, reason = "the key was read in this request")]
        let actor = Actor::api_key(organization, key.id, key.role, &key.scopes, colleagues);
        let standing = standing(self.is_billed, grounds, now);
        Ok(Ok(Program { actor: narrowed(actor, standing, is_closed), key, standing }))
    }

    async fn presented(&self, secret: &str) -> Result<Option<PresentedKey>, Error> {
        if secret.len() != LENGTH || !secret.starts_with(PREFIX) {
            return Ok(None);
        }
        let digest = self.tokens.digest(secret);
        let mut tx = self.storage.platform(PlatformTask::Authenticate).await?;
        let found = tx.directory().resolve_key(&digest).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Keeps that a key was refused: in the trail of the organization that had it, else as a number for the operator
    /// (LOG-3).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn tell_refused(&self, RefusedKey(whose): RefusedKey) -> Result<(), Error> {
        let (kind, now) = (SecurityKind::ApiKeyRefused, self.clock.now());
        let Some((organization, key)) = whose else {
            let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
            tx.security().count(kind, now).await?;
            return Ok(tx.commit().await?);
        };
        let (actor, target) = (AuditActor::Nobody, Some(Target::ApiKey(key)));
        let mut tx = self.storage.tenant(&watch(organization).permit(Permission::NoteSecurity)?).await?;
        tx.audit().note(&SecurityEvent { kind, actor, session: None, target }, now).await?;
        Ok(tx.commit().await?)
    }
}

#[expect(clippy::disallowed_methods, reason = "the watch writes into the trail of the key's own organization")]
fn watch(organization: OrganizationId) -> Actor {
    Actor::product(organization, Duty::Watch)
}
