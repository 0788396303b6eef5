use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::Role,
    id::{OrganizationId, UserId},
    profile::Profile,
    text::{Email, Name},
    user::User,
};

use super::StorageError;
use crate::passwords::PasswordHash;

/// A user with the hash of their password.
pub struct Account {
    /// Who.
    pub user: User,
    /// Their password's hash.
    pub password: PasswordHash,
}

/// An organization somebody belongs to.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its id.
    pub organization: OrganizationId,
    /// Its name.
    pub name: Name,
    /// What they are there.
    pub roles: Vec<Role>,
    /// Whether nobody else owns it.
    pub is_sole_owner: bool,
    /// Whether its end was asked for.
    pub is_closed: bool,
}

/// Accounts.
#[async_trait]
pub trait AccountStore: Send {
    /// The account of that address, compared in its normalized form.
    async fn find(&mut self, email: &Email) -> Result<Option<Account>, StorageError>;

    /// The account of that user.
    async fn account(&mut self, id: UserId) -> Result<Option<Account>, StorageError>;

    /// The user of that id.
    async fn user(&mut self, id: UserId) -> Result<Option<User>, StorageError>;

    /// Puts a password's hash in the place of another; false if the user has that other no more (AUTH-4).
    async fn replace_password(
        &mut self,
        user: UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StorageError>;

    /// Whether the user's password still has that hash. It keeps it until the end of the work: who changes it waits, and
    /// then finds what this work has left.
    async fn holds_password(&mut self, user: UserId, hash: &PasswordHash) -> Result<bool, StorageError>;

    /// Keeps a new account; [`StorageError::Conflict`] if the address has one.
    async fn insert(&mut self, account: &Account) -> Result<(), StorageError>;

    /// Keeps what a user chose for themselves.
    async fn change_profile(&mut self, user: UserId, profile: &Profile) -> Result<(), StorageError>;

    /// Gives the user another password.
    async fn set_password(&mut self, user: UserId, password: &PasswordHash) -> Result<(), StorageError>;

    /// Gives the user another address, of which nothing is known yet; [`StorageError::Conflict`] if another account has it.
    async fn set_email(&mut self, user: UserId, email: &Email) -> Result<(), StorageError>;

    /// Keeps since when the account of that address takes no mail, if there is one, or that it does. The first refusal counts.
    async fn mark_mail(&mut self, email: &Email, refused_at: Option<Timestamp>) -> Result<(), StorageError>;

    /// The organizations the user belongs to: the one they looked at last, then the longest first.
    async fn organizations(&mut self, user: UserId) -> Result<Vec<OrganizationId>, StorageError>;

    /// The same with their names and what the user is there, the longest first.
    async fn homes(&mut self, user: UserId) -> Result<Vec<Home>, StorageError>;
}
