use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{InvitationId, OneTimeTokenId},
    invitation::Invitation,
};

use super::StorageError;

/// How an invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationEnd {
    /// Somebody joined by it.
    Accepted,
    /// A member took it back.
    Withdrawn,
}

/// Invitations that were neither accepted nor withdrawn, expired ones among them.
#[async_trait]
pub trait InvitationStore: Send {
    /// All of them, the latest sent first.
    async fn list(&mut self) -> Result<Vec<Invitation>, StorageError>;

    /// The one of that id.
    async fn find(&mut self, id: InvitationId) -> Result<Option<Invitation>, StorageError>;

    /// The one to which the link with that token leads; none if it was sent again with another.
    async fn of_token(&mut self, token: OneTimeTokenId) -> Result<Option<Invitation>, StorageError>;

    /// Keeps an invitation, in the place of one for the same address if there is one: that keeps its id.
    async fn keep(&mut self, invitation: &Invitation) -> Result<(), StorageError>;

    /// Keeps since when the invited address takes no mail, or that it does, as the mail with that token tells. The first refusal
    /// counts.
    async fn mark_mail(&mut self, token: OneTimeTokenId, refused_at: Option<Timestamp>) -> Result<(), StorageError>;

    /// Ends an invitation; false if it had ended already.
    async fn end(&mut self, id: InvitationId, how: InvitationEnd) -> Result<bool, StorageError>;
}
