//! Why leads are given up: a list that the organization keeps.

use crate::{id::ReasonId, language::Language, text::Name};

/// An organization keeps at most this many.
pub const MOST_REASONS: usize = 50;

/// The reasons with which an organization begins.
pub const fn usual(language: Language) -> [&'static str; 6] {
    match language {
        Language::English => {
            ["No budget", "Not now", "Chose a competitor", "Cannot be reached", "Not a fit", "Duplicate or test"]
        }
        Language::French => [
            "Pas de budget",
            "Pas le bon moment",
            "A choisi un concurrent",
            "Injoignable",
            "Hors cible",
            "Doublon ou test",
        ],
    }
}

/// Why a lead is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Its id.
    pub id: ReasonId,
    /// What members call it.
    pub name: Name,
    /// Whether it was taken off the list: leads were given up for it, none is any more.
    pub is_archived: bool,
}
