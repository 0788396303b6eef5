use qualify_domain::access::{Actor, Permission};

use super::{Rights, serving};
use crate::{Broken, Error};

impl Rights {
    /// The copy of what is kept of whoever came in by a link, as a ZIP.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if what the link opened is closed by now; [`Error::TooOften`] after three in a day
    /// (DSR-13); [`Broken::ExportRuns`].
    pub async fn copy(&self, asker: &Actor, session: &str) -> Result<Vec<u8>, Error> {
        let organization = asker.permit(Permission::AskRights)?.organization();
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        let address = self.proven(&mut *tx, session).await?.request.address().cloned().ok_or(Broken::LinkOver)?;
        drop(tx);
        self.copies.of_address(asker, &address).await
    }
}
