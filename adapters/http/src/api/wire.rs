//! What goes over the wire, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    access::Role,
    api_key::KeyScope,
    form::{Form, LegalBasis},
    language::Language,
    lead::{Lead, Source},
    organization::Member,
    pipeline::{Pipeline, Stage, StageKind},
    submission::Attribution,
    text::Phone,
};
use qualify_ports::storage::{Creation, LeadCursor, LeadRow, Slice};
use qualify_usecases::Program;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::cursor;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident of $from:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl From<$from> for $name {
            fn from(value: $from) -> Self {
                match value { $($from::$variant => Self::$variant),+ }
            }
        }
    )+};
}

codes! {
    /// The ground on which a lead is kept.
    BasisCode of LegalBasis {
        /// The person consented.
        Consent,
        /// Answering who asks.
        LegitimateInterest,
    }

    /// What a stage means.
    StageKindCode of StageKind {
        /// The lead is being worked on.
        Open,
        /// The lead is worth it.
        Qualified,
        /// The lead became a customer.
        Won,
        /// The lead came to nothing.
        Disqualified,
    }

    /// What a member or a key is in the organization.
    RoleCode of Role {
        /// Answers for the organization.
        Owner,
        /// Runs the organization's account.
        Admin,
        /// Leads a team.
        Manager,
        /// Works on leads.
        Agent,
        /// Looks only.
        Viewer,
        /// Looks after the rights of the people in the leads.
        PrivacyOfficer,
        /// Pays.
        Billing,
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub enum ScopeCode {
    /// See leads.
    #[serde(rename = "leads:read")]
    LeadsRead,
    /// Make leads, change them, move them to another stage.
    #[serde(rename = "leads:write")]
    LeadsWrite,
    /// See forms.
    #[serde(rename = "forms:read")]
    FormsRead,
    /// See members.
    #[serde(rename = "members:read")]
    MembersRead,
}

impl From<KeyScope> for ScopeCode {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::LeadsRead => Self::LeadsRead,
            KeyScope::LeadsWrite => Self::LeadsWrite,
            KeyScope::FormsRead => Self::FormsRead,
            KeyScope::MembersRead => Self::MembersRead,
        }
    }
}

/// The key that asks, and what it may.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The key's id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Website")]
    name: String,
    /// What it is in the organization.
    role: RoleCode,
    /// What it is for.
    scopes: Vec<ScopeCode>,
    /// The organization in which it acts.
    organization: Uuid,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<&Program> for Me {
    fn from(program: &Program) -> Self {
        let key = &program.key;
        Self {
            id: key.id.0,
            name: key.name.to_string(),
            role: key.role.into(),
            scopes: key.scopes.iter().copied().map(Into::into).collect(),
            organization: program.actor.organization().0,
            created_at: key.created_at,
            expires_at: key.expires_at,
        }
    }
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
    /// The stage in which it stands.
    stage: Uuid,
    /// The member who works on it; null is the queue.
    owner: Option<Uuid>,
    /// The form that brought it first.
    form: Option<Uuid>,
    /// What brought it first.
    source: SourceCode,
    /// The API key that brought it first.
    source_key: Option<Uuid>,
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
}

impl From<&Lead> for LeadBody {
    fn from(lead: &Lead) -> Self {
        let (source, source_key) = match lead.source {
            Source::Form => (SourceCode::Form, None),
            Source::Api(key) => (SourceCode::Api, Some(key.0)),
        };
        Self {
            id: lead.id.0,
            version: lead.version,
            name: lead.name.as_deref().map(str::to_owned),
            email: lead.email.as_deref().map(str::to_owned),
            phone: lead.phone.as_ref().map(|phone| phone.written().to_owned()),
            phone_e164: lead.phone.as_ref().and_then(Phone::e164).map(str::to_owned),
            stage: lead.stage.0,
            owner: lead.owner.map(|owner| owner.0),
            form: lead.form.map(|form| form.0),
            source,
            source_key,
            legal_basis: lead.legal_basis.into(),
            first_touch: (&lead.first_touch).into(),
            last_touch: (&lead.last_touch).into(),
            created_at: lead.created_at,
            last_submission_at: lead.last_submission_at,
        }
    }
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
    /// The stage in which it stands.
    stage: Uuid,
    /// The member who works on it; null is the queue.
    owner: Option<Uuid>,
    /// The form that brought it first.
    form: Option<Uuid>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&LeadRow> for LeadSummary {
    fn from(row: &LeadRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name.as_deref().map(str::to_owned),
            email: row.email.as_deref().map(str::to_owned),
            phone: row.phone.as_ref().map(|phone| phone.written().to_owned()),
            stage: row.stage.0,
            owner: row.owner.map(|owner| owner.0),
            form: row.form.map(|form| form.0),
            created_at: row.created_at,
        }
    }
}

/// A part of the list of leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadPage {
    /// The leads, newest first.
    items: Vec<LeadSummary>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<Slice<LeadRow, LeadCursor>> for LeadPage {
    fn from(slice: Slice<LeadRow, LeadCursor>) -> Self {
        Self { items: slice.items.iter().map(Into::into).collect(), next: slice.next.map(cursor::written) }
    }
}

/// A lead that was kept: which, and its version.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kept {
    /// Its id.
    pub id: Uuid,
    /// Its version now; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    pub version: i32,
}

impl From<Creation> for Kept {
    fn from(made: Creation) -> Self {
        Self { id: made.lead.0, version: made.version }
    }
}

/// A place in the pipeline where a lead can stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageBody {
    /// Its id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Qualified")]
    name: String,
    /// What it means.
    kind: StageKindCode,
}

impl From<&Stage> for StageBody {
    fn from(stage: &Stage) -> Self {
        Self { id: stage.id.0, name: stage.name.to_string(), kind: stage.kind.into() }
    }
}

/// The stages of the pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageList {
    /// The stages, in their order.
    items: Vec<StageBody>,
}

impl From<&Pipeline> for StageList {
    fn from(pipeline: &Pipeline) -> Self {
        Self { items: pipeline.stages.iter().map(Into::into).collect() }
    }
}

/// The language a form's visitors read.
#[derive(Debug, Serialize, ToSchema)]
pub enum LanguageCode {
    /// English.
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

/// A form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormBody {
    /// Its id, for members and programs.
    id: Uuid,
    /// The id in its public address.
    public_id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// How members call it.
    #[schema(example = "Contact")]
    name: String,
    /// The language its visitors read.
    language: LanguageCode,
    /// The websites that may send it from a script or show it in a frame.
    allowed_origins: Vec<String>,
    /// Where visitors land after sending; our own page if null.
    thank_you: Option<String>,
    /// The ground for collecting.
    legal_basis: BasisCode,
    /// What visitors are told about the use of their data.
    notice: String,
    /// The wording beside the box, where the ground is consent.
    consent_wording: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&Form> for FormBody {
    fn from(form: &Form) -> Self {
        let settings = &form.settings;
        Self {
            id: form.id.0,
            public_id: form.public_id.0,
            version: form.version,
            name: settings.name.to_string(),
            language: match settings.language {
                Language::English => LanguageCode::English,
                Language::French => LanguageCode::French,
            },
            allowed_origins: settings.allowed_origins.iter().map(ToString::to_string).collect(),
            thank_you: settings.thank_you.as_ref().map(ToString::to_string),
            legal_basis: settings.legal_basis.into(),
            notice: settings.notice.to_string(),
            consent_wording: settings.consent_wording.as_ref().map(ToString::to_string),
            created_at: form.created_at,
        }
    }
}

/// The forms.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormList {
    /// The forms, the oldest first.
    items: Vec<FormBody>,
}

impl From<&[Form]> for FormList {
    fn from(forms: &[Form]) -> Self {
        Self { items: forms.iter().map(Into::into).collect() }
    }
}

/// A member of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberBody {
    /// The user's id: what stands as the owner of a lead.
    id: Uuid,
    /// First name.
    #[schema(example = "Mia")]
    first_name: String,
    /// Last name.
    #[schema(example = "Martin")]
    last_name: String,
    /// Their e-mail address.
    #[schema(example = "mia@example.com")]
    email: String,
    /// What they are in the organization.
    roles: Vec<RoleCode>,
    /// When they joined.
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
}

impl From<&Member> for MemberBody {
    fn from(member: &Member) -> Self {
        Self {
            id: member.membership.user.0,
            first_name: member.first_name.to_string(),
            last_name: member.last_name.to_string(),
            email: member.email.to_string(),
            roles: member.membership.roles.iter().copied().map(Into::into).collect(),
            joined_at: member.joined_at,
        }
    }
}

/// The members.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// The members, the longest first.
    items: Vec<MemberBody>,
}

impl From<&[Member]> for MemberList {
    fn from(members: &[Member]) -> Self {
        Self { items: members.iter().map(Into::into).collect() }
    }
}
