//! A row of the list.

use qualify_domain::{
    id::{FormId, LeadId, StageId, UserId},
    lead_order::{LeadOrder, SortBy, SortKey},
    property::Properties,
};
use qualify_ports::storage::{LeadRow, StorageError};
use sqlx::{FromRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::values::{optional, phone, standing, timestamp, value, values};

/// What a row is made of.
pub(super) const COLUMNS: &str = "id, name, name_norm, email, phone, phone_e164, company, company_norm, tags, properties, stage_id, owner_id, \
                                  form_id, legal_basis, fit, engagement, created_at, last_submission_at, last_activity_at, version";

#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    name: Option<String>,
    name_norm: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    company: Option<String>,
    company_norm: Option<String>,
    tags: Vec<String>,
    properties: Json<Properties>,
    stage_id: Uuid,
    owner_id: Option<Uuid>,
    form_id: Option<Uuid>,
    legal_basis: String,
    fit: i16,
    engagement: i16,
    created_at: OffsetDateTime,
    last_submission_at: OffsetDateTime,
    last_activity_at: OffsetDateTime,
    version: i32,
}

impl Row {
    /// The lead, and by what it is sorted.
    pub fn told(self, order: LeadOrder) -> Result<(LeadRow, SortKey), StorageError> {
        let (created_at, last_submission_at) = (timestamp(self.created_at)?, timestamp(self.last_submission_at)?);
        let last_activity_at = timestamp(self.last_activity_at)?;
        let score = standing(self.fit, self.engagement)?;
        let key = match order.by {
            SortBy::Created => SortKey::Instant(created_at),
            SortBy::LastSubmission => SortKey::Instant(last_submission_at),
            SortBy::LastActivity => SortKey::Instant(last_activity_at),
            SortBy::Company => self.company_norm.map_or(SortKey::Nothing, SortKey::Text),
            SortBy::Name => self.name_norm.map_or(SortKey::Nothing, SortKey::Text),
            SortBy::Grade => SortKey::Text(score.place()),
        };
        let lead = LeadRow {
            id: LeadId(self.id),
            name: optional(self.name.as_deref())?,
            email: optional(self.email.as_deref())?,
            phone: phone(self.phone, self.phone_e164),
            company: optional(self.company.as_deref())?,
            tags: values(&self.tags)?,
            properties: self.properties.0,
            stage: StageId(self.stage_id),
            owner: self.owner_id.map(UserId),
            form: self.form_id.map(FormId),
            legal_basis: value(&self.legal_basis)?,
            score,
            created_at,
            last_submission_at,
            last_activity_at,
            version: self.version,
        };
        Ok((lead, key))
    }
}
