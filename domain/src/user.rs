//! A person with a login.

use jiff::Timestamp;

use crate::{
    id::UserId,
    language::Language,
    text::{Email, Name},
};

/// A person with a login; may belong to several organizations.
#[derive(Clone, Debug)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// The address they sign in with.
    pub email: Email,
    /// The language they read.
    pub language: Language,
    /// When they signed up.
    pub created_at: Timestamp,
}
