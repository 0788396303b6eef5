use qualify_domain::{id::LeadId, lead::Lead};
use qualify_ports::storage::{StorageError, TenantTx};

use crate::Error;

/// The lead of that id.
///
/// # Errors
/// [`Error::Merged`] with the lead it was merged into; [`Error::NotFound`].
pub(crate) async fn found(tx: &mut dyn TenantTx, id: LeadId) -> Result<Lead, Error> {
    if let Some(lead) = tx.leads().find(id).await? {
        return Ok(lead);
    }
    Err(match tx.merges().holder_of(id).await? {
        Some(holder) => Error::Merged(holder),
        None => Error::NotFound("lead"),
    })
}

/// The lead of that id, or the one it was merged into.
///
/// # Errors
/// [`StorageError`].
pub(crate) async fn followed(tx: &mut dyn TenantTx, id: LeadId) -> Result<Option<Lead>, StorageError> {
    if let Some(lead) = tx.leads().find(id).await? {
        return Ok(Some(lead));
    }
    match tx.merges().holder_of(id).await? {
        Some(holder) => tx.leads().find(holder).await,
        None => Ok(None),
    }
}
