//! Who may do what: roles, permissions, and the scope that proves a permission was asked for.

mod actor;
mod permission;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

pub use self::{
    actor::{Actor, TenantScope, Who},
    permission::Permission,
};
use crate::violation::Rule;

/// Which leads of the organization a permission covers. The later one includes the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Leads the actor owns, and those nobody owns yet.
    Own,
    /// Leads of the actor's teams, and those nobody owns yet. Until an organization makes teams, it is one team.
    Team,
    /// All leads of the organization.
    All,
}

/// What a member is in an organization. Several roles give the union of their permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
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

impl Role {
    /// Every role, in the order of the printed matrix.
    pub const ALL: [Self; 7] =
        [Self::Owner, Self::Admin, Self::Manager, Self::Agent, Self::Viewer, Self::PrivacyOfficer, Self::Billing];

    /// The role's stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Agent => "agent",
            Self::Viewer => "viewer",
            Self::PrivacyOfficer => "privacy_officer",
            Self::Billing => "billing",
        }
    }

    /// The role's row of [`ROLES`].
    pub fn grants(self) -> &'static [(Permission, Reach)] {
        ROLES.iter().find(|(role, _)| *role == self).map_or(&[], |(_, grants)| grants)
    }

    /// Whether these roles together grant all that it grants, as far as it reaches.
    pub fn is_covered_by(self, roles: &[Self]) -> bool {
        self.grants().iter().all(|(permission, reach)| {
            let granted = roles.iter().flat_map(|role| role.grants());
            granted.filter(|(other, _)| other == permission).any(|(_, other)| other >= reach)
        })
    }
}

impl FromStr for Role {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|role| role.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The matrix. `docs/permissions.md` is printed from it.
pub const ROLES: &[(Role, &[(Permission, Reach)])] = {
    use Permission::{
        AcceptAgreement, AssignLead, ChangeLead, ChangeProfile, ChooseNotifications, CloseOrganization, CopyPerson,
        CreateLead, EraseLead, ExplainAccess, ExportAudit, ExportLeads, GrantSupport, ImportLeads, KeepViews,
        LeaveOrganization, ManageApiKeys, ManageBilling, ManageForms, ManageMembers, ManageOrganization,
        ManageRetention, ManageScore, ManageTeams, ManageViews, ManageWebhooks, MarkNotifications, MergeLeads,
        NoteLead, QualifyLead, ReadAudit, ReadBilling, ReadForms, ReadLeads, ReadMembers, ReadOrganization,
        ReadRetention, ReadSubmissions, ReleaseSubmission, RequireSecondFactor, RunJobs, RunWebhooks, SecureAccount,
        ShapeLeads, TransferOwnership,
    };
    use Reach::{All, Own, Team};
    &[
        (
            Role::Owner,
            &[
                (ReadOrganization, All),
                (ReadLeads, All),
                (CreateLead, All),
                (ChangeLead, All),
                (MergeLeads, All),
                (NoteLead, All),
                (QualifyLead, All),
                (ShapeLeads, All),
                (ReadForms, All),
                (ManageForms, All),
                (ReadSubmissions, All),
                (ReleaseSubmission, All),
                (AssignLead, All),
                (ManageApiKeys, All),
                (ManageWebhooks, All),
                (RunWebhooks, All),
                (ReadMembers, All),
                (ManageMembers, All),
                (TransferOwnership, All),
                (ManageTeams, All),
                (ExplainAccess, All),
                (ChooseNotifications, Own),
                (MarkNotifications, All),
                (KeepViews, Own),
                (ManageViews, All),
                (LeaveOrganization, Own),
                (ReadAudit, All),
                (ExportAudit, All),
                (ManageOrganization, All),
                (CloseOrganization, All),
                (GrantSupport, All),
                (ReadBilling, All),
                (ManageBilling, All),
                (RequireSecondFactor, All),
                (EraseLead, All),
                (ReadRetention, All),
                (ManageRetention, All),
                (AcceptAgreement, All),
                (ImportLeads, All),
                (ExportLeads, All),
                (CopyPerson, All),
                (RunJobs, Own),
                (ManageScore, All),
                (SecureAccount, Own),
                (ChangeProfile, Own),
            ],
        ),
        (
            Role::Admin,
            &[
                (ReadOrganization, All),
                (ReadLeads, All),
                (CreateLead, All),
                (ChangeLead, All),
                (MergeLeads, All),
                (NoteLead, All),
                (QualifyLead, All),
                (ShapeLeads, All),
                (ReadForms, All),
                (ManageForms, All),
                (ReadSubmissions, All),
                (ReleaseSubmission, All),
                (AssignLead, All),
                (ManageApiKeys, All),
                (ManageWebhooks, All),
                (RunWebhooks, All),
                (ReadMembers, All),
                (ManageMembers, All),
                (ManageTeams, All),
                (ExplainAccess, All),
                (ChooseNotifications, Own),
                (MarkNotifications, All),
                (KeepViews, Own),
                (ManageViews, All),
                (LeaveOrganization, Own),
                (ReadAudit, All),
                (ExportAudit, All),
                (ManageOrganization, All),
                (RequireSecondFactor, All),
                (ReadRetention, All),
                (ImportLeads, All),
                (ExportLeads, All),
                (CopyPerson, All),
                (RunJobs, Own),
                (ManageScore, All),
                (SecureAccount, Own),
                (ChangeProfile, Own),
            ],
        ),
        (
            Role::Manager,
            &[
                (ReadOrganization, All),
                (ReadLeads, Team),
                (CreateLead, Team),
                (ChangeLead, Team),
                (MergeLeads, Team),
                (NoteLead, Team),
                (QualifyLead, Team),
                (ShapeLeads, All),
                (ReadForms, All),
                (ReadSubmissions, Team),
                (AssignLead, Team),
                (ManageScore, All),
                (ChooseNotifications, Own),
                (MarkNotifications, Team),
                (RunJobs, Own),
                (KeepViews, Own),
                (ManageViews, All),
                (SecureAccount, Own),
                (ChangeProfile, Own),
                (LeaveOrganization, Own),
            ],
        ),
        (
            Role::Agent,
            &[
                (ReadOrganization, All),
                (ReadLeads, Own),
                (CreateLead, Own),
                (ChangeLead, Own),
                (MergeLeads, Own),
                (NoteLead, Own),
                (QualifyLead, Own),
                (AssignLead, Own),
                (ChooseNotifications, Own),
                (MarkNotifications, Own),
                (RunJobs, Own),
                (KeepViews, Own),
                (SecureAccount, Own),
                (ChangeProfile, Own),
                (LeaveOrganization, Own),
            ],
        ),
        (
            Role::Viewer,
            &[
                (ReadOrganization, All),
                (ReadLeads, Team),
                (ChooseNotifications, Own),
                (MarkNotifications, Team),
                (KeepViews, Own),
                (LeaveOrganization, Own),
                (SecureAccount, Own),
                (ChangeProfile, Own),
            ],
        ),
        (
            Role::PrivacyOfficer,
            &[
                (ReadOrganization, All),
                (ReadLeads, All),
                (ChangeLead, All),
                (MergeLeads, All),
                (ReadForms, All),
                (ReadSubmissions, All),
                (ChooseNotifications, Own),
                (MarkNotifications, All),
                (KeepViews, Own),
                (LeaveOrganization, Own),
                (ReadAudit, All),
                (ExportAudit, All),
                (EraseLead, All),
                (CopyPerson, All),
                (ReadRetention, All),
                (ManageRetention, All),
                (RunJobs, Own),
                (SecureAccount, Own),
                (ChangeProfile, Own),
            ],
        ),
        (
            Role::Billing,
            &[
                (ReadOrganization, All),
                (ReadBilling, All),
                (ManageBilling, All),
                (ChooseNotifications, Own),
                (LeaveOrganization, Own),
                (SecureAccount, Own),
                (ChangeProfile, Own),
            ],
        ),
    ]
};

/// What may be granted to a member on top of a role. Nothing else ever is, whatever the database holds.
pub const GRANTABLE: &[(Role, Permission, Reach)] = &[
    (Role::Admin, Permission::EraseLead, Reach::All),
    (Role::Manager, Permission::ImportLeads, Reach::Team),
    (Role::Manager, Permission::ExportLeads, Reach::Team),
];

/// What support sees where an owner opened, and nothing else: what only looks, and takes nothing away (PRV-11).
pub const SUPPORT: &[(Permission, Reach)] = &[
    (Permission::ReadOrganization, Reach::All),
    (Permission::ReadLeads, Reach::All),
    (Permission::ReadForms, Reach::All),
];

/// Work the product does by itself, each with fixed grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// Makes the first rows of an organization that signs up.
    SignUp,
    /// Tells somebody what happened to their account while nobody was signed in.
    Account,
    /// Lets somebody in who was invited.
    Join,
    /// Runs the reactions to what happened.
    React,
    /// Serves whoever proved that data of theirs may be kept.
    ServeRights,
    /// Writes down what matters to security.
    Watch,
    /// Walks along the audit trail.
    VerifyAudit,
    /// Hands somebody who has proven who they are the copy of what is kept of them.
    CopyPerson,
    /// Hears what somebody says about their consent by the link of a mail.
    Consent,
    /// Tells the operator for whom data are processed.
    NameControllers,
    /// Lets support in where an owner opened.
    Support,
    /// Keeps those away who were erased before a backup was restored.
    Restore,
    /// Follows what the payment provider tells, and ends what is no longer paid for.
    Bill,
}

impl Duty {
    const fn grants(self) -> &'static [(Permission, Reach)] {
        match self {
            Self::SignUp => &[(Permission::FoundOrganization, Reach::All)],
            Self::Account => &[(Permission::SecureAccount, Reach::Own)],
            Self::Join => &[(Permission::JoinOrganization, Reach::All)],
            Self::React => &[
                (Permission::ProcessSubmission, Reach::All),
                (Permission::ScoreLeads, Reach::All),
                (Permission::PrepareMail, Reach::All),
                (Permission::CompleteEvent, Reach::All),
                (Permission::LiftRestriction, Reach::All),
                (Permission::TellEndpoints, Reach::All),
            ],
            Self::ServeRights => &[(Permission::ServeRights, Reach::All)],
            Self::Watch => &[(Permission::NoteSecurity, Reach::All)],
            Self::VerifyAudit => &[(Permission::VerifyAudit, Reach::All)],
            Self::CopyPerson => &[(Permission::CopyPerson, Reach::All)],
            Self::Consent => &[(Permission::HearConsent, Reach::All)],
            Self::NameControllers => &[(Permission::ReadForms, Reach::All)],
            Self::Support => &[(Permission::ServeSupport, Reach::All)],
            Self::Bill => &[(Permission::FollowBilling, Reach::All)],
            Self::Restore => &[
                (Permission::EraseLead, Reach::All),
                (Permission::MergeLeads, Reach::All),
                (Permission::CloseOrganization, Reach::All),
            ],
        }
    }
}

/// The actor lacks a permission in their own organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("permission {0:?} is not granted")]
pub struct Forbidden(pub Permission);

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests make every kind of actor")]
mod tests {
    use std::fmt::Write;

    use uuid::Uuid;

    use super::*;
    use crate::{
        id::{FormId, OrganizationId, SessionId, UserId},
        team::Colleagues,
    };

    fn member(roles: &[Role]) -> Actor {
        let (session, colleagues) = (SessionId(Uuid::nil()), Colleagues::Everybody);
        Actor::member(OrganizationId(Uuid::nil()), UserId(Uuid::nil()), session, roles, colleagues)
    }

    fn matrix() -> String {
        let mut page = String::from(
            "# Permissions\n\nPrinted from `ROLES` in `domain/src/access.rs` by a test of that file; \
             `UPDATE=1 cargo test -p qualify-domain` prints it anew.\n\n\
             A: all of the organization · T: own team · O: own leads and those nobody owns · granted: if an owner or admin \
             who has it grants it to the member · –: none\n\n| permission |",
        );
        for role in Role::ALL {
            write!(page, " {role} |").unwrap();
        }
        page.push_str("\n|---|---|---|---|---|---|---|---|\n");
        for permission in Permission::ALL {
            write!(page, "| {permission:?} |").unwrap();
            for role in Role::ALL {
                let held = member(&[role]).permit(*permission).map(|scope| scope.reach()).ok();
                let cell = match (held, permission.granted_to(&[role])) {
                    (Some(Reach::All), _) => "A",
                    (Some(Reach::Team), _) => "T",
                    (Some(Reach::Own), _) => "O",
                    (None, Some(_)) => "granted",
                    (None, None) => "–",
                };
                write!(page, " {cell} |").unwrap();
            }
            page.push('\n');
        }
        page
    }

    #[test]
    fn the_committed_matrix_is_the_real_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/permissions.md");
        // What follows it, the table of routes, is printed from what a running installation answers.
        let page = std::fs::read_to_string(path).unwrap();
        let (committed, routes) = page.split_at(page.find("\n## Routes").unwrap_or(page.len()));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, format!("{}{routes}", matrix())).unwrap();
        } else {
            assert_eq!(committed, matrix());
        }
    }

    #[test]
    fn rls_13_every_role_has_its_row_and_nothing_is_granted_by_default() {
        for role in Role::ALL {
            assert!(!role.grants().is_empty(), "{role}");
        }
        for permission in Permission::ALL {
            assert_eq!(member(&[]).permit(*permission).unwrap_err(), Forbidden(*permission));
        }
    }

    #[test]
    fn several_roles_give_the_union_and_the_widest_reach() {
        let both = member(&[Role::Agent, Role::PrivacyOfficer]);
        assert_eq!(both.permit(Permission::ReadLeads).unwrap().reach(), Reach::All);
        assert_eq!(both.permit(Permission::QualifyLead).unwrap().reach(), Reach::Own);
        assert!(!both.may(Permission::ManageForms));
    }

    #[test]
    fn rls_13_a_grant_is_worth_something_on_top_of_the_role_that_it_is_for_only() {
        for role in Role::ALL {
            for permission in Permission::ALL {
                let with = member(&[role]).with_grants(&[role], &[*permission]);
                let row = GRANTABLE.iter().find(|(base, granted, _)| *base == role && granted == permission);
                let (before, after) = (member(&[role]).permit(*permission), with.permit(*permission));
                match row {
                    None => assert_eq!(after.is_ok(), before.is_ok(), "{role} {permission:?}"),
                    Some((_, _, reach)) => {
                        assert!(before.is_err(), "{role} has {permission:?} anyway");
                        assert_eq!(after.unwrap().reach(), *reach);
                    }
                }
            }
        }
        assert!(!member(&[]).with_grants(&[], &[Permission::EraseLead]).may(Permission::EraseLead));
    }

    #[test]
    fn no_member_does_the_work_of_a_visitor_or_a_job() {
        let all = member(&Role::ALL);
        for permission in [
            Permission::CaptureLead,
            Permission::ShowForm,
            Permission::AskRights,
            Permission::ServeRights,
            Permission::FoundOrganization,
            Permission::JoinOrganization,
            Permission::ProcessSubmission,
            Permission::ScoreLeads,
            Permission::PrepareMail,
            Permission::CompleteEvent,
            Permission::NoteSecurity,
            Permission::VerifyAudit,
            Permission::HearConsent,
        ] {
            assert!(!all.may(permission), "{permission:?}");
        }
    }

    #[test]
    fn a_visitor_may_only_see_and_send_the_form() {
        let visitor = Actor::visitor(OrganizationId(Uuid::nil()), FormId(Uuid::nil()));
        let granted: Vec<_> = Permission::ALL.iter().filter(|p| visitor.may(**p)).collect();
        assert_eq!(granted, [&Permission::CaptureLead, &Permission::ShowForm]);
    }

    #[test]
    fn whoever_comes_by_the_public_address_may_only_ask() {
        let asker = Actor::asker(OrganizationId(Uuid::nil()));
        let granted: Vec<_> = Permission::ALL.iter().filter(|p| asker.may(**p)).collect();
        assert_eq!(granted, [&Permission::AskRights]);
    }
}
