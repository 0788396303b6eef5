//! Who may do what: roles, permissions, and the scope that proves a permission was asked for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    id::{FormId, OrganizationId, SessionId, UserId},
    violation::Rule,
};

/// What an actor may do in an organization, one variant per use case that needs asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the organization: its name, stages and members' names.
    ReadOrganization,
    /// See leads, their submissions and their timeline.
    ReadLeads,
    /// Write a note on a lead.
    NoteLead,
    /// Move a lead to another stage.
    QualifyLead,
    /// See forms and their settings.
    ReadForms,
    /// Make and change forms, rotate their public address.
    ManageForms,
    /// See what a form received, quarantine included.
    ReadSubmissions,
    /// Release a quarantined submission.
    ReleaseSubmission,
    /// Choose one's own notifications.
    ChooseNotifications,
    /// See the audit trail.
    ReadAudit,
    /// Take the audit trail away as a file.
    ExportAudit,
    /// Set up and remove one's own second factors.
    SecureAccount,
    /// Send a form. Visitors only.
    CaptureLead,
    /// Read a form in order to show it. Visitors only.
    ShowForm,
    /// Make the first rows of a new organization. Jobs only.
    FoundOrganization,
    /// Turn a submission into a lead. Jobs only.
    ProcessSubmission,
    /// Read what a notification needs. Jobs only.
    PrepareMail,
    /// Mark an event as dealt with. Jobs only.
    CompleteEvent,
    /// Write into the audit trail what matters to security. Jobs only.
    NoteSecurity,
    /// Walk along the audit trail. Jobs only.
    VerifyAudit,
}

impl Permission {
    /// Every permission, in the order of the printed matrix.
    pub const ALL: &[Self] = &[
        Self::ReadOrganization,
        Self::ReadLeads,
        Self::NoteLead,
        Self::QualifyLead,
        Self::ReadForms,
        Self::ManageForms,
        Self::ReadSubmissions,
        Self::ReleaseSubmission,
        Self::ChooseNotifications,
        Self::ReadAudit,
        Self::ExportAudit,
        Self::SecureAccount,
        Self::CaptureLead,
        Self::ShowForm,
        Self::FoundOrganization,
        Self::ProcessSubmission,
        Self::PrepareMail,
        Self::CompleteEvent,
        Self::NoteSecurity,
        Self::VerifyAudit,
    ];

    /// Whether the permission only looks: its transaction is READ ONLY.
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::ReadOrganization
                | Self::ReadLeads
                | Self::ReadForms
                | Self::ReadSubmissions
                | Self::ReadAudit
                | Self::ExportAudit
                | Self::ShowForm
                | Self::PrepareMail
                | Self::VerifyAudit
        )
    }
}

/// Which leads of the organization a permission covers. The later one includes the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Leads the actor owns, and those nobody owns yet.
    Own,
    /// Leads of the actor's team. Until an organization makes teams, it is one team.
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
        ChooseNotifications, ExportAudit, ManageForms, NoteLead, QualifyLead, ReadAudit, ReadForms, ReadLeads,
        ReadOrganization, ReadSubmissions, ReleaseSubmission, SecureAccount,
    };
    use Reach::{All, Own, Team};
    &[
        (
            Role::Owner,
            &[
                (ReadOrganization, All),
                (ReadLeads, All),
                (NoteLead, All),
                (QualifyLead, All),
                (ReadForms, All),
                (ManageForms, All),
                (ReadSubmissions, All),
                (ReleaseSubmission, All),
                (ChooseNotifications, Own),
                (ReadAudit, All),
                (ExportAudit, All),
                (SecureAccount, Own),
            ],
        ),
        (
            Role::Admin,
            &[
                (ReadOrganization, All),
                (ReadLeads, All),
                (NoteLead, All),
                (QualifyLead, All),
                (ReadForms, All),
                (ManageForms, All),
                (ReadSubmissions, All),
                (ReleaseSubmission, All),
                (ChooseNotifications, Own),
                (ReadAudit, All),
                (ExportAudit, All),
                (SecureAccount, Own),
            ],
        ),
        (
            Role::Manager,
            &[
                (ReadOrganization, All),
                (ReadLeads, Team),
                (NoteLead, Team),
                (QualifyLead, Team),
                (ReadForms, All),
                (ReadSubmissions, Team),
                (ChooseNotifications, Own),
                (SecureAccount, Own),
            ],
        ),
        (
            Role::Agent,
            &[
                (ReadOrganization, All),
                (ReadLeads, Own),
                (NoteLead, Own),
                (QualifyLead, Own),
                (ChooseNotifications, Own),
                (SecureAccount, Own),
            ],
        ),
        (Role::Viewer, &[(ReadOrganization, All), (ReadLeads, Team), (ChooseNotifications, Own), (SecureAccount, Own)]),
        (
            Role::PrivacyOfficer,
            &[
                (ReadOrganization, All),
                (ReadLeads, All),
                (ReadForms, All),
                (ReadSubmissions, All),
                (ChooseNotifications, Own),
                (ReadAudit, All),
                (ExportAudit, All),
                (SecureAccount, Own),
            ],
        ),
        (Role::Billing, &[(ReadOrganization, All), (ChooseNotifications, Own), (SecureAccount, Own)]),
    ]
};

/// Work the product does by itself, each with fixed grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Makes the first rows of an organization that signs up.
    SignUp,
    /// Tells somebody what happened to their account while nobody was signed in.
    Account,
    /// Runs the reactions to what happened.
    React,
    /// Writes down what matters to security.
    Watch,
    /// Walks along the audit trail.
    VerifyAudit,
}

impl Job {
    const fn grants(self) -> &'static [(Permission, Reach)] {
        match self {
            Self::SignUp => &[(Permission::FoundOrganization, Reach::All)],
            Self::Account => &[(Permission::SecureAccount, Reach::Own)],
            Self::React => &[
                (Permission::ProcessSubmission, Reach::All),
                (Permission::PrepareMail, Reach::All),
                (Permission::CompleteEvent, Reach::All),
            ],
            Self::Watch => &[(Permission::NoteSecurity, Reach::All)],
            Self::VerifyAudit => &[(Permission::VerifyAudit, Reach::All)],
        }
    }
}

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A member, in one of their sessions.
    Member(UserId, SessionId),
    /// Somebody who fills this form.
    Visitor(FormId),
    /// The product itself.
    Job(Job),
}

/// Someone who acts in one organization: a member, a visitor of a form, or a job.
#[derive(Clone, Debug)]
pub struct Actor {
    organization: OrganizationId,
    who: Who,
    grants: Vec<(Permission, Reach)>,
}

impl Actor {
    /// A member whose session and roles were just read from storage.
    pub fn member(organization: OrganizationId, user: UserId, session: SessionId, roles: &[Role]) -> Self {
        let grants = roles.iter().flat_map(|role| role.grants()).copied().collect();
        Self { organization, who: Who::Member(user, session), grants }
    }

    /// A visitor who came by a form's public address. May read that form and send it, nothing else.
    pub fn visitor(organization: OrganizationId, form: FormId) -> Self {
        let grants = vec![(Permission::ShowForm, Reach::All), (Permission::CaptureLead, Reach::All)];
        Self { organization, who: Who::Visitor(form), grants }
    }

    /// The product itself, at one of its jobs.
    pub fn job(organization: OrganizationId, job: Job) -> Self {
        Self { organization, who: Who::Job(job), grants: job.grants().to_vec() }
    }

    /// The organization in which they act.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who acts.
    pub fn who(&self) -> Who {
        self.who
    }

    /// Whether they have the permission at all: for pages that hide what would be refused.
    pub fn may(&self, permission: Permission) -> bool {
        self.reach(permission).is_some()
    }

    /// Asks for one permission. The only maker of [`TenantScope`].
    ///
    /// # Errors
    /// [`Forbidden`] if no role or job of the actor grants it.
    pub fn permit(&self, permission: Permission) -> Result<TenantScope, Forbidden> {
        let reach = self.reach(permission).ok_or(Forbidden(permission))?;
        Ok(TenantScope { organization: self.organization, who: self.who, permission, reach })
    }

    fn reach(&self, permission: Permission) -> Option<Reach> {
        self.grants.iter().filter(|(granted, _)| *granted == permission).map(|(_, reach)| *reach).max()
    }
}

/// Proof that an actor may do one thing in one organization.
#[must_use]
#[derive(Debug)]
pub struct TenantScope {
    organization: OrganizationId,
    who: Who,
    permission: Permission,
    reach: Reach,
}

impl TenantScope {
    /// The organization it is good for.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Who asked.
    pub fn who(&self) -> Who {
        self.who
    }

    /// What was asked for.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// Which leads it covers.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The member who asked, if it was one.
    pub fn user(&self) -> Option<UserId> {
        match self.who {
            Who::Member(user, _) => Some(user),
            Who::Visitor(_) | Who::Job(_) => None,
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

    fn member(roles: &[Role]) -> Actor {
        Actor::member(OrganizationId(Uuid::nil()), UserId(Uuid::nil()), SessionId(Uuid::nil()), roles)
    }

    fn matrix() -> String {
        let mut page = String::from(
            "# Permissions\n\nPrinted from `ROLES` in `domain/src/access.rs` by a test of that file; \
             `UPDATE=1 cargo test -p qualify-domain` prints it anew.\n\n\
             A: all of the organization · T: own team · O: own leads and those nobody owns · –: none\n\n| permission |",
        );
        for role in Role::ALL {
            write!(page, " {role} |").unwrap();
        }
        page.push_str("\n|---|---|---|---|---|---|---|---|\n");
        for permission in Permission::ALL {
            write!(page, "| {permission:?} |").unwrap();
            for role in Role::ALL {
                let cell = match member(&[role]).permit(*permission).map(|scope| scope.reach()) {
                    Ok(Reach::All) => "A",
                    Ok(Reach::Team) => "T",
                    Ok(Reach::Own) => "O",
                    Err(Forbidden(_)) => "–",
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
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(path, matrix()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), matrix());
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
    fn no_member_does_the_work_of_a_visitor_or_a_job() {
        let all = member(&Role::ALL);
        for permission in [
            Permission::CaptureLead,
            Permission::ShowForm,
            Permission::FoundOrganization,
            Permission::ProcessSubmission,
            Permission::PrepareMail,
            Permission::CompleteEvent,
            Permission::NoteSecurity,
            Permission::VerifyAudit,
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
}
