use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::{Permission, Role},
    closing::{Closing, ClosingNotice, Ending},
    id::UserId,
    mfa_policy::MfaPolicy,
    organization::{Member, Membership, Organization},
};

use super::StorageError;

/// The organization of the scope.
#[async_trait]
pub trait OrganizationStore: Send {
    /// The organization itself.
    async fn own(&mut self) -> Result<Organization, StorageError>;

    /// Whom it asks for a second factor.
    async fn mfa_policy(&mut self) -> Result<MfaPolicy, StorageError>;

    /// Keeps whom it asks for a second factor; a change begins a new time of grace.
    async fn set_mfa_policy(&mut self, policy: MfaPolicy, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps a new organization.
    async fn insert(&mut self, organization: &Organization, now: Timestamp) -> Result<(), StorageError>;

    /// Its end, if it has one.
    async fn closing(&mut self) -> Result<Option<Closing>, StorageError>;

    /// Keeps that it ends; [`StorageError::Stale`] if it did already.
    async fn close(&mut self, closing: Closing) -> Result<(), StorageError>;

    /// Takes that back, if it ends for one of these reasons; [`StorageError::Stale`] if it does not end for any of them, or its
    /// data may be going by `now`. What was not paid may be taken back until they do, for their purge can be held (RET-8).
    async fn reopen(&mut self, endings: &[Ending], now: Timestamp) -> Result<(), StorageError>;

    /// Keeps when the provider last said that nothing is paid for it, or that this is not known any more (RET-8); nothing if it does
    /// not end for that.
    async fn confirm_end(&mut self, at: Option<Timestamp>) -> Result<(), StorageError>;

    /// Keeps that the owners are told of its end; false if they were, or it was taken back.
    async fn tell_closing(&mut self, notice: ClosingNotice) -> Result<bool, StorageError>;
}

/// Its members.
#[async_trait]
pub trait MemberStore: Send {
    /// All members, the longest first.
    async fn list(&mut self) -> Result<Vec<Member>, StorageError>;

    /// The member of that user id.
    async fn find(&mut self, user: UserId) -> Result<Option<Member>, StorageError>;

    /// Makes a user a member.
    async fn insert(&mut self, membership: &Membership, now: Timestamp) -> Result<(), StorageError>;

    /// Makes others who change members wait until the end of this work, so that what is decided of them stays true.
    async fn hold(&mut self) -> Result<(), StorageError>;

    /// Gives a member other roles; [`StorageError::Stale`] if they are none.
    async fn change_roles(&mut self, user: UserId, roles: &[Role]) -> Result<(), StorageError>;

    /// What is granted to members on top of their roles, for those who have any.
    async fn grants(&mut self) -> Result<Vec<(UserId, Vec<Permission>)>, StorageError>;

    /// Lets a member have these on top of their roles, in place of what was granted before.
    async fn set_grants(&mut self, user: UserId, grants: &[Permission]) -> Result<(), StorageError>;

    /// Ends a membership, and the sessions in which it is looked at. Its leads must be somebody else's by then.
    async fn remove(&mut self, user: UserId, now: Timestamp) -> Result<(), StorageError>;

    /// Takes what tells of the member of the scope, who was removed, out of what stays here. True if they belong nowhere any
    /// more: then their account is gone.
    async fn erase_own_account(&mut self) -> Result<bool, StorageError>;
}
