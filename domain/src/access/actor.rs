//! Someone who acts, and the scope that proves they asked.

use super::{Duty, Forbidden, Permission, Reach, Role, SUPPORT};
use crate::{
    activity::Author,
    api_key::KeyScope,
    audit::Target,
    id::{ApiKeyId, FormId, OrganizationId, SessionId, SupportGrantId, UserId},
    team::Colleagues,
};

/// Who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A member, in one of their sessions.
    Member(UserId, SessionId),
    /// Somebody who fills this form.
    Visitor(FormId),
    /// Somebody who asks what is theirs by right.
    Asker,
    /// A program, with one of the organization's API keys.
    ApiKey(ApiKeyId),
    /// Somebody from support, where an owner opened.
    Support(SupportGrantId),
    /// The product itself.
    Product(Duty),
}

impl Who {
    fn user(self) -> Option<UserId> {
        match self {
            Self::Member(user, _) => Some(user),
            Self::Visitor(_) | Self::Asker | Self::ApiKey(_) | Self::Support(_) | Self::Product(_) => None,
        }
    }
}

/// Someone who acts in one organization: a member, a visitor of a form, a program with an API key, somebody from support, or
/// the product itself.
#[derive(Clone, Debug)]
pub struct Actor {
    organization: OrganizationId,
    who: Who,
    grants: Vec<(Permission, Reach)>,
    colleagues: Colleagues,
    looks_at: Option<Target>,
    in_pieces: bool,
    is_closed: bool,
}

impl Actor {
    /// A member whose session, roles and teams were just read from storage.
    pub fn member(
        organization: OrganizationId,
        user: UserId,
        session: SessionId,
        roles: &[Role],
        colleagues: Colleagues,
    ) -> Self {
        let grants = roles.iter().flat_map(|role| role.grants()).copied().collect();
        Self::of(organization, Who::Member(user, session), grants, colleagues)
    }

    fn of(organization: OrganizationId, who: Who, grants: Vec<(Permission, Reach)>, colleagues: Colleagues) -> Self {
        Self { organization, who, grants, colleagues, looks_at: None, in_pieces: false, is_closed: false }
    }

    /// The same with what was granted to them on top of their roles. What their roles do not let be granted has no effect.
    #[must_use]
    pub fn with_grants(mut self, roles: &[Role], granted: &[Permission]) -> Self {
        self.grants.extend(granted.iter().filter_map(|permission| Some((*permission, permission.granted_to(roles)?))));
        self
    }

    /// A visitor who came by a form's public address. May read that form and send it, nothing else.
    pub fn visitor(organization: OrganizationId, form: FormId) -> Self {
        let grants = vec![(Permission::ShowForm, Reach::All), (Permission::CaptureLead, Reach::All)];
        Self::of(organization, Who::Visitor(form), grants, Colleagues::default())
    }

    /// Somebody who came by the public address of an organization. May ask what is theirs by right, nothing else.
    pub fn asker(organization: OrganizationId) -> Self {
        let grants = vec![(Permission::AskRights, Reach::All)];
        Self::of(organization, Who::Asker, grants, Colleagues::default())
    }

    /// A program whose key was just read from storage: what the key's role grants, as far as its scopes go.
    pub fn api_key(
        organization: OrganizationId,
        key: ApiKeyId,
        role: Role,
        scopes: &[KeyScope],
        colleagues: Colleagues,
    ) -> Self {
        let opened = |permission: &Permission| scopes.iter().any(|scope| scope.permissions().contains(permission));
        let grants = role.grants().iter().filter(|(permission, _)| opened(permission)).copied().collect();
        Self::of(organization, Who::ApiKey(key), grants, colleagues)
    }

    /// Somebody from support by a grant that was just read from storage, who looks at one thing, or at a list. Each look is
    /// kept in the audit trail.
    pub fn support(organization: OrganizationId, grant: SupportGrantId, looks_at: Option<Target>) -> Self {
        let actor = Self::of(organization, Who::Support(grant), SUPPORT.to_vec(), Colleagues::default());
        Self { looks_at, ..actor }
    }

    /// The product itself, at one of its duties.
    pub fn product(organization: OrganizationId, duty: Duty) -> Self {
        Self::of(organization, Who::Product(duty), duty.grants().to_vec(), Colleagues::default())
    }

    /// The same, at long work that is done in many pieces and was told to the audit trail when it began: of its pieces
    /// the trail keeps what they say was touched, which is its end with the numbers.
    #[must_use]
    pub fn in_pieces(self) -> Self {
        Self { in_pieces: true, ..self }
    }

    /// The same in an organization whose end was asked for: they look, take away, and change nothing (RET-7).
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.grants.retain(|(permission, _)| permission.outlasts_closing());
        self.is_closed = true;
        self
    }

    /// The same in an organization whose subscription has ended: they take away, serve the rights of people, and pay (RET-7).
    #[must_use]
    pub fn locked(mut self) -> Self {
        self.grants.retain(|(permission, _)| permission.outlasts_expiry());
        self.is_closed = true;
        self
    }

    /// Whether their organization ends, or only looks for now.
    pub fn is_closed(&self) -> bool {
        self.is_closed
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

    /// Whether they have all that a role grants, as far as it reaches.
    pub fn covers(&self, role: Role) -> bool {
        role.grants().iter().all(|(permission, reach)| self.reach(*permission) >= Some(*reach))
    }

    /// Asks for one permission. The only maker of [`TenantScope`].
    ///
    /// # Errors
    /// [`Forbidden`] if no role or duty of the actor grants it.
    pub fn permit(&self, permission: Permission) -> Result<TenantScope, Forbidden> {
        let reach = self.reach(permission).ok_or(Forbidden(permission))?;
        let owners = self.owners(reach);
        Ok(TenantScope {
            organization: self.organization,
            who: self.who,
            permission,
            reach,
            owners,
            looks_at: self.looks_at,
            in_pieces: self.in_pieces,
        })
    }

    /// Whose leads that reach covers, beside those nobody owns; none where it covers all.
    fn owners(&self, reach: Reach) -> Option<Vec<UserId>> {
        let mut owners = match (reach, &self.colleagues) {
            (Reach::All, _) | (Reach::Team, Colleagues::Everybody) => return None,
            (Reach::Team, Colleagues::Only(colleagues)) => colleagues.clone(),
            (Reach::Own, _) => Vec::new(),
        };
        owners.extend(self.user());
        owners.sort_unstable();
        owners.dedup();
        Some(owners)
    }

    /// Whether they are from support.
    pub fn is_support(&self) -> bool {
        matches!(self.who, Who::Support(_))
    }

    /// The member who acts, if it is one.
    pub fn user(&self) -> Option<UserId> {
        self.who.user()
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
    owners: Option<Vec<UserId>>,
    looks_at: Option<Target>,
    in_pieces: bool,
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

    /// At what they look, where that is kept.
    pub fn looks_at(&self) -> Option<Target> {
        self.looks_at
    }

    /// What was asked for.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// Whether it is for a piece of long work, of which the audit trail knows already.
    pub fn is_in_pieces(&self) -> bool {
        self.in_pieces
    }

    /// Whether work under it only looks. A piece of long work keeps how far it came, whatever else it does.
    pub fn is_read(&self) -> bool {
        self.permission.is_read() && !self.in_pieces
    }

    /// Which leads it covers.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whose leads it covers, beside those nobody owns; none where it covers all.
    pub fn owners(&self) -> Option<&[UserId]> {
        self.owners.as_deref()
    }

    /// Whether a lead may be given to that member, or to nobody: who reaches own leads only takes them, who reaches a
    /// team gives within it.
    pub fn may_give_to(&self, owner: Option<UserId>) -> bool {
        owner.is_none_or(|owner| self.owners().is_none_or(|owners| owners.contains(&owner)))
    }

    /// The member who asked, if it was one.
    pub fn user(&self) -> Option<UserId> {
        self.who.user()
    }

    /// Who asked, as a timeline tells it.
    pub fn author(&self) -> Option<Author> {
        match self.who {
            Who::Member(user, _) => Some(Author::Member(user)),
            Who::ApiKey(key) => Some(Author::Program(key)),
            Who::Visitor(_) | Who::Asker | Who::Support(_) | Who::Product(_) => None,
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests make every kind of actor")]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn owners(role: Role, colleagues: Colleagues) -> Option<Vec<UserId>> {
        let actor = Actor::member(OrganizationId(Uuid::nil()), id(1), SessionId(Uuid::nil()), &[role], colleagues);
        actor.permit(Permission::ReadLeads).unwrap().owners().map(<[_]>::to_vec)
    }

    #[test]
    fn whose_subscription_has_ended_takes_away_answers_for_rights_and_pays() {
        let id_of = |role| {
            Actor::member(OrganizationId(Uuid::nil()), id(1), SessionId(Uuid::nil()), &[role], Colleagues::Everybody)
        };
        for role in Role::ALL {
            let (all, closed, locked) = (id_of(role), id_of(role).closed(), id_of(role).locked());
            assert!(locked.is_closed() && !all.is_closed());
            for permission in Permission::ALL {
                assert_eq!(
                    locked.may(*permission),
                    all.may(*permission) && permission.outlasts_expiry(),
                    "{permission:?}"
                );
                assert!(closed.may(*permission) || !locked.may(*permission), "{role} {permission:?}");
            }
        }
        let owner = id_of(Role::Owner).locked();
        for open in [
            Permission::ReadBilling,
            Permission::ManageBilling,
            Permission::ExportLeads,
            Permission::RunJobs,
            Permission::CopyPerson,
            Permission::EraseLead,
            Permission::ReadRetention,
            Permission::ExportAudit,
            Permission::SecureAccount,
            Permission::LeaveOrganization,
        ] {
            assert!(owner.may(open), "{open:?}");
        }
        for shut in [
            Permission::ReadLeads,
            Permission::ReadForms,
            Permission::ReadSubmissions,
            Permission::ChangeLead,
            Permission::ImportLeads,
            Permission::ManageMembers,
            Permission::ManageWebhooks,
            Permission::ManageApiKeys,
        ] {
            assert!(!owner.may(shut), "{shut:?}");
        }
    }

    #[test]
    fn until_teams_are_made_the_organization_is_one_team() {
        assert_eq!(owners(Role::Manager, Colleagues::Everybody), None);
        assert_eq!(owners(Role::Agent, Colleagues::Everybody), Some(vec![id(1)]));
    }

    #[test]
    fn a_team_reaches_its_members_leads_and_one_without_a_team_their_own() {
        let team = || Colleagues::Only(vec![id(3), id(2), id(3)]);
        assert_eq!(owners(Role::Manager, team()), Some(vec![id(1), id(2), id(3)]));
        assert_eq!(owners(Role::Manager, Colleagues::default()), Some(vec![id(1)]));
        assert_eq!(owners(Role::Agent, team()), Some(vec![id(1)]));
        assert_eq!(owners(Role::Owner, team()), None);
    }

    #[test]
    fn visitors_and_the_product_are_not_bound_to_a_team() {
        let product = Actor::product(OrganizationId(Uuid::nil()), Duty::React);
        assert_eq!(product.permit(Permission::ProcessSubmission).unwrap().owners(), None);
        let visitor = Actor::visitor(OrganizationId(Uuid::nil()), FormId(Uuid::nil()));
        assert_eq!(visitor.permit(Permission::CaptureLead).unwrap().owners(), None);
    }

    #[test]
    fn support_only_looks_and_takes_nothing_away() {
        let grant = SupportGrantId(Uuid::nil());
        let lead = Target::Lead(crate::id::LeadId(Uuid::from_u128(7)));
        let support = Actor::support(OrganizationId(Uuid::nil()), grant, Some(lead));
        let held: Vec<_> = Permission::ALL.iter().filter(|permission| support.may(**permission)).collect();
        assert_eq!(held, [&Permission::ReadOrganization, &Permission::ReadLeads, &Permission::ReadForms]);
        let viewer = owners(Role::Viewer, Colleagues::Everybody);
        let scope = support.permit(Permission::ReadLeads).unwrap();
        assert_eq!((scope.owners().map(<[_]>::to_vec), scope.user(), scope.author()), (viewer, None, None));
        assert!(scope.is_read() && !scope.permission().sees_restricted());
        assert_eq!(scope.looks_at(), Some(lead));
    }
}
