use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{FormId, OrganizationId, PublicFormId},
    slug::Slug,
};

use super::{PresentedKey, StorageError};

/// Where a public address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormAddress {
    /// Whose form.
    pub organization: OrganizationId,
    /// Which form.
    pub form: FormId,
}

/// What names an organization by itself: public addresses of forms, secrets of API keys.
#[async_trait]
pub trait Directory: Send {
    /// The form behind an address; none if there is none or it is retired for good.
    async fn resolve_form(&mut self, id: PublicFormId, now: Timestamp) -> Result<Option<FormAddress>, StorageError>;

    /// Whose the link about a consent with that digest is; nobody's if there is none.
    async fn resolve_consent_link(&mut self, digest: &[u8; 32]) -> Result<Option<OrganizationId>, StorageError>;

    /// The organization of that public address; none if there is none.
    async fn resolve_organization(&mut self, slug: &Slug) -> Result<Option<OrganizationId>, StorageError>;

    /// The API key whose secret has that digest, whatever its state; none if there is none.
    async fn resolve_key(&mut self, digest: &[u8; 32]) -> Result<Option<PresentedKey>, StorageError>;
}
