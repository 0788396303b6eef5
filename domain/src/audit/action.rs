use crate::{
    access::{Duty, Permission, SUPPORT, TenantScope, Who},
    audit::SecurityKind,
};

/// What the trail keeps of work under a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// Nothing: it only looks, or is evidence itself.
    Nothing,
    /// That it was opened, before anything is shown: a sensitive look.
    Look,
    /// Each commit, with what it touched.
    Command,
    /// What it touched, and nothing if it touched nothing: the product at work for somebody.
    Touched,
}

impl TenantScope {
    /// What the trail keeps of work under this scope.
    pub fn trace(&self) -> Trace {
        let permission = self.permission();
        match self.who() {
            _ if self.is_in_pieces() => Trace::Touched,
            Who::Support(_) => Trace::Look,
            Who::Member(..) | Who::ApiKey(_) if permission.is_sensitive() => Trace::Look,
            Who::Member(..) | Who::ApiKey(_) if permission.is_read() || permission.is_private() => Trace::Nothing,
            Who::Member(..) | Who::ApiKey(_) => Trace::Command,
            Who::Product(
                Duty::SignUp | Duty::Join | Duty::ServeRights | Duty::CopyPerson | Duty::Support | Duty::Restore,
            ) => Trace::Touched,
            Who::Visitor(_) | Who::Asker | Who::Product(_) => Trace::Nothing,
        }
    }
}

impl Permission {
    /// The stable name, by which the trail knows what was done.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ReadOrganization => "read_organization",
            Self::ReadLeads => "read_leads",
            Self::CreateLead => "create_lead",
            Self::ChangeLead => "change_lead",
            Self::NoteLead => "note_lead",
            Self::QualifyLead => "qualify_lead",
            Self::ShapeLeads => "shape_leads",
            Self::ReadForms => "read_forms",
            Self::ManageForms => "manage_forms",
            Self::ReadSubmissions => "read_submissions",
            Self::ReleaseSubmission => "release_submission",
            Self::AssignLead => "assign_lead",
            Self::ManageApiKeys => "manage_api_keys",
            Self::ManageWebhooks => "manage_webhooks",
            Self::RunWebhooks => "run_webhooks",
            Self::ChooseNotifications => "choose_notifications",
            Self::MarkNotifications => "mark_notifications",
            Self::KeepViews => "keep_views",
            Self::ManageViews => "manage_views",
            Self::LeaveOrganization => "leave_organization",
            Self::ReadMembers => "read_members",
            Self::ManageMembers => "manage_members",
            Self::ManageTeams => "manage_teams",
            Self::ExplainAccess => "explain_access",
            Self::TransferOwnership => "transfer_ownership",
            Self::ReadAudit => "read_audit",
            Self::ExportAudit => "export_audit",
            Self::CaptureLead => "capture_lead",
            Self::ShowForm => "show_form",
            Self::AskRights => "ask_rights",
            Self::ServeRights => "serve_rights",
            Self::FoundOrganization => "found_organization",
            Self::JoinOrganization => "join_organization",
            Self::ProcessSubmission => "process_submission",
            Self::ScoreLeads => "score_leads",
            Self::PrepareMail => "prepare_mail",
            Self::CompleteEvent => "complete_event",
            Self::LiftRestriction => "lift_restriction",
            Self::NoteSecurity => "note_security",
            Self::ManageOrganization => "manage_organization",
            Self::CloseOrganization => "close_organization",
            Self::RequireSecondFactor => "require_second_factor",
            Self::SecureAccount => "secure_account",
            Self::EraseLead => "erase_lead",
            Self::ReadRetention => "read_retention",
            Self::ManageRetention => "manage_retention",
            Self::AcceptAgreement => "accept_agreement",
            Self::MergeLeads => "merge_leads",
            Self::ImportLeads => "import_leads",
            Self::ExportLeads => "export_leads",
            Self::CopyPerson => "copy_person",
            Self::RunJobs => "run_jobs",
            Self::ManageScore => "manage_score",
            Self::ChangeProfile => "change_profile",
            Self::VerifyAudit => "verify_audit",
            Self::HearConsent => "hear_consent",
            Self::GrantSupport => "grant_support",
            Self::ServeSupport => "serve_support",
            Self::TellEndpoints => "tell_endpoints",
            Self::ReadBilling => "read_billing",
            Self::ManageBilling => "manage_billing",
            Self::FollowBilling => "follow_billing",
        }
    }

    /// Whether even looking is kept in the trail: exports, the page of rights, access for support.
    pub const fn is_sensitive(self) -> bool {
        matches!(self, Self::ExportAudit | Self::ExportLeads)
    }

    /// Whether it changes neither data nor rights, but only what the member themselves has to look at, and how.
    const fn is_private(self) -> bool {
        matches!(self, Self::MarkNotifications | Self::KeepViews)
    }

    /// Whether support may look at it, which is kept each time.
    fn is_shown_to_support(self) -> bool {
        SUPPORT.iter().any(|(permission, _)| *permission == self)
    }

    /// Whether work under it may leave a trace.
    fn is_traced(self) -> bool {
        let own = matches!(
            self,
            Self::CaptureLead
                | Self::AskRights
                | Self::ProcessSubmission
                | Self::ScoreLeads
                | Self::CompleteEvent
                | Self::LiftRestriction
                | Self::NoteSecurity
                | Self::VerifyAudit
                | Self::HearConsent
                | Self::TellEndpoints
                | Self::FollowBilling
        );
        self.is_sensitive() || self.is_shown_to_support() || !(self.is_read() || self.is_private() || own)
    }
}

/// What was done, or happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A command, or a sensitive look, by the permission it needed.
    Command(Permission),
    /// Something that matters to security.
    Security(SecurityKind),
}

impl Action {
    /// The action of that code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::all().find(|action| action.code() == code)
    }

    /// Every action the trail can tell of.
    pub fn all() -> impl Iterator<Item = Self> {
        let commands = Permission::ALL.iter().copied().filter(|permission| permission.is_traced());
        commands.map(Self::Command).chain(SecurityKind::ALL.iter().copied().map(Self::Security))
    }

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Command(permission) => permission.code(),
            Self::Security(kind) => kind.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::{
        access::{Actor, Role},
        id::{FormId, OrganizationId, SessionId, SupportGrantId, UserId},
        team::Colleagues,
    };

    #[test]
    fn every_code_is_one_of_its_own() {
        let permissions = Permission::ALL.iter().map(|permission| permission.code());
        let kinds = SecurityKind::ALL.iter().map(|kind| kind.code());
        let codes: Vec<_> = permissions.chain(kinds).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        for code in codes {
            assert!(code.len() <= 64 && code.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()), "{code}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test that makes every kind of actor")]
    fn log_3_each_command_of_a_member_and_each_sensitive_look_leaves_a_trace() {
        let organization = OrganizationId(Uuid::nil());
        let (user, session) = (UserId(Uuid::nil()), SessionId(Uuid::nil()));
        let member = Actor::member(organization, user, session, &Role::ALL, Colleagues::Everybody);
        for permission in Permission::ALL {
            let Ok(scope) = member.permit(*permission) else { continue };
            let silent = permission.is_read() || permission.is_private();
            let expected = match (permission.is_sensitive(), silent) {
                (true, _) => Trace::Look,
                (false, true) => Trace::Nothing,
                (false, false) => Trace::Command,
            };
            assert_eq!(scope.trace(), expected, "{permission:?}");
            let told = Action::of_code(permission.code());
            let by_support = permission.is_shown_to_support();
            assert_eq!(told.is_some(), by_support || expected != Trace::Nothing, "{permission:?}");
        }
        let support = Actor::support(organization, SupportGrantId(Uuid::nil()), None);
        for (permission, _) in SUPPORT {
            assert_eq!(support.permit(*permission).unwrap().trace(), Trace::Look, "{permission:?}");
        }
        let visitor = Actor::visitor(organization, FormId(Uuid::nil())).permit(Permission::CaptureLead).unwrap();
        assert_eq!(visitor.trace(), Trace::Nothing, "what visitors send is evidence itself");
        let founder = Actor::product(organization, Duty::SignUp).permit(Permission::FoundOrganization).unwrap();
        assert_eq!(founder.trace(), Trace::Touched);
    }

    #[test]
    fn an_action_is_found_by_its_code() {
        for action in Action::all() {
            assert_eq!(Action::of_code(action.code()), Some(action));
        }
        assert_eq!(Action::of_code("read_submissions"), None, "no member is followed at every look");
    }
}
