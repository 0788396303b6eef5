use qualify_domain::{
    access::{Actor, Permission},
    audit::EntryFilter,
};
use qualify_ports::storage::Slice;

use super::AuditPage;
use crate::Error;

/// How many entries are read at once.
const PART: u16 = 1_000;
/// The most entries one file holds.
const MOST: usize = 50_000;

impl super::Audit {
    /// The newest entries, at most 50,000, to be taken away; that this happened is in the trail before the first is read.
    /// Where a number is left over, more come before the entry of that number.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn export(&self, actor: &Actor, filter: &EntryFilter) -> Result<AuditPage, Error> {
        let scope = actor.permit(Permission::ExportAudit)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut all = Slice { items: Vec::new(), next: None };
        loop {
            let part = tx.audit().page(filter, all.next, PART).await?;
            all.items.extend(part.items);
            all.next = part.next;
            if all.next.is_none() || all.items.len() >= MOST {
                return AuditPage::of(&mut *tx, all).await;
            }
        }
    }
}
