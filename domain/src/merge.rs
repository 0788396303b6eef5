//! Two leads about one person become one: what it would have of each, and the way back.

mod plan;
mod undo;

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

pub use self::{
    plan::{Decision, Plan, plan},
    undo::{Present, Separation},
};
use crate::{
    activity::Author,
    id::{LeadId, MergeId},
    lead::Lead,
    lead_field::LeadField,
    property::PropertyValue,
    violation::Rule,
};

/// A merge can be undone this long; after that what would be needed for it is forgotten.
pub const UNDOABLE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What of a lead somebody chooses from one of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MergeField {
    /// Something that is known of the person.
    Known(LeadField),
    /// Where it stands, since when, and why it was given up.
    Stage,
    /// The member who works on it.
    Owner,
    /// The ground on which it is kept.
    LegalBasis,
}

impl fmt::Display for MergeField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(field) => field.fmt(f),
            Self::Stage => f.write_str("stage"),
            Self::Owner => f.write_str("owner"),
            Self::LegalBasis => f.write_str("legal_basis"),
        }
    }
}

impl FromStr for MergeField {
    type Err = Rule;

    fn from_str(word: &str) -> Result<Self, Rule> {
        match word {
            "stage" => Ok(Self::Stage),
            "owner" => Ok(Self::Owner),
            "legal_basis" => Ok(Self::LegalBasis),
            word => word.parse().map(Self::Known),
        }
    }
}

impl MergeField {
    /// Whether two leads have the same of it.
    pub fn is_same(self, one: &Lead, other: &Lead) -> bool {
        match self {
            Self::Known(LeadField::Name) => one.name == other.name,
            Self::Known(LeadField::Email) => one.email == other.email,
            Self::Known(LeadField::Phone) => one.phone == other.phone,
            Self::Known(LeadField::Company) => one.company == other.company,
            Self::Known(LeadField::Tags) => one.tags == other.tags,
            Self::Known(LeadField::Property(id)) => one.properties.get(id) == other.properties.get(id),
            Self::Stage => (one.stage, one.reason) == (other.stage, other.reason),
            Self::Owner => one.owner == other.owner,
            Self::LegalBasis => one.legal_basis == other.legal_basis,
        }
    }

    /// Whether a lead has anything of it.
    pub fn is_known(self, lead: &Lead) -> bool {
        match self {
            Self::Known(field) => !field.written(lead).is_empty(),
            Self::Owner => lead.owner.is_some(),
            Self::Stage | Self::LegalBasis => true,
        }
    }

    /// Gives one lead what another has of it.
    pub(crate) fn copy(self, from: &Lead, to: &mut Lead) {
        match self {
            Self::Known(LeadField::Name) => to.name.clone_from(&from.name),
            Self::Known(LeadField::Email) => to.email.clone_from(&from.email),
            Self::Known(LeadField::Phone) => to.phone.clone_from(&from.phone),
            Self::Known(LeadField::Company) => to.company.clone_from(&from.company),
            Self::Known(LeadField::Tags) => to.tags.clone_from(&from.tags),
            Self::Known(LeadField::Property(id)) => to.properties.set(id, from.properties.get(id).cloned()),
            Self::Stage => {
                (to.stage, to.stage_entered_at, to.reason) = (from.stage, from.stage_entered_at, from.reason);
                to.rank = from.rank.clone();
            }
            Self::Owner => to.owner = from.owner,
            Self::LegalBasis => to.legal_basis = from.legal_basis,
        }
    }

    /// Whether a lead has several of it, which can be put together with another's.
    fn is_several(self, lead: &Lead) -> bool {
        match self {
            Self::Known(LeadField::Tags) => true,
            Self::Known(LeadField::Property(id)) => matches!(lead.properties.get(id), Some(PropertyValue::Several(_))),
            _ => false,
        }
    }
}

/// From which of two leads a field is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// From the lead that stays, even if nothing is known there.
    Survivor,
    /// From the lead that goes, even if nothing is known there.
    Other,
    /// From the lead whose person wrote last; from the other if nothing is known there.
    Newest,
    /// From both, where there can be several.
    Union,
}

impl Choice {
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Survivor, Self::Other, Self::Newest, Self::Union];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Survivor => "survivor",
            Self::Other => "other",
            Self::Newest => "newest",
            Self::Union => "union",
        }
    }
}

impl FromStr for Choice {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|choice| choice.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What somebody chose, field by field. Of what is left out, both are taken where there can be several, else what the
/// survivor has, else what the other has.
pub type Choices = BTreeMap<MergeField, Choice>;

/// Two leads that became one.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// The lead that holds all of it now: another than the survivor while that one is merged itself.
    pub holder: LeadId,
    /// The lead that stayed.
    pub survivor: LeadId,
    /// The lead that went.
    pub merged: LeadId,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub author: Option<Author>,
    /// When it was undone, if it was.
    pub undone_at: Option<Timestamp>,
    /// The leads as they were; forgotten once nothing can be undone any more.
    pub images: Option<Box<Images>>,
}

/// Two leads before they became one, and the one after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// The survivor before.
    pub before: Lead,
    /// The survivor after.
    pub after: Lead,
    /// The lead that went.
    pub merged: Lead,
}

/// How much hangs on a lead, and moves along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hanging {
    /// What the person sent.
    pub submissions: u32,
    /// What happened.
    pub activities: u32,
    /// What is to be done, and was.
    pub tasks: u32,
}

/// Leads cannot be merged, or separated again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It would be merged with itself.
    #[error("a lead cannot be merged with itself")]
    Itself,
    /// There is no such other lead, or not within reach.
    #[error("there is no such other lead")]
    Unknown,
    /// One of them was merged already.
    #[error("one of the leads has been merged already")]
    Merged,
    /// It was undone already.
    #[error("the merge has been undone already")]
    Undone,
    /// Too much time went by.
    #[error("the merge can be undone no more")]
    Over,
    /// The survivor was merged again since: that is to be undone first.
    #[error("a later merge is to be undone first")]
    Later,
    /// The lead that would come back is somebody's beyond the reach of whoever asks.
    #[error("the lead that would come back is out of reach")]
    OutOfReach,
}

#[cfg(test)]
mod tests;
