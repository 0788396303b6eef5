use qualify_domain::{
    access::{Actor, Permission},
    audit::{Entry, EntryFilter},
    organization::Member,
    pipeline::Pipelines,
};
use qualify_ports::storage::{Slice, TenantTx};

use crate::Error;

/// How many entries a part of the page has.
const PAGE: u16 = 50;

/// A part of the trail, and the names that stand in it.
#[derive(Debug)]
pub struct AuditPage {
    /// The entries, newest first, and the number before which the next part begins.
    pub entries: Slice<Entry, i64>,
    /// The members, for their names.
    pub members: Vec<Member>,
    /// The stages that leads can stand in, for their names.
    pub pipelines: Pipelines,
}

impl AuditPage {
    pub(super) async fn of(tx: &mut dyn TenantTx, entries: Slice<Entry, i64>) -> Result<Self, Error> {
        Ok(Self { entries, members: tx.members().list().await?, pipelines: tx.pipelines().all().await? })
    }
}

impl super::Audit {
    /// A part of the trail, newest first, of what comes before the entry of that number.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor, filter: &EntryFilter, before: Option<i64>) -> Result<AuditPage, Error> {
        let scope = actor.permit(Permission::ReadAudit)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let entries = tx.audit().page(filter, before, PAGE).await?;
        AuditPage::of(&mut *tx, entries).await
    }
}
