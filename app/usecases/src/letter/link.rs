use std::fmt;

use qualify_domain::one_time::{OneTimeKind, OneTimeToken};

/// The address that a mail carries: built from the configured base, never from what a request says (AUTH-11).
pub(crate) struct Link<'a> {
    pub base_url: &'a str,
    pub token: &'a OneTimeToken,
    pub secret: &'a str,
}

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = match self.token.purpose.kind() {
            OneTimeKind::SignUp => "sign-up",
            OneTimeKind::Reset => "password-reset",
            OneTimeKind::EmailChange => "email-change",
            OneTimeKind::Invitation => "invitations",
        };
        write!(f, "{}/{page}/{}", self.base_url, self.secret)
    }
}
