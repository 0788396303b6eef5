use qualify_domain::{
    access::{Actor, Permission, Reach, Role},
    id::{LeadId, UserId},
    lead::Lead,
    organization::Member,
    text::Name,
};

use crate::Error;

/// Why a lead is within somebody's reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// All leads are.
    All,
    /// They own it.
    Own,
    /// Nobody owns it: the queue.
    Queue,
    /// Its owner is in that team of theirs.
    Team(Name),
    /// The organization has no teams, and is one.
    OneTeam,
    /// It is not.
    Beyond,
}

/// What somebody may do, and why.
#[derive(Debug)]
pub struct Answer {
    /// What.
    pub permission: Permission,
    /// By which roles, each with its reach; none if they may not.
    pub by: Vec<(Role, Reach)>,
    /// Whether it was granted to them on top of their roles, and how far.
    pub granted: Option<Reach>,
    /// For the lead that was asked about: why it is within the widest of these reaches, or that it is not.
    pub lead: Option<Nearness>,
}

/// What somebody may do with a record, and why.
#[derive(Debug)]
pub struct Explained {
    /// Who.
    pub member: Member,
    /// With which lead, if one was asked about.
    pub lead: Option<Lead>,
    /// Every permission a member can have.
    pub answers: Vec<Answer>,
}

impl super::Members {
    /// Tells what a member may do, by which role, and with a lead of the organization in particular.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn explain(&self, actor: &Actor, who: UserId, lead: Option<LeadId>) -> Result<Explained, Error> {
        let scope = actor.permit(Permission::ExplainAccess)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let member = tx.members().find(who).await?.ok_or(Error::NotFound("member"))?;
        let teams = tx.teams().list().await?;
        let granted_to_them = super::people::granted_to(&mut *tx, who).await?;
        let lead = match lead {
            Some(id) => Some(tx.leads().find(id).await?.ok_or(Error::NotFound("lead"))?),
            None => None,
        };
        let near = |reach: Reach, lead: &Lead| match (reach, lead.owner) {
            (Reach::All, _) => Nearness::All,
            (_, None) => Nearness::Queue,
            (_, Some(owner)) if owner == who => Nearness::Own,
            (Reach::Own, Some(_)) => Nearness::Beyond,
            (Reach::Team, Some(_)) if teams.is_empty() => Nearness::OneTeam,
            (Reach::Team, Some(owner)) => teams
                .iter()
                .find(|team| team.members.contains(&who) && team.members.contains(&owner))
                .map_or(Nearness::Beyond, |team| Nearness::Team(team.name.clone())),
        };
        let answers = Permission::ALL.iter().copied().filter(|permission| is_members(*permission)).map(|permission| {
            let by: Vec<(Role, Reach)> =
                member.membership.roles.iter().filter_map(|role| Some((*role, granted(*role, permission)?))).collect();
            let roles = &member.membership.roles;
            let granted = granted_to_them.contains(&permission).then(|| permission.granted_to(roles)).flatten();
            let widest = by.iter().map(|(_, reach)| *reach).chain(granted).max();
            let lead = lead.as_ref().filter(|_| permission.is_about_leads()).zip(widest);
            Answer { permission, by, granted, lead: lead.map(|(lead, reach)| near(reach, lead)) }
        });
        let answers = answers.collect();
        Ok(Explained { member, lead, answers })
    }
}

fn granted(role: Role, permission: Permission) -> Option<Reach> {
    role.grants().iter().find(|(granted, _)| *granted == permission).map(|(_, reach)| *reach)
}

fn is_members(permission: Permission) -> bool {
    Role::ALL.into_iter().any(|role| granted(role, permission).is_some())
}
