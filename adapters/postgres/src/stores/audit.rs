use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::{Action, Entry, EntryFilter, FieldChange, Mark, SecurityEvent, SecurityKind, Target},
    id::{OrganizationId, UserId},
};
use qualify_ports::storage::{AuditStore, SecurityLog, Slice, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::{PlatformWork, Work},
    values::{digest, instant, timestamp},
};

struct EntryRow {
    organization_id: Uuid,
    sequence: i64,
    at: OffsetDateTime,
    actor_kind: String,
    actor_id: Option<Uuid>,
    session_id: Option<Uuid>,
    action: String,
    target_kind: Option<String>,
    target_id: Option<Uuid>,
    times: i32,
    changes: Vec<String>,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StorageError;

    fn try_from(row: EntryRow) -> Result<Self, StorageError> {
        Ok(Self {
            organization: OrganizationId(row.organization_id),
            sequence: row.sequence,
            at: timestamp(row.at)?,
            actor_kind: row.actor_kind,
            actor: row.actor_id,
            session: row.session_id,
            action: row.action,
            target_kind: row.target_kind,
            target: row.target_id,
            times: row.times,
            changes: row.changes,
            previous: digest(&row.previous)?,
            hash: digest(&row.hash)?,
        })
    }
}

#[async_trait]
impl AuditStore for Work {
    async fn page(
        &mut self,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Slice<Entry, i64>, StorageError> {
        let rows = sqlx::query_as!(
            EntryRow,
            "SELECT organization_id, sequence, at, actor_kind, actor_id, session_id, action, target_kind, target_id,
                times, changes, previous, hash
            FROM audit_entries
            WHERE organization_id = $1 AND ($2::bigint IS NULL OR sequence < $2)
                AND ($3::uuid IS NULL OR actor_id = $3) AND ($4::text IS NULL OR action = $4)
                AND ($5::uuid IS NULL OR target_id = $5)
                AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
            ORDER BY sequence DESC LIMIT $8",
            self.organization,
            before,
            filter.actor.map(|actor| actor.0),
            filter.action.map(Action::code),
            filter.target,
            filter.from.map(instant),
            filter.until.map(instant),
            i64::from(limit) + 1,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut items: Vec<Entry> = rows.into_iter().map(Entry::try_from).collect::<Result<_, _>>()?;
        let more = items.len() > usize::from(limit);
        items.truncate(usize::from(limit));
        let next = items.last().filter(|_| more).map(|last| last.sequence);
        Ok(Slice { items, next })
    }

    async fn chain(&mut self, after: i64, limit: u16) -> Result<Vec<Entry>, StorageError> {
        let rows = sqlx::query_as!(
            EntryRow,
            "SELECT organization_id, sequence, at, actor_kind, actor_id, session_id, action, target_kind, target_id,
                times, changes, previous, hash
            FROM audit_entries WHERE organization_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            self.organization,
            after,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Entry::try_from).collect()
    }

    async fn ends(&mut self) -> Result<(Mark, Mark), StorageError> {
        let head = sqlx::query!("SELECT sequence, hash FROM audit_heads WHERE organization_id = $1", self.organization)
            .fetch_optional(&mut *self.sql)
            .await
            .map_err(failed)?;
        let anchor = sqlx::query!(
            "SELECT sequence, hash FROM audit_anchors WHERE organization_id = $1 ORDER BY sequence DESC LIMIT 1",
            self.organization,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mark = |sequence, hash: Vec<u8>| Ok::<_, StorageError>(Mark { sequence, hash: digest(&hash)? });
        let anchor = anchor.map_or(Ok(Mark::START), |row| mark(row.sequence, row.hash))?;
        let head = head.map_or(Ok(anchor), |row| mark(row.sequence, row.hash))?;
        Ok((anchor, head))
    }

    fn tell(&mut self, target: Target, changes: Vec<FieldChange>) {
        self.changed(target, changes);
    }

    async fn note(&mut self, event: &SecurityEvent, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "SELECT note_security($1, $2, $3, $4, $5, $6, $7)",
            instant(now),
            event.actor.kind(),
            event.actor.id(),
            event.session.map(|session| session.0),
            event.kind.code(),
            event.target.map(Target::kind),
            event.target.map(Target::id),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

#[async_trait]
impl SecurityLog for PlatformWork {
    async fn tell(&mut self, user: UserId, event: &SecurityEvent, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "SELECT tell_security($1, $2, $3, $4, $5, $6, $7, $8)",
            user.0,
            instant(now),
            event.actor.kind(),
            event.actor.id(),
            event.session.map(|session| session.0),
            event.kind.code(),
            event.target.map(Target::kind),
            event.target.map(Target::id),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn count(&mut self, kind: SecurityKind, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO security_counts AS known (kind, hour, times) VALUES ($1, date_trunc('hour', $2::timestamptz, 'UTC'), 1)
            ON CONFLICT (kind, hour) DO UPDATE SET times = known.times + 1",
            kind.code(),
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn settle(&mut self, now: Timestamp, limit: u16) -> Result<u64, StorageError> {
        let dealt =
            sqlx::query_scalar!(r#"SELECT settle_security($1, $2) AS "dealt!""#, instant(now), i32::from(limit))
                .fetch_one(&mut *self.sql)
                .await
                .map_err(failed)?;
        u64::try_from(dealt).map_err(|_| corrupt("number of tallies"))
    }

    async fn audited(
        &mut self,
        after: Option<OrganizationId>,
        limit: u16,
    ) -> Result<Vec<OrganizationId>, StorageError> {
        let ids = sqlx::query_scalar!(
            r#"SELECT organization AS "id!" FROM audited_organizations($1, $2) AS organization"#,
            after.map(|after| after.0),
            i32::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(ids.into_iter().map(OrganizationId).collect())
    }
}
