//! Who may change whose membership: the rules that hold whatever the roles say. They are asked of the members as they are
//! at that moment, held so that nobody changes them meanwhile.

use crate::{
    access::{Permission, Role},
    id::UserId,
    organization::Membership,
};

/// The members of an organization.
#[derive(Clone, Debug)]
pub struct Roster(Vec<Membership>);

/// A membership cannot be changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// Nobody of that id is a member.
    #[error("that user is no member")]
    Unknown,
    /// Whoever asks no longer manages members.
    #[error("who asks does not manage members any more")]
    NotYours,
    /// Only an owner changes, makes or removes owners.
    #[error("only an owner changes owners")]
    OwnersOnly,
    /// An organization always has an owner.
    #[error("it is the last owner")]
    LastOwner,
    /// Leaving is another thing than removing somebody.
    #[error("nobody removes themselves: they leave")]
    Oneself,
    /// No role of the member lets that be granted, or who asks does not have it.
    #[error("that cannot be granted to that member by who asks")]
    NotGrantable,
    /// A member is at least one thing.
    #[error("a member has at least one role")]
    NoRole,
}

impl Roster {
    /// The roster of these members.
    pub fn new(members: impl IntoIterator<Item = Membership>) -> Self {
        Self(members.into_iter().collect())
    }

    /// Whether somebody is a member.
    pub fn has(&self, user: UserId) -> bool {
        self.roles(user).is_ok()
    }

    /// Asks whether `by` may give `who` these roles in place of theirs.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub fn may_give(&self, by: UserId, who: UserId, roles: &[Role]) -> Result<(), MemberError> {
        let (former, mine) = (self.roles(who)?, self.manager(by)?);
        let changes_owner = former.contains(&Role::Owner) || roles.contains(&Role::Owner);
        if roles.is_empty() {
            return Err(MemberError::NoRole);
        }
        if changes_owner && !mine.contains(&Role::Owner) {
            return Err(MemberError::OwnersOnly);
        }
        if roles.contains(&Role::Owner) { Ok(()) } else { self.keeps_an_owner_without(who) }
    }

    /// Asks whether `by`, who has what `has` says, may let `who` have `granted` on top of their roles, in place of `former`.
    /// Nobody gives what they do not have; taking away is another thing.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub fn may_grant(
        &self,
        by: UserId,
        who: UserId,
        (former, granted): (&[Permission], &[Permission]),
        has: impl Fn(Permission) -> bool,
    ) -> Result<(), MemberError> {
        let (theirs, mine) = (self.roles(who)?, self.manager(by)?);
        if theirs.contains(&Role::Owner) && !mine.contains(&Role::Owner) {
            return Err(MemberError::OwnersOnly);
        }
        let is_fine = |permission: &Permission| {
            permission.granted_to(theirs).is_some() && (former.contains(permission) || has(*permission))
        };
        if granted.iter().all(is_fine) { Ok(()) } else { Err(MemberError::NotGrantable) }
    }

    /// Asks whether `by` may invite somebody as these: what may be given, may be offered.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub fn may_invite(&self, by: UserId, roles: &[Role]) -> Result<(), MemberError> {
        let mine = self.manager(by)?;
        match roles {
            [] => Err(MemberError::NoRole),
            roles if roles.contains(&Role::Owner) && !mine.contains(&Role::Owner) => Err(MemberError::OwnersOnly),
            _ => Ok(()),
        }
    }

    /// Whether an invitation as these still stands that `by` made. It stands until it is withdrawn, whatever becomes of
    /// who made it: a colleague who left has still invited on behalf of the organization. But an owner is made only as
    /// long as an owner answers for it.
    pub fn stands(&self, by: UserId, roles: &[Role]) -> bool {
        !roles.contains(&Role::Owner) || self.roles(by).is_ok_and(|mine| mine.contains(&Role::Owner))
    }

    /// Asks whether `by` may remove `who`.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub fn may_remove(&self, by: UserId, who: UserId) -> Result<(), MemberError> {
        let (former, mine) = (self.roles(who)?, self.manager(by)?);
        if by == who {
            return Err(MemberError::Oneself);
        }
        if former.contains(&Role::Owner) && !mine.contains(&Role::Owner) {
            return Err(MemberError::OwnersOnly);
        }
        self.keeps_an_owner_without(who)
    }

    /// Asks whether `who` may leave.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub fn may_leave(&self, who: UserId) -> Result<(), MemberError> {
        self.roles(who)?;
        self.keeps_an_owner_without(who)
    }

    /// The roles of both after `by` has handed the ownership to `to`: the former owner runs the organization as an admin.
    ///
    /// # Errors
    /// See [`MemberError`].
    pub fn hand_over(&self, by: UserId, to: UserId) -> Result<[(UserId, Vec<Role>); 2], MemberError> {
        let (mine, theirs) = (self.roles(by)?, self.roles(to)?);
        if by == to {
            return Err(MemberError::Oneself);
        }
        if !mine.contains(&Role::Owner) {
            return Err(MemberError::OwnersOnly);
        }
        let with = |roles: &[Role], gone: Role, new: Role| {
            let kept = roles.iter().copied().filter(|role| *role != gone && *role != new);
            std::iter::once(new).chain(kept).collect()
        };
        Ok([(to, with(theirs, Role::Owner, Role::Owner)), (by, with(mine, Role::Owner, Role::Admin))])
    }

    fn roles(&self, user: UserId) -> Result<&[Role], MemberError> {
        let found = self.0.iter().find(|membership| membership.user == user);
        found.map(|membership| &*membership.roles).ok_or(MemberError::Unknown)
    }

    /// The roles of somebody who may have lost them since the page was shown.
    fn manager(&self, by: UserId) -> Result<&[Role], MemberError> {
        let roles = self.roles(by).map_err(|_| MemberError::NotYours)?;
        let manages = roles.iter().any(|role| matches!(role, Role::Owner | Role::Admin));
        if manages { Ok(roles) } else { Err(MemberError::NotYours) }
    }

    fn keeps_an_owner_without(&self, who: UserId) -> Result<(), MemberError> {
        let another = self.0.iter().any(|other| other.user != who && other.roles.contains(&Role::Owner));
        if another { Ok(()) } else { Err(MemberError::LastOwner) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    /// Owner 1, owner 2 (if there are two), admin 3, agent 4.
    fn roster(two_owners: bool) -> Roster {
        let second = if two_owners { Role::Owner } else { Role::Manager };
        let roles = [(1, Role::Owner), (2, second), (3, Role::Admin), (4, Role::Agent)];
        Roster::new(roles.map(|(n, role)| Membership { user: id(n), roles: vec![role] }))
    }

    #[test]
    fn rls_13_an_admin_manages_members_but_not_owners() {
        let roster = roster(true);
        assert_eq!(roster.may_give(id(3), id(4), &[Role::Manager, Role::Billing]), Ok(()));
        assert_eq!(roster.may_give(id(3), id(4), &[Role::Owner]), Err(MemberError::OwnersOnly));
        assert_eq!(roster.may_give(id(3), id(3), &[Role::Owner]), Err(MemberError::OwnersOnly));
        assert_eq!(roster.may_give(id(3), id(1), &[Role::Agent]), Err(MemberError::OwnersOnly));
        assert_eq!(roster.may_remove(id(3), id(1)), Err(MemberError::OwnersOnly));
        assert_eq!(roster.may_remove(id(3), id(4)), Ok(()));
        assert_eq!(roster.hand_over(id(3), id(4)), Err(MemberError::OwnersOnly));
    }

    #[test]
    fn rls_13_only_owners_invite_owners_and_only_who_manages_members_invites() {
        let roster = roster(true);
        assert_eq!(roster.may_invite(id(1), &[Role::Owner, Role::Billing]), Ok(()));
        assert_eq!(roster.may_invite(id(3), &[Role::Owner]), Err(MemberError::OwnersOnly));
        assert_eq!(roster.may_invite(id(3), &[Role::Admin, Role::Agent]), Ok(()));
        assert_eq!(roster.may_invite(id(1), &[]), Err(MemberError::NoRole));
        for nobody in [id(4), id(9)] {
            assert_eq!(roster.may_invite(nobody, &[Role::Viewer]), Err(MemberError::NotYours));
        }
    }

    #[test]
    fn rls_13_an_invitation_stands_without_who_made_it_but_makes_no_owner_then() {
        let roster = roster(true);
        for by in [id(3), id(4), id(9)] {
            assert!(roster.stands(by, &[Role::Admin, Role::Agent]));
            assert!(!roster.stands(by, &[Role::Agent, Role::Owner]));
        }
        assert!(roster.stands(id(2), &[Role::Owner]));
    }

    #[test]
    fn rls_13_who_manages_nobody_any_more_changes_nobody() {
        for by in [id(4), id(9)] {
            assert_eq!(roster(true).may_give(by, id(3), &[Role::Agent]), Err(MemberError::NotYours));
            assert_eq!(roster(true).may_remove(by, id(3)), Err(MemberError::NotYours));
        }
    }

    #[test]
    fn rls_13_nobody_grants_what_they_do_not_have_or_what_no_role_lets_be_granted() {
        let (roster, erase) = (roster(false), [Permission::EraseLead]);
        let grant = |by, who, former: &[Permission], granted: &[Permission], has| {
            roster.may_grant(id(by), id(who), (former, granted), |_| has)
        };
        assert_eq!(grant(1, 3, &[], &erase, true), Ok(()));
        assert_eq!(grant(3, 3, &[], &erase, false), Err(MemberError::NotGrantable), "not to themselves either");
        assert_eq!(grant(3, 3, &erase, &erase, false), Ok(()), "what stays is not given");
        assert_eq!(grant(3, 3, &erase, &[], false), Ok(()), "whoever manages takes away");
        assert_eq!(grant(1, 4, &[], &erase, true), Err(MemberError::NotGrantable), "an agent has no such thing");
        assert_eq!(grant(1, 2, &[], &[Permission::ManageForms], true), Err(MemberError::NotGrantable));
        assert_eq!(grant(3, 1, &[], &[], true), Err(MemberError::OwnersOnly));
        assert_eq!(grant(2, 3, &[], &erase, true), Err(MemberError::NotYours));
        assert_eq!(grant(1, 9, &[], &erase, true), Err(MemberError::Unknown));
    }

    #[test]
    fn an_organization_always_has_an_owner() {
        let one = roster(false);
        assert_eq!(one.may_give(id(1), id(1), &[Role::Admin]), Err(MemberError::LastOwner));
        assert_eq!(one.may_leave(id(1)), Err(MemberError::LastOwner));
        assert_eq!(one.may_give(id(1), id(1), &[Role::Owner, Role::Agent]), Ok(()));
        let two = roster(true);
        assert_eq!(two.may_give(id(1), id(2), &[Role::Admin]), Ok(()));
        assert_eq!(two.may_remove(id(1), id(2)), Ok(()));
        assert_eq!(two.may_leave(id(1)), Ok(()));
    }

    #[test]
    fn nobody_removes_themselves_by_accident_or_becomes_nothing() {
        assert_eq!(roster(true).may_remove(id(1), id(1)), Err(MemberError::Oneself));
        assert_eq!(roster(true).may_give(id(1), id(4), &[]), Err(MemberError::NoRole));
        assert_eq!(roster(true).may_give(id(1), id(9), &[Role::Agent]), Err(MemberError::Unknown));
        assert_eq!(roster(true).may_leave(id(4)), Ok(()));
    }

    #[test]
    fn handing_over_makes_an_owner_and_an_admin() {
        let after = roster(false).hand_over(id(1), id(4)).unwrap();
        assert_eq!(after, [(id(4), vec![Role::Owner, Role::Agent]), (id(1), vec![Role::Admin])]);
        assert_eq!(roster(false).hand_over(id(1), id(1)), Err(MemberError::Oneself));
        assert_eq!(roster(false).hand_over(id(1), id(9)), Err(MemberError::Unknown));
    }
}
