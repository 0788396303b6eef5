//! A lead, in the words of the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use qualify_domain::{
    lead::{Lead, Source},
    lead_order::LeadOrder,
    pipeline::Pipelines,
    property::{Properties, Property},
    submission::Attribution,
    text::Phone,
};
use qualify_ports::storage::{Creation, LeadRow};
use qualify_usecases::LeadList;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{BasisCode, PropertyBody, StandingBody};
use crate::{api::cursor, place};

/// What is known where a lead is told of.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// What the organization itself wants to know of leads.
    pub own: &'a [Property],
    /// Where they can stand.
    pub pipelines: &'a Pipelines,
    /// The moment of the answer.
    pub now: Timestamp,
}

/// Where a visit came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Touch {
    /// The page on which the form stood.
    page: Option<String>,
    /// The first page of the visit.
    landing_page: Option<String>,
    /// The page that linked to it.
    referrer: Option<String>,
    /// `utm_source`.
    #[schema(example = "newsletter")]
    utm_source: Option<String>,
    /// `utm_medium`.
    utm_medium: Option<String>,
    /// `utm_campaign`.
    utm_campaign: Option<String>,
    /// `utm_term`.
    utm_term: Option<String>,
    /// `utm_content`.
    utm_content: Option<String>,
    /// The click's id at Google.
    gclid: Option<String>,
    /// The click's id at Facebook.
    fbclid: Option<String>,
    /// The click's id at Microsoft.
    msclkid: Option<String>,
}

impl From<&Attribution> for Touch {
    fn from(touch: &Attribution) -> Self {
        let tag = |tag: &Option<qualify_domain::text::CampaignTag>| tag.as_deref().map(str::to_owned);
        let page = |page: &Option<qualify_domain::text::PageUrl>| page.as_deref().map(str::to_owned);
        Self {
            page: page(&touch.page),
            landing_page: page(&touch.landing_page),
            referrer: page(&touch.referrer),
            utm_source: tag(&touch.source),
            utm_medium: tag(&touch.medium),
            utm_campaign: tag(&touch.campaign),
            utm_term: tag(&touch.term),
            utm_content: tag(&touch.content),
            gclid: tag(&touch.gclid),
            fbclid: tag(&touch.fbclid),
            msclkid: tag(&touch.msclkid),
        }
    }
}

/// What brought a lead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceCode {
    /// A form.
    Form,
    /// This API.
    Api,
    /// A file.
    Import,
    /// A member, by hand.
    Member,
}

/// A lead: the working record about one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadBody {
    /// Its id.
    id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// The person's name.
    #[schema(example = "Anna Berg")]
    name: Option<String>,
    /// Their e-mail address, as they write it.
    #[schema(example = "anna@example.com")]
    email: Option<String>,
    /// Their telephone number, as they write it.
    #[schema(example = "+33 6 12 34 56 78")]
    phone: Option<String>,
    /// The number in E.164, if it could be read so.
    #[schema(example = "+33612345678")]
    phone_e164: Option<String>,
    /// Where they work.
    #[schema(example = "Berg & Co")]
    company: Option<String>,
    /// What else is known, by the `key` of `GET /api/v1/properties`.
    properties: BTreeMap<String, PropertyBody>,
    /// The words by which it is grouped.
    tags: Vec<String>,
    /// The stage in which it stands.
    stage: Uuid,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    stage_entered_at: Timestamp,
    /// Whether, at the moment of the answer, nothing had happened to it for as many days as its stage says
    /// (`stale_after_days`). It becomes so without a new version.
    stale: bool,
    /// Why it was given up, from `GET /api/v1/reasons`.
    reason: Option<Uuid>,
    /// The member who works on it; null is the queue.
    owner: Option<Uuid>,
    /// The form that brought it first.
    form: Option<Uuid>,
    /// What brought it first.
    source: SourceCode,
    /// The API key that brought it first.
    source_key: Option<Uuid>,
    /// The import that brought it first.
    source_import: Option<Uuid>,
    /// Its score.
    score: StandingBody,
    /// The ground on which it is kept.
    legal_basis: BasisCode,
    /// Where the first visit came from.
    first_touch: Touch,
    /// Where the latest visit came from.
    last_touch: Touch,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the person last wrote.
    #[schema(value_type = String, format = DateTime)]
    last_submission_at: Timestamp,
    /// When something last happened to it.
    #[schema(value_type = String, format = DateTime)]
    last_activity_at: Timestamp,
}

impl LeadBody {
    /// A lead.
    pub fn of(lead: &Lead, around: Around<'_>) -> Self {
        let source = match lead.source {
            Source::Form => SourceCode::Form,
            Source::Api(_) => SourceCode::Api,
            Source::Import(_) => SourceCode::Import,
            Source::Member => SourceCode::Member,
        };
        Self {
            id: lead.id.0,
            version: lead.version,
            name: lead.name.as_deref().map(str::to_owned),
            email: lead.email.as_deref().map(str::to_owned),
            phone: lead.phone.as_ref().map(|phone| phone.written().to_owned()),
            phone_e164: lead.phone.as_ref().and_then(Phone::e164).map(str::to_owned),
            company: lead.company.as_deref().map(str::to_owned),
            properties: known(&lead.properties, around.own),
            tags: lead.tags.iter().map(ToString::to_string).collect(),
            stage: lead.stage.0,
            stage_entered_at: lead.stage_entered_at,
            stale: around.pipelines.is_stale(lead.stage, lead.last_activity_at, around.now),
            reason: lead.reason.map(|reason| reason.0),
            owner: lead.owner.map(|owner| owner.0),
            form: lead.form.map(|form| form.0),
            source,
            source_key: lead.source.key().map(|key| key.0),
            source_import: lead.source.import().map(|import| import.0),
            score: lead.score.into(),
            legal_basis: lead.legal_basis.into(),
            first_touch: (&lead.first_touch).into(),
            last_touch: (&lead.last_touch).into(),
            created_at: lead.created_at,
            last_submission_at: lead.last_submission_at,
            last_activity_at: lead.last_activity_at,
        }
    }
}

/// What is known of properties, by their keys.
fn known(properties: &Properties, own: &[Property]) -> BTreeMap<String, PropertyBody> {
    let pair = |property: &Property| {
        let value = properties.get(property.id)?;
        Some((property.key.as_str().to_owned(), value.into()))
    };
    own.iter().filter_map(pair).collect()
}

/// A lead as the list shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadSummary {
    /// Its id.
    id: Uuid,
    /// The person's name.
    #[schema(example = "Anna Berg")]
    name: Option<String>,
    /// Their e-mail address.
    #[schema(example = "anna@example.com")]
    email: Option<String>,
    /// Their telephone number, as they write it.
    #[schema(example = "+33 6 12 34 56 78")]
    phone: Option<String>,
    /// Where they work.
    #[schema(example = "Berg & Co")]
    company: Option<String>,
    /// The words by which it is grouped.
    tags: Vec<String>,
    /// What else is known, by the `key` of `GET /api/v1/properties`.
    properties: BTreeMap<String, PropertyBody>,
    /// The stage in which it stands.
    stage: Uuid,
    /// Whether, at the moment of the answer, nothing had happened to it for as many days as its stage says
    /// (`stale_after_days`). It becomes so without a new version.
    stale: bool,
    /// The member who works on it; null is the queue.
    owner: Option<Uuid>,
    /// The form that brought it first.
    form: Option<Uuid>,
    /// The ground on which it is kept.
    legal_basis: BasisCode,
    /// Its score.
    score: StandingBody,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the person last wrote.
    #[schema(value_type = String, format = DateTime)]
    last_submission_at: Timestamp,
    /// When something last happened to it.
    #[schema(value_type = String, format = DateTime)]
    last_activity_at: Timestamp,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
}

impl LeadSummary {
    /// A row of a list.
    pub fn of(row: &LeadRow, around: Around<'_>) -> Self {
        Self {
            id: row.id.0,
            name: row.name.as_deref().map(str::to_owned),
            email: row.email.as_deref().map(str::to_owned),
            phone: row.phone.as_ref().map(|phone| phone.written().to_owned()),
            company: row.company.as_deref().map(str::to_owned),
            tags: row.tags.iter().map(ToString::to_string).collect(),
            properties: known(&row.properties, around.own),
            stage: row.stage.0,
            stale: around.pipelines.is_stale(row.stage, row.last_activity_at, around.now),
            owner: row.owner.map(|owner| owner.0),
            form: row.form.map(|form| form.0),
            legal_basis: row.legal_basis.into(),
            score: row.score.into(),
            created_at: row.created_at,
            last_submission_at: row.last_submission_at,
            last_activity_at: row.last_activity_at,
            version: row.version,
        }
    }
}

/// A part of the list of leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadPage {
    /// The leads, in their order.
    items: Vec<LeadSummary>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
    /// Whether the search may have found more leads by their messages and notes than it tells: it was too broad.
    found_more: bool,
}

impl LeadPage {
    /// A part of the newest leads at `now`.
    pub fn newest(list: &LeadList, now: Timestamp) -> Self {
        Self::of(list, list.leads.next.as_ref().and_then(cursor::written), now)
    }

    /// A part of what was searched for at `now`.
    pub fn found(list: &LeadList, order: LeadOrder, now: Timestamp) -> Self {
        Self::of(list, list.leads.next.as_ref().map(|next| place::written(next, order)), now)
    }

    fn of(list: &LeadList, next: Option<String>, now: Timestamp) -> Self {
        let around = Around { own: &list.properties, pipelines: &list.pipelines, now };
        let items = list.leads.items.iter().map(|row| LeadSummary::of(row, around)).collect();
        Self { items, next, found_more: list.found_more }
    }
}

/// What was kept: which, and its version.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// Its version now; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    pub version: i32,
}

/// Something that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Made {
    /// Its id.
    pub id: Uuid,
}

impl From<Creation> for Kept {
    fn from(made: Creation) -> Self {
        Self { id: made.lead.0, version: made.version }
    }
}
