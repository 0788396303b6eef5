use qualify_domain::{
    access::{Actor, Duty, Permission, Who},
    audit::{AuditActor, SecurityEvent, SecurityKind, Target},
    id::OrganizationId,
};

use crate::Error;

impl super::Audit {
    /// Keeps that an actor was refused a permission.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn refused(&self, actor: &Actor) -> Result<(), Error> {
        self.note(actor, SecurityKind::PermissionRefused, None).await
    }

    /// Keeps that an actor asked, by its id, for something that is not there for them. Nobody looks whether it is there
    /// for somebody else: what another organization has is none of this one's business.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn missing(&self, actor: &Actor, target: Option<Target>) -> Result<(), Error> {
        self.note(actor, SecurityKind::ObjectNotFound, target).await
    }

    async fn note(&self, actor: &Actor, kind: SecurityKind, target: Option<Target>) -> Result<(), Error> {
        let session = match actor.who() {
            Who::Member(_, session) => Some(session),
            Who::Visitor(_) | Who::Asker | Who::ApiKey(_) | Who::Support(_) | Who::Product(_) => None,
        };
        let event = SecurityEvent { kind, actor: AuditActor::from(actor.who()), session, target };
        let scope = watch(actor.organization()).permit(Permission::NoteSecurity)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.audit().note(&event, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

#[expect(clippy::disallowed_methods, reason = "the watch writes into the trail of the actor's own organization")]
fn watch(organization: OrganizationId) -> Actor {
    Actor::product(organization, Duty::Watch)
}
