//! What rules ask of properties of the organization's own.

use std::collections::BTreeSet;

use qualify_domain::{id::PropertyId, property::Property, score::Rulebook};
use qualify_ports::storage::{StorageError, TenantTx};

/// The properties that these rules ask for, as they are now. Where no rule asks for one, none are read.
pub(crate) async fn asked(tx: &mut dyn TenantTx, books: &[&Rulebook]) -> Result<Vec<Property>, StorageError> {
    let asked: BTreeSet<PropertyId> = books.iter().flat_map(|book| book.properties()).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut own = tx.properties().list().await?;
    own.retain(|property| asked.contains(&property.id));
    Ok(own)
}
