use qualify_domain::{
    ledger::{Amounts, LedgerEntry, LedgerKind},
    subscription::ProviderId,
};
use qualify_ports::storage::StorageError;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::corrupt,
    values::{day, timestamp},
};

pub(super) struct Row {
    pub(super) number: i64,
    pub(super) billing_subject_id: Uuid,
    pub(super) kind: String,
    pub(super) document_id: String,
    pub(super) status: String,
    pub(super) currency: String,
    pub(super) currency_rate: String,
    pub(super) subtotal: i64,
    pub(super) discount: i64,
    pub(super) tax: i64,
    pub(super) tax_name: Option<String>,
    pub(super) tax_rate: Option<String>,
    pub(super) tax_inclusive: bool,
    pub(super) total: i64,
    pub(super) refunded: i64,
    pub(super) issued_at: OffsetDateTime,
    pub(super) is_test: bool,
    pub(super) fiscal_year_end: time::Date,
    pub(super) retain_until: OffsetDateTime,
}

impl TryFrom<Row> for LedgerEntry {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            kind: LedgerKind::of_code(&row.kind).ok_or_else(|| corrupt("kind of an entry"))?,
            id: ProviderId(row.document_id),
            status: row.status,
            amounts: Amounts {
                currency: row.currency,
                currency_rate: row.currency_rate,
                subtotal: row.subtotal,
                discount: row.discount,
                tax: row.tax,
                tax_name: row.tax_name,
                tax_rate: row.tax_rate,
                tax_inclusive: row.tax_inclusive,
                total: row.total,
                refunded: row.refunded,
            },
            issued_at: timestamp(row.issued_at)?,
            is_test: row.is_test,
            fiscal_year_end: day(row.fiscal_year_end)?,
            retain_until: timestamp(row.retain_until)?,
        })
    }
}

/// Entries as the function reads them that adds them.
pub(super) fn stored(entries: &[LedgerEntry]) -> Value {
    let one = |entry: &LedgerEntry| {
        json!({
            "kind": entry.kind.code(),
            "document_id": entry.id,
            "status": entry.status,
            "currency": entry.amounts.currency,
            "currency_rate": entry.amounts.currency_rate,
            "subtotal": entry.amounts.subtotal,
            "discount": entry.amounts.discount,
            "tax": entry.amounts.tax,
            "tax_name": entry.amounts.tax_name,
            "tax_rate": entry.amounts.tax_rate,
            "tax_inclusive": entry.amounts.tax_inclusive,
            "total": entry.amounts.total,
            "refunded": entry.amounts.refunded,
            "issued_at": entry.issued_at,
            "is_test": entry.is_test,
            "fiscal_year_end": entry.fiscal_year_end,
            "retain_until": entry.retain_until,
        })
    };
    entries.iter().map(one).collect()
}
