use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{BillingSubjectId, OrganizationId},
    ledger::LedgerEntry,
    subscription::{Fetched, ProviderId},
};
use qualify_ports::{
    billing::Hint,
    storage::{BillingQueue, Slice, StorageError, WaitingHint},
};
use sqlx::types::Json;

use super::ledger;
use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::instant,
};

#[async_trait]
impl BillingQueue for PlatformWork {
    async fn receive(&mut self, hint: &Hint, now: Timestamp) -> Result<bool, StorageError> {
        let kept = sqlx::query!(
            "INSERT INTO billing_hints (
                key, event, subscription_id, order_id, invoice_id, reference, told, received_at, due_at
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (key) DO NOTHING",
            hint.key,
            hint.event,
            hint.subscription.as_ref().map(|id| id.0.as_str()),
            hint.order.as_ref().map(|id| id.0.as_str()),
            hint.invoice.as_ref().map(|id| id.0.as_str()),
            hint.reference,
            hint.told.as_ref().map(Json) as Option<Json<&Fetched>>,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(kept.rows_affected() == 1)
    }

    async fn claim(&mut self, now: Timestamp, until: Timestamp, most: u16) -> Result<Vec<WaitingHint>, StorageError> {
        let rows = sqlx::query!(
            r#"WITH due AS (
                SELECT key FROM billing_hints WHERE settled_at IS NULL AND due_at <= $1
                ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE billing_hints AS h SET due_at = $2, attempts = attempts + 1 FROM due WHERE h.key = due.key
                RETURNING h.key, event, subscription_id, order_id, invoice_id, reference, told, attempts, received_at
            )
            SELECT key, event, subscription_id, order_id, invoice_id, reference,
                told AS "told: Json<Fetched>", attempts
            FROM taken ORDER BY received_at, key"#,
            instant(now),
            instant(until),
            i64::from(most),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(WaitingHint {
                    hint: Hint {
                        key: row.key,
                        event: row.event,
                        subscription: row.subscription_id.map(ProviderId),
                        order: row.order_id.map(ProviderId),
                        invoice: row.invoice_id.map(ProviderId),
                        reference: row.reference,
                        is_foreign: false,
                        told: row.told.map(|told| told.0),
                    },
                    attempts: u16::try_from(row.attempts).map_err(|_| corrupt("attempts"))?,
                })
            })
            .collect()
    }

    async fn settle(&mut self, key: &str, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("UPDATE billing_hints SET settled_at = $2 WHERE key = $1", key, instant(now))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn postpone(&mut self, key: &str, due: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("UPDATE billing_hints SET due_at = $2 WHERE key = $1 AND settled_at IS NULL", key, instant(due))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn waiting_since(&mut self, then: Timestamp) -> Result<u64, StorageError> {
        let waiting = sqlx::query_scalar!(
            r#"SELECT count(*) AS "waiting!" FROM billing_hints WHERE settled_at IS NULL AND received_at <= $1"#,
            instant(then),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(waiting.unsigned_abs())
    }

    async fn differing(&mut self) -> Result<u64, StorageError> {
        let differing = sqlx::query_scalar!(r#"SELECT differing_ledgers() AS "differing!""#)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(differing.unsigned_abs())
    }

    async fn of_reference(&mut self, reference: &str) -> Result<Option<OrganizationId>, StorageError> {
        let home = sqlx::query_scalar!("SELECT home_of_checkout($1)", reference)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(home.map(OrganizationId))
    }

    async fn of_subscription(&mut self, id: &ProviderId) -> Result<Option<OrganizationId>, StorageError> {
        let home = sqlx::query_scalar!("SELECT home_of_subscription($1)", id.0)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(home.map(OrganizationId))
    }

    async fn to_check(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        most: u16,
    ) -> Result<Vec<OrganizationId>, StorageError> {
        let homes = sqlx::query_scalar!(
            r#"SELECT homes_to_check($1, $2, $3) AS "home!""#,
            instant(now),
            instant(until),
            i32::from(most)
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(homes.into_iter().map(OrganizationId).collect())
    }

    async fn to_confirm(
        &mut self,
        due: Timestamp,
        confirmed: Timestamp,
        after: Option<OrganizationId>,
        most: u16,
    ) -> Result<Vec<OrganizationId>, StorageError> {
        let homes = sqlx::query_scalar!(
            r#"SELECT homes_to_confirm($1, $2, $3, $4) AS "home!""#,
            instant(due),
            instant(confirmed),
            after.map(|home| home.0),
            i32::from(most)
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(homes.into_iter().map(OrganizationId).collect())
    }

    async fn ledger(
        &mut self,
        after: Option<i64>,
        most: u16,
    ) -> Result<Slice<(BillingSubjectId, LedgerEntry), i64>, StorageError> {
        let rows = sqlx::query_as!(
            ledger::Row,
            r#"SELECT number AS "number!", billing_subject_id AS "billing_subject_id!", kind AS "kind!",
                document_id AS "document_id!", status AS "status!", currency AS "currency!",
                currency_rate AS "currency_rate!", subtotal AS "subtotal!", discount AS "discount!", tax AS "tax!", tax_name,
                tax_rate, tax_inclusive AS "tax_inclusive!", total AS "total!", refunded AS "refunded!",
                issued_at AS "issued_at!", is_test AS "is_test!", fiscal_year_end AS "fiscal_year_end!",
                retain_until AS "retain_until!"
            FROM read_ledger($1, $2)"#,
            after,
            i32::from(most) + 1,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let next = rows.get(usize::from(most).wrapping_sub(1)).filter(|_| rows.len() > usize::from(most));
        let next = next.map(|row| row.number);
        let items = rows
            .into_iter()
            .take(usize::from(most))
            .map(|row| Ok((BillingSubjectId(row.billing_subject_id), row.try_into()?)))
            .collect::<Result<_, StorageError>>()?;
        Ok(Slice { items, next })
    }
}
