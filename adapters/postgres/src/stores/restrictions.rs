use std::collections::BTreeSet;

use async_trait::async_trait;
use qualify_domain::{
    audit::{FieldChange, Target},
    id::{LeadId, UserId},
    restriction::Restriction,
    text::{Email, Phone},
};
use qualify_ports::storage::{RestrictionStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, timestamp, value},
};

struct StoredRestriction {
    lead_id: Uuid,
    ground: String,
    names_ip: bool,
    since: OffsetDateTime,
    author_id: Option<Uuid>,
    lift_announced_at: Option<OffsetDateTime>,
    lift_refused_at: Option<OffsetDateTime>,
}

impl TryFrom<StoredRestriction> for Restriction {
    type Error = StorageError;

    fn try_from(row: StoredRestriction) -> Result<Self, StorageError> {
        Ok(Self {
            lead: LeadId(row.lead_id),
            ground: value(&row.ground)?,
            names_ip: row.names_ip,
            since: timestamp(row.since)?,
            author: row.author_id.map(UserId),
            lift_announced_at: row.lift_announced_at.map(timestamp).transpose()?,
            lift_refused_at: row.lift_refused_at.map(timestamp).transpose()?,
        })
    }
}

#[async_trait]
impl RestrictionStore for Work {
    async fn list(&mut self) -> Result<Vec<Restriction>, StorageError> {
        let rows = sqlx::query_as!(
            StoredRestriction,
            "SELECT lead_id, ground, names_ip, since, author_id, lift_announced_at, lift_refused_at FROM restrictions
            WHERE organization_id = $1 ORDER BY since DESC, lead_id",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Restriction::try_from).collect()
    }

    async fn hold(&mut self, lead: LeadId) -> Result<Option<Restriction>, StorageError> {
        let row = sqlx::query_as!(
            StoredRestriction,
            "SELECT lead_id, ground, names_ip, since, author_id, lift_announced_at, lift_refused_at FROM restrictions
            WHERE organization_id = $1 AND lead_id = $2 FOR UPDATE",
            self.organization,
            lead.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Restriction::try_from).transpose()
    }

    async fn lead_of(&mut self, email: Option<&Email>, phone: Option<&Phone>) -> Result<Option<LeadId>, StorageError> {
        // From the restricted ones to their marks: there are few of them, and mostly none.
        let lead = sqlx::query_scalar!(
            r#"SELECT l.id FROM leads AS l
            WHERE l.organization_id = $1 AND l.restricted AND (
                l.email_norm = lower($2 COLLATE "und-x-icu") COLLATE "C" OR l.phone_e164 = $3
                OR EXISTS (
                    SELECT FROM lead_aliases AS a WHERE a.organization_id = $1 AND a.lead_id = l.id AND (
                        a.kind = 'email' AND a.norm = lower($2 COLLATE "und-x-icu") COLLATE "C"
                        OR a.kind = 'phone' AND a.norm = $3
                    )
                )
            )
            ORDER BY l.created_at, l.id LIMIT 1"#,
            self.organization,
            email.map(|email| &**email),
            phone.and_then(Phone::e164),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(lead.map(LeadId))
    }

    async fn marks_among(&mut self, emails: &[String], phones: &[String]) -> Result<BTreeSet<String>, StorageError> {
        let marks = sqlx::query_scalar!(r#"SELECT restricted_marks($1, $2) AS "mark!""#, emails, phones)
            .fetch_all(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(marks.into_iter().collect())
    }

    async fn insert(&mut self, restriction: &Restriction) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO restrictions (organization_id, lead_id, ground, names_ip, since, author_id, lift_announced_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self.organization,
            restriction.lead.0,
            restriction.ground.code(),
            restriction.names_ip,
            instant(restriction.since),
            restriction.author.map(|author| author.0),
            restriction.lift_announced_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let change = FieldChange::between("restriction", "", restriction.ground.code());
        self.changed(Target::Lead(restriction.lead), vec![change]);
        Ok(())
    }

    async fn update(&mut self, restriction: &Restriction) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE restrictions SET lift_announced_at = $3, lift_refused_at = $4 WHERE organization_id = $1 AND lead_id = $2",
            self.organization,
            restriction.lead.0,
            restriction.lift_announced_at.map(instant),
            restriction.lift_refused_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let field = if restriction.lift_refused_at.is_some() { "lift_refused" } else { "lift_announced" };
        self.touched(Target::Lead(restriction.lead), &[field]);
        Ok(())
    }

    async fn lift(&mut self, lead: LeadId) -> Result<bool, StorageError> {
        let lifted = sqlx::query!(
            "DELETE FROM restrictions WHERE organization_id = $1 AND lead_id = $2",
            self.organization,
            lead.0
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if lifted.rows_affected() == 0 {
            return Ok(false);
        }
        // What came in meanwhile was appended and changed nothing; the time of the last contact counts it now.
        sqlx::query!(
            "UPDATE leads AS l SET last_submission_at = greatest(l.last_submission_at, sent.at),
                last_activity_at = greatest(l.last_activity_at, sent.at)
            FROM (SELECT max(received_at) AS at FROM submissions WHERE organization_id = $1 AND lead_id = $2) AS sent
            WHERE l.organization_id = $1 AND l.id = $2",
            self.organization,
            lead.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(true)
    }
}
