use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::{LeadId, OrganizationId, RightsRequestId, SubmissionId},
    rights_request::{Asker, RightsPolicy},
    slug::Slug,
    text::Email,
};
use qualify_ports::storage::{KeptRequest, PassedOn, RequestList, RightsLink, RightsStore, StorageError};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    rights_rows::{Changing, RequestRow},
    rights_steps::StoredWish,
};
use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{digest, instant, optional, timestamp, value, values},
};

#[async_trait]
impl RightsStore for Work {
    async fn insert(&mut self, kept: &KeptRequest) -> Result<(), StorageError> {
        let changing = Changing::from(kept);
        let user = if let Asker::Member(user) = kept.request.asker { Some(user.0) } else { None };
        sqlx::query!(
            "INSERT INTO rights_requests (organization_id, id, kind, email, email_norm, user_id, language, words, wish,
                received_at, steps, state, due_at, told, next_at, version, passed_on_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            self.organization,
            kept.request.id.0,
            kept.request.right.code(),
            changing.email,
            changing.email_norm,
            user,
            kept.language.code(),
            kept.words.as_deref(),
            StoredWish::of(&kept.wish).map(Json) as _,
            instant(kept.request.received_at),
            Json(changing.steps) as _,
            kept.request.state().code(),
            changing.due_at,
            Json(changing.told) as _,
            changing.next_at,
            kept.version,
            kept.passed_on_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::RightsRequest(kept.request.id), &["new"]);
        Ok(())
    }

    async fn take_passed_on(&mut self, id: RightsRequestId, now: Timestamp) -> Result<Option<PassedOn>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT kind AS "kind!", email AS "email!", words, language AS "language!", received_at AS "received_at!",
                passed_on_at AS "passed_on_at!"
            FROM take_passed_request($1, $2)"#,
            id.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let taken = row.map(|row| {
            Ok(PassedOn {
                right: value(&row.kind)?,
                address: value(&row.email)?,
                words: optional(row.words.as_deref())?,
                language: value(&row.language)?,
                received_at: timestamp(row.received_at)?,
                passed_on_at: timestamp(row.passed_on_at)?,
            })
        });
        taken.transpose()
    }

    async fn find(&mut self, id: RightsRequestId) -> Result<Option<KeptRequest>, StorageError> {
        let row = sqlx::query_as!(
            RequestRow,
            r#"SELECT id, kind, email, user_id, language, words, wish AS "wish: _", received_at, steps AS "steps: _",
                told AS "told: _", next_at, passed_on_at, version
            FROM rights_requests WHERE organization_id = $1 AND id = $2"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(KeptRequest::try_from).transpose()
    }

    async fn keep(&mut self, kept: &KeptRequest) -> Result<(), StorageError> {
        let changing = Changing::from(kept);
        let kept_now = sqlx::query!(
            "UPDATE rights_requests SET email = $4, email_norm = $5, steps = $6, state = $7, due_at = $8, told = $9,
                next_at = $10, words = $11, wish = $12, version = version + 1
            WHERE organization_id = $1 AND id = $2 AND version = $3",
            self.organization,
            kept.request.id.0,
            kept.version,
            changing.email,
            changing.email_norm,
            Json(changing.steps) as _,
            kept.request.state().code(),
            changing.due_at,
            Json(changing.told) as _,
            changing.next_at,
            kept.words.as_deref(),
            StoredWish::of(&kept.wish).map(Json) as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if kept_now.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.touched(Target::RightsRequest(kept.request.id), &[kept.request.state().code()]);
        Ok(())
    }

    async fn hold_of(&mut self, addresses: &BTreeSet<String>) -> Result<Vec<KeptRequest>, StorageError> {
        let addresses: Vec<String> = addresses.iter().cloned().collect();
        let rows = sqlx::query_as!(
            RequestRow,
            r#"SELECT id, kind, email, user_id, language, words, wish AS "wish: _", received_at, steps AS "steps: _",
                told AS "told: _", next_at, passed_on_at, version
            FROM rights_requests WHERE organization_id = $1 AND email_norm = ANY ($2) ORDER BY id FOR UPDATE"#,
            self.organization,
            &addresses,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(KeptRequest::try_from).collect()
    }

    async fn unmailed(&mut self, addresses: &BTreeSet<String>) -> Result<Vec<(RightsRequestId, u32)>, StorageError> {
        let addresses: Vec<String> = addresses.iter().cloned().collect();
        let rows = sqlx::query!(
            r#"SELECT r.id, (o.event ->> 'step')::integer AS "step!"
            FROM outbox AS o JOIN rights_requests AS r
                ON r.organization_id = o.organization_id AND r.id::text = o.event ->> 'request'
            WHERE o.organization_id = $1 AND o.event ->> 'event' = 'rights_request_moved' AND o.parked_at IS NULL
                AND r.email_norm = ANY ($2)"#,
            self.organization,
            &addresses,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let steps = rows
            .into_iter()
            .map(|row| Ok((RightsRequestId(row.id), u32::try_from(row.step).map_err(|_| corrupt("step"))?)));
        steps.collect()
    }

    async fn list(&mut self, which: RequestList, skip: u32, limit: u16) -> Result<Vec<KeptRequest>, StorageError> {
        let (skip, limit) = (i64::from(skip), i64::from(limit));
        let rows = match which {
            RequestList::Waiting => {
                sqlx::query_as!(
                    RequestRow,
                    r#"SELECT id, kind, email, user_id, language, words, wish AS "wish: _", received_at,
                        steps AS "steps: _", told AS "told: _", next_at, passed_on_at, version
                    FROM rights_requests
                    WHERE organization_id = $1 AND state IN ('received', 'awaiting_identity', 'open')
                    ORDER BY due_at, id OFFSET $2 LIMIT $3"#,
                    self.organization,
                    skip,
                    limit,
                )
                .fetch_all(&mut *self.sql)
                .await
            }
            RequestList::Over => {
                sqlx::query_as!(
                    RequestRow,
                    r#"SELECT id, kind, email, user_id, language, words, wish AS "wish: _", received_at,
                        steps AS "steps: _", told AS "told: _", next_at, passed_on_at, version
                    FROM rights_requests
                    WHERE organization_id = $1 AND state IN ('answered', 'refused', 'lapsed')
                    ORDER BY received_at DESC, id DESC OFFSET $2 LIMIT $3"#,
                    self.organization,
                    skip,
                    limit,
                )
                .fetch_all(&mut *self.sql)
                .await
            }
        };
        rows.map_err(failed)?.into_iter().map(KeptRequest::try_from).collect()
    }

    async fn insert_link(&mut self, link: &RightsLink) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO rights_links (organization_id, request_id, digest, ends_at) VALUES ($1, $2, $3, $4)",
            self.organization,
            link.request.0,
            &link.digest[..],
            instant(link.ends_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn link_of(&mut self, request: RightsRequestId, now: Timestamp) -> Result<Option<RightsLink>, StorageError> {
        let row = sqlx::query!(
            "SELECT digest, ends_at FROM rights_links
            WHERE organization_id = $1 AND request_id = $2 AND used_at IS NULL AND ends_at > $3",
            self.organization,
            request.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| Ok(RightsLink { request, digest: digest(&row.digest)?, ends_at: timestamp(row.ends_at)? }))
            .transpose()
    }

    async fn find_link(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<RightsRequestId>, StorageError> {
        let found = sqlx::query_scalar!(
            "SELECT request_id FROM rights_links
            WHERE organization_id = $1 AND digest = $2 AND used_at IS NULL AND ends_at > $3",
            self.organization,
            &digest[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(found.map(RightsRequestId))
    }

    async fn use_link(
        &mut self,
        digest: &[u8; 32],
        session: &[u8; 32],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let used = sqlx::query!(
            "UPDATE rights_links SET used_at = $5, session = $3, ends_at = $4
            WHERE organization_id = $1 AND digest = $2 AND used_at IS NULL AND ends_at > $5",
            self.organization,
            &digest[..],
            &session[..],
            instant(until),
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(used.rows_affected() == 1)
    }

    async fn find_session(
        &mut self,
        session: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<RightsRequestId>, StorageError> {
        let found = sqlx::query_scalar!(
            "SELECT request_id FROM rights_links WHERE organization_id = $1 AND session = $2 AND ends_at > $3",
            self.organization,
            &session[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(found.map(RightsRequestId))
    }

    async fn loose_of(&mut self, address: &Email, leads: &[LeadId]) -> Result<Vec<SubmissionId>, StorageError> {
        let leads: Vec<Uuid> = leads.iter().map(|lead| lead.0).collect();
        let found = sqlx::query_scalar!(
            r#"SELECT id FROM submissions
            WHERE organization_id = $1 AND email_norm = $2
                AND (lead_id IS NULL OR lead_id <> ALL ($3))
            ORDER BY received_at, id"#,
            self.organization,
            address.normalized(),
            &leads,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(found.into_iter().map(SubmissionId).collect())
    }

    async fn policy(&mut self) -> Result<RightsPolicy, StorageError> {
        let automatic = sqlx::query_scalar!(
            "SELECT automatic_rights FROM organizations WHERE organization_id = $1",
            self.organization,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(RightsPolicy::of(values(&automatic)?))
    }

    async fn set_policy(&mut self, policy: &RightsPolicy) -> Result<(), StorageError> {
        let automatic: Vec<String> = policy.automatic().map(|right| right.code().to_owned()).collect();
        sqlx::query!(
            "UPDATE organizations SET automatic_rights = $2 WHERE organization_id = $1",
            self.organization,
            &automatic,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["automatic_rights"]);
        Ok(())
    }

    async fn slug(&mut self) -> Result<Slug, StorageError> {
        let slug = sqlx::query_scalar!("SELECT slug FROM organizations WHERE organization_id = $1", self.organization)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        value(&slug)
    }

    async fn set_slug(&mut self, slug: &Slug) -> Result<(), StorageError> {
        // What comes back with a tail is somebody else's.
        let free = sqlx::query_scalar!(r#"SELECT free_slug($1, 'taken') AS "free!""#, &**slug)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        if free != **slug {
            return Err(StorageError::Conflict);
        }
        sqlx::query!("UPDATE organizations SET slug = $2 WHERE organization_id = $1", self.organization, &**slug)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["slug"]);
        Ok(())
    }
}
