use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::{SupportGrantId, SupportVisitId, UserId},
    support::{SupportGrant, SupportVisit},
};
use qualify_ports::storage::{StorageError, SupportStore};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, timestamp, value},
};

struct StoredGrant {
    id: Uuid,
    reason: String,
    author_id: Uuid,
    opened_at: OffsetDateTime,
    ends_at: OffsetDateTime,
    ended_at: Option<OffsetDateTime>,
    ended_by: Option<Uuid>,
}

impl TryFrom<StoredGrant> for SupportGrant {
    type Error = StorageError;

    fn try_from(row: StoredGrant) -> Result<Self, StorageError> {
        Ok(Self {
            id: SupportGrantId(row.id),
            reason: value(&row.reason)?,
            author: UserId(row.author_id),
            opened_at: timestamp(row.opened_at)?,
            ends_at: timestamp(row.ends_at)?,
            ended: row.ended_at.map(timestamp).transpose()?.zip(row.ended_by.map(UserId)),
        })
    }
}

struct StoredVisit {
    id: Uuid,
    grant_id: Uuid,
    made_at: OffsetDateTime,
    begun_at: Option<OffsetDateTime>,
    left_at: Option<OffsetDateTime>,
}

impl TryFrom<StoredVisit> for SupportVisit {
    type Error = StorageError;

    fn try_from(row: StoredVisit) -> Result<Self, StorageError> {
        Ok(Self {
            id: SupportVisitId(row.id),
            grant: SupportGrantId(row.grant_id),
            made_at: timestamp(row.made_at)?,
            begun_at: row.begun_at.map(timestamp).transpose()?,
            left_at: row.left_at.map(timestamp).transpose()?,
        })
    }
}

#[async_trait]
impl SupportStore for Work {
    async fn list(&mut self) -> Result<Vec<(SupportGrant, Vec<SupportVisit>)>, StorageError> {
        let grants = sqlx::query_as!(
            StoredGrant,
            "SELECT id, reason, author_id, opened_at, ends_at, ended_at, ended_by FROM support_grants
            WHERE organization_id = $1 ORDER BY opened_at DESC, id DESC",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let visits = sqlx::query_as!(
            StoredVisit,
            "SELECT id, grant_id, made_at, begun_at, left_at FROM support_visits
            WHERE organization_id = $1 ORDER BY made_at, id",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let visits: Vec<SupportVisit> = visits.into_iter().map(SupportVisit::try_from).collect::<Result<_, _>>()?;
        let of = |id| visits.iter().filter(|visit| visit.grant == id).cloned().collect();
        let grants = grants.into_iter().map(SupportGrant::try_from);
        grants.map(|grant| grant.map(|grant| (grant.clone(), of(grant.id)))).collect()
    }

    async fn open(&mut self, now: Timestamp) -> Result<Vec<SupportGrant>, StorageError> {
        let rows = sqlx::query_as!(
            StoredGrant,
            "SELECT id, reason, author_id, opened_at, ends_at, ended_at, ended_by FROM support_grants
            WHERE organization_id = $1 AND ended_at IS NULL AND ends_at > $2 ORDER BY ends_at DESC, id",
            self.organization,
            instant(now),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(SupportGrant::try_from).collect()
    }

    async fn insert(&mut self, grant: &SupportGrant) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO support_grants (organization_id, id, reason, author_id, opened_at, ends_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self.organization,
            grant.id.0,
            &*grant.reason,
            grant.author.0,
            instant(grant.opened_at),
            instant(grant.ends_at),
            instant(grant.kept_until()),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::SupportGrant(grant.id), &["new"]);
        Ok(())
    }

    async fn end(&mut self, grant: &SupportGrant) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE support_grants SET ended_at = $3, ended_by = $4
            WHERE organization_id = $1 AND id = $2 AND ended_at IS NULL",
            self.organization,
            grant.id.0,
            grant.ended.map(|(at, _)| instant(at)),
            grant.ended.map(|(_, by)| by.0),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::SupportGrant(grant.id), &["ended"]);
        Ok(())
    }

    async fn invite(&mut self, visit: &SupportVisit, digest: &[u8; 32]) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO support_visits (organization_id, id, grant_id, digest, made_at, link_ends_at)
            VALUES ($1, $2, $3, $4, $5, $6)",
            self.organization,
            visit.id.0,
            visit.grant.0,
            &digest[..],
            instant(visit.made_at),
            instant(visit.link_ends_at()),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::SupportGrant(visit.grant), &["link"]);
        Ok(())
    }

    async fn find_link(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<SupportGrant>, StorageError> {
        let row = sqlx::query_as!(
            StoredGrant,
            "SELECT g.id, g.reason, g.author_id, g.opened_at, g.ends_at, g.ended_at, g.ended_by
            FROM support_visits AS v
            JOIN support_grants AS g ON g.organization_id = v.organization_id AND g.id = v.grant_id
            WHERE v.organization_id = $1 AND v.digest = $2 AND v.session IS NULL AND v.link_ends_at > $3
                AND g.ended_at IS NULL AND g.ends_at > $3",
            self.organization,
            &digest[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(SupportGrant::try_from).transpose()
    }

    async fn use_link(&mut self, digest: &[u8; 32], session: &[u8; 32], now: Timestamp) -> Result<bool, StorageError> {
        let grant = sqlx::query_scalar!(
            "UPDATE support_visits AS v SET session = $3, begun_at = $4
            WHERE v.organization_id = $1 AND v.digest = $2 AND v.session IS NULL AND v.link_ends_at > $4 AND EXISTS (
                SELECT FROM support_grants AS g
                WHERE g.organization_id = $1 AND g.id = v.grant_id AND g.ended_at IS NULL AND g.ends_at > $4
            )
            RETURNING v.grant_id",
            self.organization,
            &digest[..],
            &session[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(grant) = grant else { return Ok(false) };
        self.touched(Target::SupportGrant(SupportGrantId(grant)), &["entered"]);
        Ok(true)
    }

    async fn find_session(
        &mut self,
        session: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(SupportGrant, SupportVisit)>, StorageError> {
        let visit = sqlx::query_as!(
            StoredVisit,
            "SELECT id, grant_id, made_at, begun_at, left_at FROM support_visits
            WHERE organization_id = $1 AND session = $2 AND left_at IS NULL",
            self.organization,
            &session[..],
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(visit) = visit else { return Ok(None) };
        let grant = sqlx::query_as!(
            StoredGrant,
            "SELECT id, reason, author_id, opened_at, ends_at, ended_at, ended_by FROM support_grants
            WHERE organization_id = $1 AND id = $2 AND ended_at IS NULL AND ends_at > $3",
            self.organization,
            visit.grant_id,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        grant.map(|grant| Ok((grant.try_into()?, visit.try_into()?))).transpose()
    }

    async fn leave(
        &mut self,
        visit: SupportVisitId,
        grant: SupportGrantId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE support_visits SET left_at = $3 WHERE organization_id = $1 AND id = $2 AND left_at IS NULL",
            self.organization,
            visit.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::SupportGrant(grant), &["left"]);
        Ok(())
    }
}
