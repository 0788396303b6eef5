use jiff::tz::TimeZone;
use qualify_domain::{
    access::{Permission, Reach},
    event::Event,
    id::{LeadId, UserId},
    notification::{Choice, Notification, NotificationKind, Wishes},
    organization::Membership,
    team::Team,
    zone::Zone,
};
use qualify_ports::{
    live::Change,
    storage::{Claimed, TenantTx},
};

use super::{Reactions, Unfinished, scope};
use crate::leads::found::followed;

/// What members are told.
#[derive(Clone, Copy)]
pub(super) struct News {
    pub kind: NotificationKind,
    pub lead: LeadId,
    /// Who did it, if it was a member.
    pub actor: Option<UserId>,
}

/// How a lead came to be, or came again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// Its person filled a form.
    ByForm,
    /// A member made it, or a program.
    ByHand(Option<UserId>),
}

impl Reactions {
    /// Tells each member who may see the lead that its person wrote.
    pub(super) async fn tell_members(
        &self,
        claimed: &Claimed,
        lead: LeadId,
        first: bool,
        opening: Opening,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        // It may have been merged since: then it is the other's news.
        let Some(found) = followed(&mut *tx, lead).await? else { return Ok(tx.commit().await?) };
        let (lead, owner) = (found.id, found.owner);
        let teams = tx.teams().list().await?;
        let by = match opening {
            Opening::ByForm => None,
            Opening::ByHand(by) => by,
        };
        let kind = if first { NotificationKind::NewLead } else { NotificationKind::Answer };
        let wishes = tx.notifications().all_wishes().await?;
        let usual = Wishes::default();
        for member in tx.members().list().await? {
            let user = Some(member.membership.user);
            let wishes = wishes.get(&member.membership.user).unwrap_or(&usual);
            // To whom a new lead was given by hand, that is told instead.
            let is_given = first && opening != Opening::ByForm && user == owner;
            let told_otherwise = is_given && wishes.of(NotificationKind::Assignment) != Choice::Off;
            if user != by && !told_otherwise && sees(&member.membership, owner, &teams) {
                let choice = wishes.of(kind);
                self.tell(&mut *tx, member.membership.user, News { kind, lead, actor: by }, choice).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Tells one member, who may see the lead, in the way they wish.
    pub(super) async fn tell(
        &self,
        tx: &mut dyn TenantTx,
        member: UserId,
        news: News,
        choice: Choice,
    ) -> Result<(), Unfinished> {
        if choice == Choice::Off {
            return Ok(());
        }
        let now = self.clock.now();
        let News { kind, lead, actor } = news;
        let (id, lead) = (self.ids.next(), Some(lead));
        let notification = Notification { id, member, kind, lead, job: None, actor, at: now, read_at: None };
        tx.notifications().insert(&notification, choice).await?;
        tx.announce(Change::Notification(member)).await?;
        if choice == Choice::AtOnce {
            return Ok(tx.outbox().append(&Event::LeadMailDue { member }, now).await?);
        }
        let mut pace = tx.paces().member(member, now).await?;
        let zone = self.zone(tx, member).await?;
        if let Some(morning) = pace.digests.plan(&zone, now) {
            tx.outbox().append(&Event::DigestDue { member }, morning).await?;
            tx.paces().keep_member(member, &pace).await?;
        }
        Ok(())
    }
}

impl Reactions {
    /// Where a member's morning comes.
    pub(super) async fn zone(&self, tx: &mut dyn TenantTx, member: UserId) -> Result<TimeZone, Unfinished> {
        let chosen = tx.paces().zone(member).await?;
        Ok(chosen.map_or_else(|| self.options.time_zone.clone(), Zone::rules))
    }
}

/// Whether a lead of that owner is within the member's reach (RLS-13).
pub(super) fn sees(member: &Membership, owner: Option<UserId>, teams: &[Team]) -> bool {
    let grants = member.roles.iter().flat_map(|role| role.grants());
    let reach = grants.filter(|(permission, _)| *permission == Permission::ReadLeads).map(|(_, reach)| *reach).max();
    match (reach, owner) {
        (Some(Reach::All), _) | (Some(_), None) => true,
        (Some(_), Some(owner)) if owner == member.user => true,
        (None, _) | (Some(Reach::Own), Some(_)) => false,
        (Some(Reach::Team), Some(owner)) => {
            let together = |team: &Team| team.members.contains(&owner) && team.members.contains(&member.user);
            teams.is_empty() || teams.iter().any(together)
        }
    }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{access::Role, id::TeamId, text::Name};
    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn sees_lead_of(owner: Option<u128>, role: Role, teams: &[Team]) -> bool {
        let member = Membership { user: user(1), roles: vec![role] };
        sees(&member, owner.map(user), teams)
    }

    #[test]
    fn rls_13_nobody_is_told_of_a_lead_beyond_their_reach() {
        let team = |id, members: &[u128]| Team {
            id: TeamId(Uuid::from_u128(id)),
            name: Name::parse("Field").unwrap(),
            members: members.iter().copied().map(user).collect(),
            leader: None,
        };
        let teams = [team(1, &[1, 2]), team(2, &[3])];
        for (role, of_queue, own, of_team, of_others) in [
            (Role::Owner, true, true, true, true),
            (Role::Manager, true, true, true, false),
            (Role::Agent, true, true, false, false),
            (Role::Billing, false, false, false, false),
        ] {
            let told = [None, Some(1), Some(2), Some(3)].map(|owner| sees_lead_of(owner, role, &teams));
            assert_eq!(told, [of_queue, own, of_team, of_others], "{role}");
        }
        assert!(sees_lead_of(Some(3), Role::Manager, &[]), "without teams the organization is one");
    }
}
