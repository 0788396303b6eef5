//! What can be permitted, and what may be granted on top of a role.

use std::str::FromStr;

use super::{GRANTABLE, Reach, Role};
use crate::violation::Rule;

/// What an actor may do in an organization, one variant per use case that needs asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the organization: its name, stages and members' names.
    ReadOrganization,
    /// See leads, their submissions and their timeline.
    ReadLeads,
    /// Make a lead without a submission.
    CreateLead,
    /// Change what is known of a lead's person.
    ChangeLead,
    /// Make two leads of one person one, and two again.
    MergeLeads,
    /// Write a note on a lead.
    NoteLead,
    /// Move a lead to another stage.
    QualifyLead,
    /// Change what is known of leads, where they stand and why they are given up: properties, pipelines, reasons.
    ShapeLeads,
    /// See forms and their settings.
    ReadForms,
    /// Make and change forms, rotate their public address.
    ManageForms,
    /// See what a form received, quarantine included.
    ReadSubmissions,
    /// Release a quarantined submission.
    ReleaseSubmission,
    /// Give leads to members, take them or put them back into the queue.
    AssignLead,
    /// Make, see and revoke API keys.
    ManageApiKeys,
    /// Say where the organization is told of its leads, of what and how much; make the secrets for that.
    ManageWebhooks,
    /// See where the organization is told of its leads and what it was told; pause, try, replay and end that.
    RunWebhooks,
    /// Choose one's own notifications.
    ChooseNotifications,
    /// Mark one's own notifications as read.
    MarkNotifications,
    /// Keep views of the list for oneself, and choose with which one it begins.
    KeepViews,
    /// Keep views of the list for everybody.
    ManageViews,
    /// Leave the organization.
    LeaveOrganization,
    /// See the members with their roles and addresses, and who is invited.
    ReadMembers,
    /// Invite members, change their roles, remove them; owners only if one is an owner.
    ManageMembers,
    /// Make teams and say who is in them.
    ManageTeams,
    /// See what somebody may do with a record, and why.
    ExplainAccess,
    /// Hand the ownership over.
    TransferOwnership,
    /// See the audit trail.
    ReadAudit,
    /// Take the audit trail away as a file.
    ExportAudit,
    /// Change the organization's name, language, place, working hours and holidays.
    ManageOrganization,
    /// Ask for the end of the organization, and think better of it.
    CloseOrganization,
    /// Open the organization to support for a while, and end that.
    GrantSupport,
    /// See what the organization subscribed to, what it uses and what it paid.
    ReadBilling,
    /// Subscribe, change the plan, cancel, and open the provider's pages.
    ManageBilling,
    /// Choose whom the organization asks for a second factor.
    RequireSecondFactor,
    /// Set up and remove one's own second factors.
    SecureAccount,
    /// Erase or restrict what is known of a person, and keep the register of what people ask for.
    EraseLead,
    /// See for how long data are kept, and the proofs that they went.
    ReadRetention,
    /// Say for how long leads are kept.
    ManageRetention,
    /// Accept the processing agreement for the organization.
    AcceptAgreement,
    /// Take leads in from a file, and undo that.
    ImportLeads,
    /// Take leads away as a file.
    ExportLeads,
    /// Take away the copy of what is kept of one person, for them.
    CopyPerson,
    /// Begin long work, and stop one's own.
    RunJobs,
    /// Change the rules by which leads are scored, and see what others would do.
    ManageScore,
    /// Choose one's own name, language, theme and time zone.
    ChangeProfile,
    /// Send a form. Visitors only.
    CaptureLead,
    /// Read a form in order to show it. Visitors only.
    ShowForm,
    /// Ask what is theirs by right. Whoever comes by the public address of an organization.
    AskRights,
    /// Serve whoever proved that data of theirs may be kept. The product only.
    ServeRights,
    /// Make the first rows of a new organization. The product only.
    FoundOrganization,
    /// Become a member by an invitation. The product only.
    JoinOrganization,
    /// Turn a submission into a lead. The product only.
    ProcessSubmission,
    /// Score leads. The product only.
    ScoreLeads,
    /// Read what a notification needs. The product only.
    PrepareMail,
    /// Mark an event as dealt with. The product only.
    CompleteEvent,
    /// Tell a person that their lead is used again, and use it. The product only.
    LiftRestriction,
    /// Write into the audit trail what matters to security. The product only.
    NoteSecurity,
    /// Walk along the audit trail. The product only.
    VerifyAudit,
    /// Keep what somebody says about their consent by the link of a mail. The product only.
    HearConsent,
    /// Let support in where an owner opened. The product only.
    ServeSupport,
    /// Tell endpoints what they are to be told. The product only.
    TellEndpoints,
    /// Keep what the payment provider tells. The product only.
    FollowBilling,
}

impl Permission {
    /// Every permission, in the order of the printed matrix.
    pub const ALL: &[Self] = &[
        Self::ReadOrganization,
        Self::ReadLeads,
        Self::CreateLead,
        Self::ChangeLead,
        Self::MergeLeads,
        Self::NoteLead,
        Self::QualifyLead,
        Self::ShapeLeads,
        Self::ReadForms,
        Self::ManageForms,
        Self::ReadSubmissions,
        Self::ReleaseSubmission,
        Self::AssignLead,
        Self::ManageApiKeys,
        Self::ManageWebhooks,
        Self::RunWebhooks,
        Self::ChooseNotifications,
        Self::MarkNotifications,
        Self::KeepViews,
        Self::ManageViews,
        Self::LeaveOrganization,
        Self::ReadMembers,
        Self::ManageMembers,
        Self::ManageTeams,
        Self::ExplainAccess,
        Self::TransferOwnership,
        Self::ReadAudit,
        Self::ExportAudit,
        Self::ManageOrganization,
        Self::CloseOrganization,
        Self::GrantSupport,
        Self::ReadBilling,
        Self::ManageBilling,
        Self::RequireSecondFactor,
        Self::SecureAccount,
        Self::EraseLead,
        Self::ReadRetention,
        Self::ManageRetention,
        Self::AcceptAgreement,
        Self::ImportLeads,
        Self::ExportLeads,
        Self::CopyPerson,
        Self::RunJobs,
        Self::ManageScore,
        Self::ChangeProfile,
        Self::CaptureLead,
        Self::ShowForm,
        Self::AskRights,
        Self::ServeRights,
        Self::FoundOrganization,
        Self::JoinOrganization,
        Self::ProcessSubmission,
        Self::ScoreLeads,
        Self::PrepareMail,
        Self::CompleteEvent,
        Self::LiftRestriction,
        Self::NoteSecurity,
        Self::VerifyAudit,
        Self::HearConsent,
        Self::ServeSupport,
        Self::TellEndpoints,
        Self::FollowBilling,
    ];

    /// Whether a reach says which leads it covers.
    pub const fn is_about_leads(self) -> bool {
        matches!(
            self,
            Self::ReadLeads
                | Self::ChangeLead
                | Self::MergeLeads
                | Self::NoteLead
                | Self::QualifyLead
                | Self::AssignLead
                | Self::ReadSubmissions
                | Self::EraseLead
                | Self::ExportLeads
                | Self::CopyPerson
        )
    }

    /// Whether it is left to members and programs of an organization whose end was asked for: what looks and takes away,
    /// what serves the rights of people, and the way back (RET-7).
    pub const fn outlasts_closing(self) -> bool {
        matches!(
            self,
            Self::ReadOrganization
                | Self::ReadLeads
                | Self::ReadForms
                | Self::ReadSubmissions
                | Self::ReadMembers
                | Self::ExplainAccess
                | Self::ReadAudit
                | Self::ExportAudit
                | Self::ExportLeads
                | Self::RunJobs
                | Self::EraseLead
                | Self::CopyPerson
                | Self::ReadRetention
                | Self::SecureAccount
                | Self::ChangeProfile
                | Self::LeaveOrganization
                | Self::CloseOrganization
                | Self::GrantSupport
                | Self::ReadBilling
                | Self::ManageBilling
        )
    }

    /// Whether it is left to members and programs of an organization whose subscription has ended: what takes away, what serves
    /// the rights of people, and what pays (RET-7).
    pub const fn outlasts_expiry(self) -> bool {
        self.outlasts_closing()
            && !matches!(self, Self::ReadLeads | Self::ReadForms | Self::ReadSubmissions | Self::ExplainAccess)
    }

    /// Whether leads are within reach that are kept and not used (DSR-10): for whoever restricts, erases and hands out
    /// copies, and for the product where it keeps what such a person sends, serves them, ends a restriction, and tells those of it
    /// who were told of the lead.
    pub const fn sees_restricted(self) -> bool {
        matches!(
            self,
            Self::EraseLead
                | Self::CopyPerson
                | Self::HearConsent
                | Self::ServeRights
                | Self::ProcessSubmission
                | Self::LiftRestriction
                | Self::TellEndpoints
        )
    }

    /// Whether submissions are within reach that wait sealed: for whoever erases and hands out copies, for the product where it
    /// serves their people, and where it lets them out.
    pub const fn sees_sealed(self) -> bool {
        matches!(self, Self::EraseLead | Self::CopyPerson | Self::ServeRights | Self::FollowBilling)
    }

    /// Whether the permission only looks: its transaction is READ ONLY.
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::ReadOrganization
                | Self::ReadLeads
                | Self::ReadForms
                | Self::ReadSubmissions
                | Self::ReadMembers
                | Self::ExplainAccess
                | Self::ReadAudit
                | Self::ExportAudit
                | Self::ReadRetention
                | Self::ExportLeads
                | Self::ShowForm
                | Self::PrepareMail
                | Self::ReadBilling
                | Self::VerifyAudit
        )
    }
}

impl FromStr for Permission {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.iter().copied().find(|permission| permission.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl Permission {
    /// What a grant of it is worth on top of these roles; none if they do not let it be granted.
    pub fn granted_to(self, roles: &[Role]) -> Option<Reach> {
        let rows = GRANTABLE.iter().filter(|(role, granted, _)| *granted == self && roles.contains(role));
        rows.map(|(_, _, reach)| *reach).max()
    }

    /// Every permission that can be granted on top of some role.
    pub fn grantable() -> impl Iterator<Item = Self> {
        GRANTABLE.iter().map(|(_, permission, _)| *permission)
    }
}
