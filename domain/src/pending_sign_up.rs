//! A sign-up whose mailbox is not proven yet: nothing but a wish. It becomes an account and an organization by the link
//! in the mail, or is forgotten after a day.

use crate::{
    id::{OneTimeTokenId, OrganizationId},
    language::Language,
    password::OwnWords,
    text::{Email, Name},
};

/// A sign-up whose mailbox is not proven yet. It holds no password: that is chosen by whoever reads the mail, so that
/// nobody can prepare an account for somebody else and keep a key to it.
#[derive(Clone, Debug)]
pub struct PendingSignUp {
    /// The token that proves the mailbox.
    pub token: OneTimeTokenId,
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// What the organization shall be called.
    pub organization: Name,
    /// The id it will have.
    pub home: OrganizationId,
    /// The language of the page on which it was typed.
    pub language: Language,
}

impl PendingSignUp {
    /// The words its password must not be made of (AUTH-3).
    pub fn own_words(&self, email: &Email) -> OwnWords {
        OwnWords::of(&[&self.first_name, &self.last_name, &self.organization, email])
    }
}
