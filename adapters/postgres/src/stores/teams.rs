use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::{TeamId, UserId},
    team::Team,
};
use qualify_ports::storage::{StorageError, TeamStore};

use crate::{
    error::failed,
    tx::Work,
    values::{instant, value},
};

#[async_trait]
impl TeamStore for Work {
    async fn list(&mut self) -> Result<Vec<Team>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT t.id, t.name,
                ARRAY(
                    SELECT user_id FROM team_members AS m
                    WHERE m.organization_id = t.organization_id AND m.team_id = t.id ORDER BY user_id
                ) AS "members!",
                (
                    SELECT user_id FROM team_members AS m
                    WHERE m.organization_id = t.organization_id AND m.team_id = t.id AND is_leader
                ) AS leader
            FROM teams AS t WHERE t.organization_id = $1 ORDER BY name_norm"#,
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Team {
                    id: TeamId(row.id),
                    name: value(&row.name)?,
                    members: row.members.into_iter().map(UserId).collect(),
                    leader: row.leader.map(UserId),
                })
            })
            .collect()
    }

    async fn insert(&mut self, team: &Team, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO teams (organization_id, id, name, created_at) VALUES ($1, $2, $3, $4)",
            self.organization,
            team.id.0,
            &*team.name,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Team(team.id), &["new"]);
        self.fill(team).await
    }

    async fn update(&mut self, team: &Team) -> Result<(), StorageError> {
        let renamed = sqlx::query!(
            "UPDATE teams SET name = $3 WHERE organization_id = $1 AND id = $2",
            self.organization,
            team.id.0,
            &*team.name,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if renamed.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        sqlx::query!(
            "DELETE FROM team_members WHERE organization_id = $1 AND team_id = $2",
            self.organization,
            team.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Team(team.id), &["name", "members"]);
        self.fill(team).await
    }

    async fn remove(&mut self, id: TeamId) -> Result<bool, StorageError> {
        let removed = sqlx::query!("DELETE FROM teams WHERE organization_id = $1 AND id = $2", self.organization, id.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        let removed = removed.rows_affected() == 1;
        if removed {
            self.touched(Target::Team(id), &["removed"]);
        }
        Ok(removed)
    }

    async fn join(&mut self, user: UserId, teams: &[TeamId]) -> Result<(), StorageError> {
        let teams: Vec<_> = teams.iter().map(|team| team.0).collect();
        sqlx::query!(
            "INSERT INTO team_members (organization_id, team_id, user_id, is_leader)
            SELECT organization_id, id, $2, false FROM teams WHERE organization_id = $1 AND id = ANY ($3)
            ON CONFLICT (organization_id, team_id, user_id) DO NOTHING",
            self.organization,
            user.0,
            &teams,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Member(user), &["teams"]);
        Ok(())
    }
}

impl Work {
    async fn fill(&mut self, team: &Team) -> Result<(), StorageError> {
        let members: Vec<_> = team.members.iter().map(|member| member.0).collect();
        sqlx::query!(
            "INSERT INTO team_members (organization_id, team_id, user_id, is_leader)
            SELECT $1, $2, member, member IS NOT DISTINCT FROM $4 FROM unnest($3::uuid[]) AS member",
            self.organization,
            team.id.0,
            &members,
            team.leader.map(|leader| leader.0),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
