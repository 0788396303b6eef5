use jiff::Timestamp;
use qualify_domain::{id::OrganizationId, slug::Slug, support::SupportVisit};
use qualify_ports::storage::PlatformTask;
use secrecy::SecretString;

use crate::{Broken, Error};

/// A link into an organization that is open to support.
#[derive(Debug)]
pub struct SupportLink {
    /// What stands in its address.
    pub link: SecretString,
    /// When it stops working.
    pub link_ends_at: Timestamp,
    /// When what it opens ends at the latest.
    pub ends_at: Timestamp,
}

impl super::Support {
    /// Makes a link into the organization of that word or id. Whether there is such an organization is told to nobody to whom
    /// it is not open.
    ///
    /// # Errors
    /// [`Broken::NotOpenToSupport`].
    pub async fn invite(&self, whose: &str) -> Result<SupportLink, Error> {
        let organization = self.find(whose).await?.ok_or(Broken::NotOpenToSupport)?;
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&super::serving(organization)?).await?;
        let grant = tx.support().open(now).await?.into_iter().next().ok_or(Broken::NotOpenToSupport)?;
        let visit = SupportVisit::invite(self.ids.next(), grant.id, now);
        let link = super::addressed(organization, &self.tokens.secret());
        tx.support().invite(&visit, &self.digest(&link)).await?;
        tx.commit().await?;
        Ok(SupportLink { link, link_ends_at: visit.link_ends_at().min(grant.ends_at), ends_at: grant.ends_at })
    }

    async fn find(&self, whose: &str) -> Result<Option<OrganizationId>, Error> {
        if let Ok(id) = whose.parse() {
            return Ok(Some(id));
        }
        let Ok(slug) = Slug::parse(whose) else { return Ok(None) };
        let mut tx = self.storage.platform(PlatformTask::ResolveOrganization).await?;
        Ok(tx.directory().resolve_organization(&slug).await?)
    }
}
