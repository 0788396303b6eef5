use qualify_domain::{
    access::{Actor, Permission},
    form::Notice,
    language::Language,
    slug::Slug,
    text::Name,
};
use qualify_ports::storage::PlatformTask;

use crate::Error;

/// The public page of an organization on which people ask what is theirs by right.
#[derive(Clone, Debug)]
pub struct PrivacyDoor {
    /// Whoever came by it: may ask, and nothing else.
    pub actor: Actor,
    /// The word in its address.
    pub slug: Slug,
    /// What the organization is called.
    pub organization: Name,
    /// The language it works in.
    pub language: Language,
    /// What its first form says of who answers for the data and where they are reached.
    pub notice: Option<Notice>,
}

impl super::Rights {
    /// The public page of that address.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn door(&self, slug: &str) -> Result<PrivacyDoor, Error> {
        let slug = Slug::parse(slug).map_err(|_| Error::NotFound("organization"))?;
        let mut tx = self.storage.platform(PlatformTask::ResolveOrganization).await?;
        let found = tx.directory().resolve_organization(&slug).await?;
        tx.commit().await?;
        #[expect(clippy::disallowed_methods, reason = "the directory just named the organization")]
        let actor = Actor::asker(found.ok_or(Error::NotFound("organization"))?);
        let mut tx = self.storage.tenant(&actor.permit(Permission::AskRights)?).await?;
        let organization = tx.organizations().own().await?;
        let notice = tx.forms().list().await?.into_iter().next().map(|form| form.settings.notice);
        Ok(PrivacyDoor { actor, slug, organization: organization.name, language: organization.language, notice })
    }
}
