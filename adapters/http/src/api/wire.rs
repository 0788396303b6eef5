//! What goes over the wire, in the words of the API.

#[macro_use]
mod codes;
mod board;
mod consent;
mod edition;
mod filter;
mod form;
mod hook;
mod import;
mod job;
mod lead;
mod merge;
mod pipeline;
mod property;
mod report;
mod score;
mod score_version;
mod submission;
mod task;
mod timeline;
mod view;

use jiff::Timestamp;
use qualify_domain::{access::Role, api_key::KeyScope, form::LegalBasis, organization::Member, pipeline::StageKind};
use qualify_usecases::Program;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::{
    board::{BoardBody, CardBody, ColumnBody},
    consent::{AskedBody, ConsentBody, ConsentedLead},
    edition::{AuthorBody, DifferenceBody, EditionBody, EditionFace, EditionList, UndeclaredBody, UndeclaredList},
    filter::{FilterBody, FilterValue},
    form::{FieldBody, FormBody, FormList, HeldBody, LanguageCode, NoticeBody, PurposeBody, WordsBody},
    hook::{
        DeliveryBody, DeliveryPage, DeliveryStateCode, DetailCode, EndpointStateCode, HookKindCode, ObstacleCode,
        WebhookBody, WebhookList,
    },
    import::{Begun, DateOrderCode, DelimiterCode, EncodingCode, ImportBody, ImportList, ImportModeCode, Trial},
    job::{ExportBegun, JobBody, JobList, LeftOutBody},
    lead::{Around, Kept, LeadBody, LeadPage, LeadSummary, Made, Touch},
    merge::{ChoiceCode, DuplicateList, LikenessCode, MergeBody, SeparatedBody},
    pipeline::{PipelineBody, PipelineList, PipelineStage, ReasonBody, ReasonList, StageBody, StageList},
    property::{PropertyBody, PropertyFace, PropertyKindCode, PropertyList},
    report::{
        FormRow, FunnelReport, GrainCode, LeadsReport, MemberRow, MembersReport, PointBody, ReasonRow, ReasonsReport,
        SourceRow, SpanBody, StageRow, StagesReport, StayBody, StepsBody, WhenBody, WorkBody,
    },
    score::{MoverBody, MoversPart, OutlookBody, RulesBody, ScoreBody, StandingBody},
    score_version::{RulesChange, RulesChangeCode, RulesVersion, RulesVersionFace, RulesVersionList},
    submission::{AgreedBody, ReceivedBody, ReceivedPage, SentBody},
    task::{ReminderCode, TaskBody, TaskList, TaskPage},
    timeline::{AssignedBody, EntryBody, EntryKindCode, GradesBody, MovedBody, OfMergeBody, TimelinePart, TodoBody},
    view::{ColumnCode, DensityCode, GroupCode, LayoutCode, SettingsBody, SortCode, ViewBody, ViewsBody},
};

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
    /// Make leads, change them, write into their timelines, give them to members, move them to another stage, one by one or
    /// many at once; stop one's own long work.
    #[serde(rename = "leads:write")]
    LeadsWrite,
    /// Find leads of one person and merge them, which shows what is known of both; undo that.
    #[serde(rename = "leads:merge")]
    LeadsMerge,
    /// Change where leads can stand, why they are given up, and what else is known of them: pipelines, reasons, properties.
    #[serde(rename = "leads:shape")]
    LeadsShape,
    /// Take leads away as a file.
    #[serde(rename = "leads:export")]
    LeadsExport,
    /// Take leads in from a file, and undo that.
    #[serde(rename = "leads:import")]
    LeadsImport,
    /// Keep views of the list for everybody.
    #[serde(rename = "views:write")]
    ViewsWrite,
    /// Change the rules by which leads are scored, and see what others would do.
    #[serde(rename = "score:write")]
    ScoreWrite,
    /// See forms.
    #[serde(rename = "forms:read")]
    FormsRead,
    /// Change what forms ask.
    #[serde(rename = "forms:write")]
    FormsWrite,
    /// Read what forms received, release it from quarantine or delete it.
    #[serde(rename = "submissions:write")]
    SubmissionsWrite,
    /// See webhooks and what they were told; pause, try, replay and remove them.
    #[serde(rename = "webhooks:run")]
    WebhooksRun,
    /// See members.
    #[serde(rename = "members:read")]
    MembersRead,
}

impl From<KeyScope> for ScopeCode {
    fn from(scope: KeyScope) -> Self {
        match scope {
            KeyScope::LeadsRead => Self::LeadsRead,
            KeyScope::LeadsWrite => Self::LeadsWrite,
            KeyScope::LeadsMerge => Self::LeadsMerge,
            KeyScope::LeadsShape => Self::LeadsShape,
            KeyScope::LeadsExport => Self::LeadsExport,
            KeyScope::LeadsImport => Self::LeadsImport,
            KeyScope::ViewsWrite => Self::ViewsWrite,
            KeyScope::ScoreWrite => Self::ScoreWrite,
            KeyScope::FormsRead => Self::FormsRead,
            KeyScope::FormsWrite => Self::FormsWrite,
            KeyScope::SubmissionsWrite => Self::SubmissionsWrite,
            KeyScope::WebhooksRun => Self::WebhooksRun,
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
