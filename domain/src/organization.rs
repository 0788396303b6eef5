//! The tenant and its members.

use jiff::Timestamp;

use crate::{
    access::Role,
    id::{OrganizationId, UserId},
    language::Language,
    text::{Email, Name},
};

/// The tenant.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id, which every tenant row bears.
    pub id: OrganizationId,
    /// Its name, as visitors read it under the forms.
    pub name: Name,
    /// The language it works in.
    pub language: Language,
}

/// A user in an organization, with roles.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// As what; the union counts.
    pub roles: Vec<Role>,
}

/// A member as colleagues and the mailer see them.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership itself.
    pub membership: Membership,
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// When they became one.
    pub joined_at: Timestamp,
    /// Where mail reaches them.
    pub email: Email,
    /// The language they read.
    pub language: Language,
    /// Since when no mail reaches them, if none does.
    pub mail_refused_at: Option<Timestamp>,
}
