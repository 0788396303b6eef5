use qualify_domain::{
    access::{Actor, Permission},
    id::{TeamId, UserId},
    team::Team,
    text::Name,
};
use qualify_ports::storage::StorageError;

use crate::Error;

impl super::Members {
    /// Makes a team. The first one ends the time when the whole organization is one.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] if there is one of that name.
    pub async fn make_team(&self, actor: &Actor, name: Name) -> Result<TeamId, Error> {
        let scope = actor.permit(Permission::ManageTeams)?;
        let team = Team { id: self.ids.next(), name, members: Vec::new(), leader: None };
        let mut tx = self.storage.tenant(&scope).await?;
        tx.teams().insert(&team, self.clock.now()).await.map_err(same_name)?;
        tx.commit().await?;
        Ok(team.id)
    }

    /// Renames a team and says who leads it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the team is gone or the leader not in it; [`Error::Conflict`].
    pub async fn change_team(
        &self,
        actor: &Actor,
        id: TeamId,
        name: Name,
        leader: Option<UserId>,
    ) -> Result<(), Error> {
        self.with_team(actor, id, |team| {
            if leader.is_some_and(|leader| !team.members.contains(&leader)) {
                return Err(Error::NotFound("member"));
            }
            (team.name, team.leader) = (name, leader);
            Ok(())
        })
        .await
    }

    /// Puts a member into a team, or takes one out.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn fill_team(&self, actor: &Actor, id: TeamId, who: UserId, within: bool) -> Result<(), Error> {
        self.with_team(actor, id, |team| {
            team.members.retain(|member| *member != who);
            if within {
                team.members.push(who);
            } else if team.leader == Some(who) {
                team.leader = None;
            }
            Ok(())
        })
        .await
    }

    /// Takes a team away; its members stay members.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn end_team(&self, actor: &Actor, id: TeamId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageTeams)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if !tx.teams().remove(id).await? {
            return Err(Error::NotFound("team"));
        }
        Ok(tx.commit().await?)
    }

    async fn with_team(
        &self,
        actor: &Actor,
        id: TeamId,
        change: impl FnOnce(&mut Team) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageTeams)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.members().hold().await?;
        let teams = tx.teams().list().await?;
        let mut team = teams.into_iter().find(|team| team.id == id).ok_or(Error::NotFound("team"))?;
        change(&mut team)?;
        let members = tx.members().list().await?;
        if !team.members.iter().all(|user| members.iter().any(|member| member.membership.user == *user)) {
            return Err(Error::NotFound("member"));
        }
        tx.teams().update(&team).await.map_err(same_name)?;
        Ok(tx.commit().await?)
    }
}

fn same_name(error: StorageError) -> Error {
    match error {
        StorageError::Conflict => Error::Conflict("team"),
        error => error.into(),
    }
}
