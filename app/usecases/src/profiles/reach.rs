use jiff::Timestamp;
use qualify_domain::access::Permission;

use crate::{Error, SignedIn};

impl super::Profiles {
    /// Since when no mail reaches a member at their own address, if none does (MAIL-6).
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn mail_refused_at(&self, member: &SignedIn) -> Result<Option<Timestamp>, Error> {
        let scope = member.actor.permit(Permission::ReadOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let own = tx.members().find(member.user).await?;
        Ok(own.and_then(|own| own.mail_refused_at))
    }
}
