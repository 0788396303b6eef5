//! An invitation into an organization: for one address, as something, for a week.

use jiff::Timestamp;

use crate::{
    access::Role,
    id::{InvitationId, OneTimeTokenId, UserId},
    text::Email,
};

/// An invitation that was neither accepted nor withdrawn.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The token in the link that accepts it; sent again, it is another.
    pub token: OneTimeTokenId,
    /// Who is invited.
    pub email: Email,
    /// As what.
    pub roles: Vec<Role>,
    /// Who answers for it.
    pub by: UserId,
    /// When it was sent last.
    pub invited_at: Timestamp,
    /// When its link stops working.
    pub expires_at: Timestamp,
    /// Since when no mail to the address is taken, if none is.
    pub mail_refused_at: Option<Timestamp>,
}

impl Invitation {
    /// Whether its link still works.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
