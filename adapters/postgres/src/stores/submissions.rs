use async_trait::async_trait;
use ipnetwork::IpNetwork;
use jiff::Timestamp;
use qualify_domain::{
    audit::{FieldChange, Target},
    consent::Asked,
    id::{FormId, LeadId, SubmissionId},
    spam::Verdict,
    submission::{Answers, Attribution, OwnAnswers, PurposeAnswer, SEALED_KEPT, Submission},
};
use qualify_ports::storage::{Received, Slice, StorageError, SubmissionCursor, SubmissionStore, Unsealed};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, optional, phone, timestamp, value, values},
};

struct SubmissionRow {
    id: Uuid,
    form_id: Uuid,
    form_version: i32,
    received_at: OffsetDateTime,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    message: Option<String>,
    consented: bool,
    own: Json<OwnAnswers>,
    purposes: Json<Vec<PurposeAnswer>>,
    consent_wording: Option<String>,
    notice: String,
    page: Option<String>,
    landing_page: Option<String>,
    referrer: Option<String>,
    utm_source: Option<String>,
    utm_medium: Option<String>,
    utm_campaign: Option<String>,
    utm_term: Option<String>,
    utm_content: Option<String>,
    gclid: Option<String>,
    fbclid: Option<String>,
    msclkid: Option<String>,
    ip: Option<IpNetwork>,
    verdict: String,
    spam_reasons: Vec<String>,
    lead_id: Option<Uuid>,
}

impl TryFrom<SubmissionRow> for Submission {
    type Error = StorageError;

    fn try_from(row: SubmissionRow) -> Result<Self, StorageError> {
        let attribution = row.attribution()?;
        let reasons = values(&row.spam_reasons)?;
        Ok(Self {
            id: SubmissionId(row.id),
            form: FormId(row.form_id),
            form_version: row.form_version,
            received_at: timestamp(row.received_at)?,
            answers: Answers {
                name: optional(row.name.as_deref())?,
                email: optional(row.email.as_deref())?,
                phone: phone(row.phone, row.phone_e164),
                message: optional(row.message.as_deref())?,
                consented: row.consented,
                own: row.own.0,
                purposes: row.purposes.0,
            },
            attribution,
            ip: row.ip.map(|ip| ip.ip()),
            consent_wording: optional(row.consent_wording.as_deref())?,
            notice: value(&row.notice)?,
            verdict: match row.verdict.as_str() {
                "quarantined" => Verdict::Quarantined(reasons),
                "sealed" => Verdict::Sealed(reasons),
                _ => Verdict::Accepted,
            },
            lead: row.lead_id.map(LeadId),
        })
    }
}

impl SubmissionRow {
    /// The submission as it may be shown at `now`: each way to read one goes through here (RET-2).
    fn shown(self, now: Timestamp) -> Result<Submission, StorageError> {
        Ok(Submission::try_from(self)?.shown(now))
    }

    fn attribution(&self) -> Result<Attribution, StorageError> {
        Ok(Attribution {
            page: optional(self.page.as_deref())?,
            landing_page: optional(self.landing_page.as_deref())?,
            referrer: optional(self.referrer.as_deref())?,
            source: optional(self.utm_source.as_deref())?,
            medium: optional(self.utm_medium.as_deref())?,
            campaign: optional(self.utm_campaign.as_deref())?,
            term: optional(self.utm_term.as_deref())?,
            content: optional(self.utm_content.as_deref())?,
            gclid: optional(self.gclid.as_deref())?,
            fbclid: optional(self.fbclid.as_deref())?,
            msclkid: optional(self.msclkid.as_deref())?,
        })
    }
}

struct AskedRow {
    matter: String,
    wording: String,
    agreed: bool,
    form_id: Uuid,
    id: Uuid,
    received_at: OffsetDateTime,
}

impl TryFrom<AskedRow> for Asked {
    type Error = StorageError;

    fn try_from(row: AskedRow) -> Result<Self, StorageError> {
        Ok(Self {
            matter: value(&row.matter)?,
            wording: value(&row.wording)?,
            agreed: row.agreed,
            form: FormId(row.form_id),
            submission: SubmissionId(row.id),
            at: timestamp(row.received_at)?,
        })
    }
}

/// One column list for the queries, each of which stays checked at build time.
macro_rules! submissions {
    ($rest:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            SubmissionRow,
            "SELECT id, form_id, form_version, received_at, name, email, phone, phone_e164, message, consented, own AS \"own: _\", "
                + "purposes AS \"purposes: _\", "
                + "consent_wording, notice, page, landing_page, referrer, utm_source, utm_medium, utm_campaign, "
                + "utm_term, utm_content, gclid, fbclid, msclkid, ip, verdict, spam_reasons, lead_id "
                + "FROM submissions AS s WHERE organization_id = $1 AND "
                + $rest,
            $($argument),+
        )
    };
}

#[async_trait]
impl SubmissionStore for Work {
    async fn find(&mut self, id: SubmissionId) -> Result<Option<Submission>, StorageError> {
        let query = submissions!("id = $2", self.organization, id.0);
        let row = query.fetch_optional(&mut *self.sql).await.map_err(failed)?;
        row.map(|row| row.shown(self.now())).transpose()
    }

    async fn all(&mut self, ids: &[SubmissionId]) -> Result<Vec<Submission>, StorageError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = submissions!("id = ANY ($2)", self.organization, &ids);
        let rows = rows.fetch_all(&mut *self.sql).await.map_err(failed)?;
        rows.into_iter().map(|row| row.shown(self.now())).collect()
    }

    async fn of_form(
        &mut self,
        form: FormId,
        which: Received,
        after: Option<SubmissionCursor>,
        limit: u16,
    ) -> Result<Slice<Submission, SubmissionCursor>, StorageError> {
        let (at, id) = (after.map(|place| instant(place.at)), after.map(|place| place.id.0));
        let most = i64::from(limit) + 1;
        // Two statements, so that each has its index.
        let rows = match which {
            Received::All => {
                submissions!(
                    "form_id = $2 AND ($3::timestamptz IS NULL OR (received_at, id) < ($3, $4)) \
                     ORDER BY received_at DESC, id DESC LIMIT $5",
                    self.organization,
                    form.0,
                    at,
                    id,
                    most
                )
                .fetch_all(&mut *self.sql)
                .await
            }
            Received::Quarantined => {
                submissions!(
                    "form_id = $2 AND verdict = 'quarantined' \
                     AND ($3::timestamptz IS NULL OR (received_at, id) < ($3, $4)) \
                     ORDER BY received_at DESC, id DESC LIMIT $5",
                    self.organization,
                    form.0,
                    at,
                    id,
                    most
                )
                .fetch_all(&mut *self.sql)
                .await
            }
        };
        let rows = rows.map_err(failed)?.into_iter().map(|row| row.shown(self.now()));
        let mut items = rows.collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > usize::from(limit);
        items.truncate(usize::from(limit));
        let last = items.last().filter(|_| more);
        let next = last.map(|last| SubmissionCursor { at: last.received_at, id: last.id });
        Ok(Slice { items, next })
    }

    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Submission>, StorageError> {
        let query = submissions!(
            "lead_id = $2 AND ($4::uuid[] IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.organization_id = $1 \
             AND l.id = s.lead_id AND (l.owner_id = ANY ($4) OR l.owner_id IS NULL))) \
             ORDER BY received_at DESC, id DESC LIMIT $3",
            self.organization,
            lead.0,
            i64::from(limit),
            self.owners.as_deref() as _
        );
        let rows = query.fetch_all(&mut *self.sql).await.map_err(failed)?;
        rows.into_iter().map(|row| row.shown(self.now())).collect()
    }

    async fn asked_of(&mut self, lead: LeadId) -> Result<Vec<Asked>, StorageError> {
        // A form that does not collect on consent may keep words for its box, but shows none: there, only a tick tells.
        let rows = sqlx::query_as!(
            AskedRow,
            "SELECT DISTINCT ON (asked.matter, asked.agreed) asked.matter AS \"matter!\", asked.wording AS \"wording!\",
                asked.agreed AS \"agreed!\", s.form_id, s.id, s.received_at
            FROM submissions AS s CROSS JOIN LATERAL (
                SELECT 'request' AS matter, s.consent_wording AS wording, true AS agreed
                WHERE s.consented AND s.consent_wording IS NOT NULL
                UNION ALL
                SELECT one ->> 'purpose', one ->> 'wording', (one ->> 'agreed')::boolean
                FROM jsonb_array_elements(s.purposes) AS boxes (one)
            ) AS asked
            WHERE s.organization_id = $1 AND s.lead_id = $2
                AND ($3::uuid[] IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.organization_id = $1
                    AND l.id = s.lead_id AND (l.owner_id = ANY ($3) OR l.owner_id IS NULL)))
            ORDER BY asked.matter, asked.agreed, s.received_at DESC, s.id DESC",
            self.organization,
            lead.0,
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Asked::try_from).collect()
    }

    async fn assign(&mut self, id: SubmissionId, lead: LeadId) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE submissions SET lead_id = $3 WHERE organization_id = $1 AND id = $2",
            self.organization,
            id.0,
            lead.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.changed(Target::Submission(id), vec![FieldChange::between("lead", "", lead)]);
        Ok(())
    }

    async fn release(&mut self, id: SubmissionId) -> Result<bool, StorageError> {
        let released = sqlx::query!(
            "UPDATE submissions SET verdict = 'accepted'
            WHERE organization_id = $1 AND id = $2 AND verdict = 'quarantined'",
            self.organization,
            id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let released = released.rows_affected() == 1;
        if released {
            self.changed(Target::Submission(id), vec![FieldChange::between("verdict", "quarantined", "accepted")]);
        }
        Ok(released)
    }

    async fn discard(&mut self, id: SubmissionId) -> Result<bool, StorageError> {
        let discarded = sqlx::query!(
            "DELETE FROM submissions WHERE organization_id = $1 AND id = $2 AND verdict = 'quarantined'",
            self.organization,
            id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let discarded = discarded.rows_affected() == 1;
        if discarded {
            self.touched(Target::Submission(id), &["removed"]);
        }
        Ok(discarded)
    }

    async fn sealed_count(&mut self) -> Result<u64, StorageError> {
        let waiting = sqlx::query_scalar!(r#"SELECT sealed_here() AS "waiting!""#)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        u64::try_from(waiting).map_err(|_| corrupt("number of submissions"))
    }

    async fn release_sealed(&mut self, most: u16, now: Timestamp) -> Result<Vec<Unsealed>, StorageError> {
        let since = now.saturating_sub(SEALED_KEPT).unwrap_or(Timestamp::MIN);
        let rows = sqlx::query!(
            r#"WITH chosen AS (
                SELECT id FROM submissions
                WHERE organization_id = $1 AND verdict = 'sealed' AND lead_id IS NULL AND received_at > $3
                ORDER BY received_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
            ), unsealed AS (
                UPDATE submissions AS s SET unsealed_at = $4,
                    verdict = CASE WHEN s.spam_reasons = '{}' THEN 'accepted' ELSE 'quarantined' END
                FROM chosen WHERE s.organization_id = $1 AND s.id = chosen.id
                RETURNING s.id, s.form_id, s.received_at, s.verdict
            )
            SELECT id, form_id, verdict FROM unsealed ORDER BY received_at, id"#,
            self.organization,
            i64::from(most),
            instant(since),
            instant(now),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut unsealed = Vec::with_capacity(rows.len());
        for row in rows {
            let submission = SubmissionId(row.id);
            self.changed(Target::Submission(submission), vec![FieldChange::between("verdict", "sealed", &row.verdict)]);
            unsealed.push(Unsealed { submission, form: FormId(row.form_id), is_accepted: row.verdict == "accepted" });
        }
        Ok(unsealed)
    }
}
