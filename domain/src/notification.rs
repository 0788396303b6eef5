//! Notifications: what a member is told of. Ids only; the words about a person stand in their lead.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{JobId, LeadId, NotificationId, UserId},
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
    /// A colleague named the member in a note.
    Mention,
    /// A task was given to the member by somebody else.
    Task,
    /// A task of the member is due.
    Reminder,
    /// A job that the member left has ended.
    JobOver,
    /// Leads go soon, because their time is over.
    LeadsEnd,
}

impl NotificationKind {
    /// The kinds of which a member chooses how they are told, in the order in which they are offered.
    pub const CHOSEN: [Self; 6] =
        [Self::Assignment, Self::Mention, Self::Task, Self::Reminder, Self::NewLead, Self::Answer];
    /// The other kinds: they ring the bell of whoever has to know, and go in no mail of news.
    pub const UNASKED: [Self; 2] = [Self::JobOver, Self::LeadsEnd];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NewLead => "new_lead",
            Self::Answer => "answer",
            Self::Assignment => "assignment",
            Self::Mention => "mention",
            Self::Task => "task",
            Self::Reminder => "reminder",
            Self::JobOver => "job_over",
            Self::LeadsEnd => "leads_end",
        }
    }
}

impl FromStr for NotificationKind {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::CHOSEN.into_iter().chain(Self::UNASKED).find(|kind| kind.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// How a member is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Choice {
    /// In the app, and by mail at once.
    #[default]
    AtOnce,
    /// In the app, and by mail once a day.
    Digest,
    /// Not at all.
    Off,
}

impl Choice {
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Digest, Self::Off];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Digest => "digest",
            Self::Off => "off",
        }
    }
}

impl FromStr for Choice {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|choice| choice.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// How a member wishes to be told, kind by kind. What was never chosen is told at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes(BTreeMap<NotificationKind, Choice>);

impl Wishes {
    /// How the member is told of that kind.
    pub fn of(&self, kind: NotificationKind) -> Choice {
        self.0.get(&kind).copied().unwrap_or_default()
    }

    /// The same with another choice for a kind.
    #[must_use]
    pub fn with(mut self, kind: NotificationKind, choice: Choice) -> Self {
        self.0.insert(kind, choice);
        self
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
    /// Which job it is about.
    pub job: Option<JobId>,
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
        for kind in NotificationKind::CHOSEN.into_iter().chain(NotificationKind::UNASKED) {
            assert_eq!(kind.code().parse(), Ok(kind));
        }
        assert_eq!("gossip".parse::<NotificationKind>(), Err(Rule::NotAChoice));
    }

    #[test]
    fn a_wish_is_kept_kind_by_kind_and_the_rest_is_told_at_once() {
        for choice in Choice::ALL {
            assert_eq!(choice.code().parse(), Ok(choice));
        }
        let wishes = Wishes::default().with(NotificationKind::Answer, Choice::Off);
        assert_eq!(wishes.of(NotificationKind::Answer), Choice::Off);
        assert_eq!(wishes.of(NotificationKind::Assignment), Choice::AtOnce);
    }
}
