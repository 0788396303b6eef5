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
