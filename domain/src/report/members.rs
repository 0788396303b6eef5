use crate::id::UserId;

/// What a member works on, and what they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberWork {
    /// The leads of the period that are theirs now.
    pub leads: u64,
    /// Those of them that were qualified, by now.
    pub qualified: u64,
    /// Those of them that were won, by now.
    pub won: u64,
    /// The calls, e-mails and meetings that they told of in the period.
    pub conversations: u64,
    /// The notes that they wrote in the period.
    pub notes: u64,
    /// How often they moved a lead in the period.
    pub moves: u64,
    /// The tasks that they did in the period.
    pub tasks: u64,
}

impl MemberWork {
    /// The counts, in the order in which they are shown.
    pub const fn counts(&self) -> [u64; 7] {
        [self.leads, self.qualified, self.won, self.conversations, self.notes, self.moves, self.tasks]
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            leads: self.leads + other.leads,
            qualified: self.qualified + other.qualified,
            won: self.won + other.won,
            conversations: self.conversations + other.conversations,
            notes: self.notes + other.notes,
            moves: self.moves + other.moves,
            tasks: self.tasks + other.tasks,
        }
    }

    /// What belongs to members, or to nobody, and what members did, by whom it is: those who did something and own nothing
    /// stand last.
    pub fn of(
        owned: Vec<(Option<UserId>, Self)>,
        done: impl IntoIterator<Item = (UserId, Self)>,
    ) -> Vec<(Option<UserId>, Self)> {
        let mut members = owned;
        for (user, work) in done {
            match members.iter_mut().find(|(member, _)| *member == Some(user)) {
                Some((_, known)) => *known = known.and(work),
                None => members.push((Some(user), work)),
            }
        }
        members
    }
}
