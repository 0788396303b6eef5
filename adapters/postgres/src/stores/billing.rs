mod ledger;
mod queue;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{BillingSubjectId, UserId},
    ledger::{Bill, Entered, LedgerEntry, LedgerKind},
    plan::{PlanCode, Usage},
    subscription::{BillingRecord, Bought, Checkout, Grounds, ProviderId, Status, Subscription},
};
use qualify_ports::storage::{BillingStore, LedgerPlace, Slice, StorageError};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp, value},
};

struct Row {
    billing_subject_id: Uuid,
    trial_ends_at: OffsetDateTime,
    subscription_id: Option<String>,
    customer_id: Option<String>,
    plan: Option<String>,
    status: Option<String>,
    since: Option<OffsetDateTime>,
    provider_trial_ends_at: Option<OffsetDateTime>,
    renews_at: Option<OffsetDateTime>,
    ends_at: Option<OffsetDateTime>,
    began_at: Option<OffsetDateTime>,
    updated_at: Option<OffsetDateTime>,
    confirmed_at: Option<OffsetDateTime>,
    earlier_subscriptions: Vec<String>,
}

impl TryFrom<Row> for BillingRecord {
    type Error = StorageError;

    fn try_from(mut row: Row) -> Result<Self, StorageError> {
        let earlier = std::mem::take(&mut row.earlier_subscriptions).into_iter().map(ProviderId).collect();
        let (subject, trial_ends_at) = (BillingSubjectId(row.billing_subject_id), timestamp(row.trial_ends_at)?);
        let subscription = row.subscription_id.is_some().then(|| Row::subscription(row)).transpose()?;
        Ok(Self { subject, trial_ends_at, subscription, earlier })
    }
}

impl Row {
    fn subscription(self) -> Result<Subscription, StorageError> {
        let text = |stored: Option<String>| stored.ok_or_else(|| corrupt("subscription"));
        let moment = |stored: Option<OffsetDateTime>| stored.ok_or_else(|| corrupt("subscription")).and_then(timestamp);
        let optional = |stored: Option<OffsetDateTime>| stored.map(timestamp).transpose();
        Ok(Subscription {
            id: ProviderId(text(self.subscription_id)?),
            customer: ProviderId(text(self.customer_id)?),
            plan: value(&text(self.plan)?)?,
            status: status(&text(self.status)?)?,
            since: moment(self.since)?,
            trial_ends_at: optional(self.provider_trial_ends_at)?,
            renews_at: optional(self.renews_at)?,
            ends_at: optional(self.ends_at)?,
            created_at: moment(self.began_at)?,
            updated_at: moment(self.updated_at)?,
            confirmed_at: moment(self.confirmed_at)?,
        })
    }
}

fn status(code: &str) -> Result<Status, StorageError> {
    Status::of_code(code).ok_or_else(|| corrupt("status of a subscription"))
}

/// What a request reads of the payments of its organization.
#[derive(Debug, Deserialize)]
pub(crate) struct StoredGrounds {
    pub(crate) ending: Option<String>,
    trial_ends_at: Option<Timestamp>,
    plan: Option<PlanCode>,
    status: Option<String>,
    since: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

impl StoredGrounds {
    pub(crate) fn grounds(&self) -> Result<Option<Grounds>, StorageError> {
        let Some(trial_ends_at) = self.trial_ends_at else { return Ok(None) };
        let bought = match (self.plan, &self.status, self.since) {
            (Some(plan), Some(code), Some(since)) => {
                Some(Bought { plan, status: status(code)?, since, ends_at: self.ends_at })
            }
            _ => None,
        };
        Ok(Some(Grounds { trial_ends_at, bought }))
    }
}

impl Work {
    async fn billing_record(&mut self, is_locked: bool) -> Result<Option<BillingRecord>, StorageError> {
        // Whoever only looks may not lock.
        if is_locked {
            sqlx::query!("SELECT FROM billing_records WHERE organization_id = $1 FOR UPDATE", self.organization)
                .fetch_optional(&mut *self.sql)
                .await
                .map_err(failed)?;
        }
        let row = sqlx::query_as!(
            Row,
            "SELECT billing_subject_id, trial_ends_at, subscription_id, customer_id, plan, status, since,
                provider_trial_ends_at, renews_at, ends_at, began_at, updated_at, confirmed_at, earlier_subscriptions
            FROM billing_records WHERE organization_id = $1",
            self.organization,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(TryInto::try_into).transpose()
    }
}

#[async_trait]
impl BillingStore for Work {
    async fn record(&mut self) -> Result<Option<BillingRecord>, StorageError> {
        self.billing_record(false).await
    }

    async fn record_locked(&mut self) -> Result<Option<BillingRecord>, StorageError> {
        self.billing_record(true).await
    }

    async fn keep(&mut self, record: &BillingRecord, check_at: Timestamp) -> Result<(), StorageError> {
        let bought = record.subscription.as_ref();
        if let Some(bought) = bought {
            let is_ours = sqlx::query_scalar!(r#"SELECT claim_subscription($1) AS "is_ours!""#, bought.id.0)
                .fetch_one(&mut *self.sql)
                .await
                .map_err(failed)?;
            if !is_ours {
                return Err(StorageError::Conflict);
            }
        }
        let moment = |of: fn(&Subscription) -> Option<Timestamp>| bought.and_then(of).map(instant);
        sqlx::query!(
            "INSERT INTO billing_records (
                organization_id, billing_subject_id, trial_ends_at, subscription_id, customer_id, plan, status, since,
                provider_trial_ends_at, renews_at, ends_at, began_at, updated_at, confirmed_at, check_at, earlier_subscriptions
            ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            ON CONFLICT (organization_id) DO UPDATE SET
                trial_ends_at = excluded.trial_ends_at, subscription_id = excluded.subscription_id,
                customer_id = excluded.customer_id, plan = excluded.plan, status = excluded.status, since = excluded.since,
                provider_trial_ends_at = excluded.provider_trial_ends_at, renews_at = excluded.renews_at,
                ends_at = excluded.ends_at, began_at = excluded.began_at, updated_at = excluded.updated_at,
                confirmed_at = excluded.confirmed_at, check_at = excluded.check_at,
                earlier_subscriptions = excluded.earlier_subscriptions",
            self.organization,
            record.subject.0,
            instant(record.trial_ends_at),
            bought.map(|bought| bought.id.0.as_str()),
            bought.map(|bought| bought.customer.0.as_str()),
            bought.map(|bought| bought.plan.code()),
            bought.map(|bought| bought.status.code()),
            moment(|bought| Some(bought.since)),
            moment(|bought| bought.trial_ends_at),
            moment(|bought| bought.renews_at),
            moment(|bought| bought.ends_at),
            moment(|bought| Some(bought.created_at)),
            moment(|bought| Some(bought.updated_at)),
            moment(|bought| Some(bought.confirmed_at)),
            instant(check_at),
            &record.earlier.iter().map(|id| id.0.clone()).collect::<Vec<_>>(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn founded_at(&mut self) -> Result<Timestamp, StorageError> {
        let founded =
            sqlx::query_scalar!("SELECT created_at FROM organizations WHERE organization_id = $1", self.organization)
                .fetch_one(&mut *self.sql)
                .await
                .map_err(failed)?;
        timestamp(founded)
    }

    async fn usage(&mut self, month: Timestamp) -> Result<Usage, StorageError> {
        let row = sqlx::query!(
            r#"SELECT
                (SELECT count(*) FROM memberships WHERE organization_id = $1)
                    + (SELECT count(*) FROM invitations WHERE organization_id = $1) AS "members!",
                (SELECT count(*) FROM forms WHERE organization_id = $1) AS "forms!",
                -- What had waited sealed counts in the month in which it was let out: asked for so that an index tells the rest.
                (SELECT count(*) FROM submissions
                    WHERE organization_id = $1 AND received_at >= $2 AND verdict = 'accepted')
                    + (SELECT count(*) FROM submissions WHERE organization_id = $1
                        AND unsealed_at >= $2 AND received_at < $2 AND verdict = 'accepted') AS "submissions!",
                (SELECT count(*) FROM hook_endpoints WHERE organization_id = $1) AS "webhooks!""#,
            self.organization,
            instant(month),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let count = |stored: i64| u32::try_from(stored).unwrap_or(u32::MAX);
        Ok(Usage {
            members: count(row.members),
            forms: count(row.forms),
            submissions: count(row.submissions),
            webhooks: count(row.webhooks),
        })
    }

    async fn insert_checkout(&mut self, checkout: &Checkout) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO checkouts (organization_id, reference, plan, user_id, created_at) VALUES ($1, $2, $3, $4, $5)",
            self.organization,
            checkout.reference,
            checkout.plan.code(),
            checkout.by.map(|by| by.0),
            instant(checkout.created_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn checkouts(&mut self, since: Timestamp) -> Result<Vec<Checkout>, StorageError> {
        let rows = sqlx::query!(
            "SELECT reference, plan, user_id, created_at FROM checkouts
            WHERE organization_id = $1 AND created_at >= $2 ORDER BY created_at DESC",
            self.organization,
            instant(since),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Checkout {
                    reference: row.reference,
                    plan: value(&row.plan)?,
                    by: row.user_id.map(UserId),
                    created_at: timestamp(row.created_at)?,
                })
            })
            .collect()
    }

    async fn entered(&mut self) -> Result<Vec<Entered>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT kind AS "kind!", document_id AS "document_id!", currency AS "currency!", total AS "total!", refunded AS "refunded!"
            FROM entered()"#
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let kind = LedgerKind::of_code(&row.kind).ok_or_else(|| corrupt("kind of an entry"))?;
                let (id, currency) = (ProviderId(row.document_id), row.currency);
                Ok(Entered { kind, id, currency, total: row.total, refunded: row.refunded })
            })
            .collect()
    }

    async fn mark_differing(&mut self, looked_at: &[Bill], differing: &[&Bill]) -> Result<(), StorageError> {
        // Ids of orders and of invoices are series apart.
        let name = |bill: &Bill| format!("{} {}", bill.kind.code(), bill.id);
        let looked_at: Vec<_> = looked_at.iter().map(name).collect();
        let differing: Vec<_> = differing.iter().map(|bill| name(bill)).collect();
        sqlx::query!(
            "UPDATE billing_records
            SET differing_documents = array(SELECT unnest(differing_documents) EXCEPT SELECT unnest($2::text[])) || $3::text[]
            WHERE organization_id = $1 AND (differing_documents <> '{}' OR $3::text[] <> '{}')",
            self.organization,
            &looked_at,
            &differing,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn append(&mut self, entries: &[LedgerEntry]) -> Result<u64, StorageError> {
        let fresh = sqlx::query_scalar!(r#"SELECT append_ledger($1) AS "fresh!""#, ledger::stored(entries))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(fresh.unsigned_abs())
    }

    async fn ledger(
        &mut self,
        after: Option<&LedgerPlace>,
        most: u16,
    ) -> Result<Slice<LedgerEntry, LedgerPlace>, StorageError> {
        let rows = sqlx::query_as!(
            ledger::Row,
            r#"SELECT number AS "number!", billing_subject_id AS "billing_subject_id!", kind AS "kind!",
                document_id AS "document_id!", status AS "status!", currency AS "currency!",
                currency_rate AS "currency_rate!", subtotal AS "subtotal!", discount AS "discount!", tax AS "tax!", tax_name,
                tax_rate, tax_inclusive AS "tax_inclusive!", total AS "total!", refunded AS "refunded!",
                issued_at AS "issued_at!", is_test AS "is_test!", fiscal_year_end AS "fiscal_year_end!",
                retain_until AS "retain_until!"
            FROM own_ledger($1, $2, $3)"#,
            after.map(|place| instant(place.issued_at)),
            after.map(|place| place.number),
            i32::from(most) + 1,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let is_more = rows.len() > usize::from(most);
        let mut entries: Vec<(i64, LedgerEntry)> = rows
            .into_iter()
            .take(usize::from(most))
            .map(|row| Ok((row.number, row.try_into()?)))
            .collect::<Result<_, StorageError>>()?;
        let last = entries.last().filter(|_| is_more);
        let next = last.map(|(number, entry)| LedgerPlace { issued_at: entry.issued_at, number: *number });
        Ok(Slice { items: entries.drain(..).map(|(_, entry)| entry).collect(), next })
    }
}
