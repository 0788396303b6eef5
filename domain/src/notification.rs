//! Notifications: what a member is told of. Ids only; the words about a person stand in their lead.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{LeadId, NotificationId, UserId},
    violation::Rule,
};

/// A notification is forgotten after this long.
pub const MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a notification can tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationKind {
    /// Somebody wrote who was not known.
    NewLead,
    /// Somebody who is known wrote again.
    Answer,
    /// A lead was given to the member by somebody else.
    Assignment,
}

impl NotificationKind {
    /// Every kind, in the order in which a member chooses.
    pub const ALL: [Self; 3] = [Self::Assignment, Self::NewLead, Self::Answer];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NewLead => "new_lead",
            Self::Answer => "answer",
            Self::Assignment => "assignment",
        }
    }
}

impl FromStr for NotificationKind {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Something a member is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Who is told.
    pub member: UserId,
    /// Of what.
    pub kind: NotificationKind,
    /// Which lead it is about.
    pub lead: Option<LeadId>,
    /// The member who did it, if one did.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// When they read it.
    pub read_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_comes_back_as_it_was_kept() {
        for kind in NotificationKind::ALL {
            assert_eq!(kind.code().parse(), Ok(kind));
        }
        assert_eq!("gossip".parse::<NotificationKind>(), Err(Rule::NotAChoice));
    }
}
