//! What a user chooses for themselves, in whichever organization they are.

use crate::{language::Language, text::Name, theme::Theme, zone::Zone};

/// What a user chooses for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// The language they read.
    pub language: Language,
    /// How bright their pages are.
    pub theme: Theme,
    /// Where they read clocks; none: where the organization does.
    pub time_zone: Option<Zone>,
}
