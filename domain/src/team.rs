//! Teams: groups of members who see each other's leads.

use crate::{
    id::{TeamId, UserId},
    text::Name,
};

/// A group of members who see each other's leads. A member may be in several.
#[derive(Clone, Debug)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
    /// Who is in it.
    pub members: Vec<UserId>,
    /// The one of them who leads it.
    pub leader: Option<UserId>,
}

/// Whose leads the reach of a team covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Colleagues {
    /// Everybody's: the organization has no teams, and is one.
    Everybody,
    /// Those of the members of one's teams.
    Only(Vec<UserId>),
}

/// Nobody: who is in no team.
impl Default for Colleagues {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

impl Colleagues {
    /// Whose leads a member's teams cover, where these are the organization's teams.
    pub fn of(member: UserId, teams: &[Team]) -> Self {
        if teams.is_empty() {
            return Self::Everybody;
        }
        let own = teams.iter().filter(|team| team.members.contains(&member));
        Self::Only(own.flat_map(|team| &team.members).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn colleagues_are_those_in_one_of_ones_teams() {
        let user = |n| UserId(Uuid::from_u128(n));
        let team = |members: &[u128]| Team {
            id: TeamId(Uuid::nil()),
            name: Name::parse("Field").unwrap(),
            members: members.iter().copied().map(user).collect(),
            leader: None,
        };
        assert_eq!(Colleagues::of(user(1), &[]), Colleagues::Everybody);
        let teams = [team(&[1, 2]), team(&[3]), team(&[4, 1])];
        assert_eq!(Colleagues::of(user(1), &teams), Colleagues::Only([1, 2, 4, 1].map(user).to_vec()));
        assert_eq!(Colleagues::of(user(9), &teams), Colleagues::default(), "nobody, where others have teams");
    }
}
