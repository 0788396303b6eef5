//! In which order a list shows leads, and where in it somebody is.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    id::{FormId, LeadId, StageId, UserId},
    lead::Lead,
    score::Grade,
    violation::Rule,
};

/// By what leads are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// When they were opened.
    #[default]
    Created,
    /// When their person last wrote.
    LastSubmission,
    /// By name; those without one stand last, whichever the direction.
    Name,
    /// By grade, and within it by points: the best is the least.
    Grade,
    /// By where they work; those of whom it is not known stand last, whichever the direction.
    Company,
    /// When anything last happened to them.
    LastActivity,
}

impl SortBy {
    /// Each of them.
    pub const ALL: &[Self] =
        &[Self::Created, Self::LastSubmission, Self::Name, Self::Grade, Self::Company, Self::LastActivity];

    /// Whether a lead may have nothing to be sorted by.
    pub const fn may_lack(self) -> bool {
        matches!(self, Self::Name | Self::Company)
    }

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::LastSubmission => "last_submission",
            Self::Name => "name",
            Self::Grade => "grade",
            Self::Company => "company",
            Self::LastActivity => "last_activity",
        }
    }
}

/// In which order leads are shown. Written as `created`, or `-created` for the greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadOrder {
    /// By what.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// The newest first.
impl Default for LeadOrder {
    fn default() -> Self {
        Self { by: SortBy::Created, descending: true }
    }
}

impl fmt::Display for LeadOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.by.code())
    }
}

impl FromStr for LeadOrder {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        let (descending, name) = code.strip_prefix('-').map_or((false, code), |name| (true, name));
        let by = SortBy::ALL.iter().copied().find(|by| by.code() == name);
        by.map(|by| Self { by, descending }).ok_or(Rule::NotAChoice)
    }
}

impl Serialize for LeadOrder {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LeadOrder {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What leads are compared by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A moment.
    Instant(Timestamp),
    /// A text, in lower case.
    Text(String),
    /// Nothing: the lead has no such value. It stands last.
    Nothing,
}

/// Texts hide themselves: they are names.
impl fmt::Debug for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(at) => write!(f, "Instant({at})"),
            Self::Text(_) => f.write_str("Text([redacted])"),
            Self::Nothing => f.write_str("Nothing"),
        }
    }
}

impl LeadOrder {
    /// By what a lead is compared with others.
    pub fn key(self, lead: &Lead) -> SortKey {
        let text = |text: Option<&str>| text.map_or(SortKey::Nothing, |text| SortKey::Text(text.to_lowercase()));
        match self.by {
            SortBy::Created => SortKey::Instant(lead.created_at),
            SortBy::LastSubmission => SortKey::Instant(lead.last_submission_at),
            SortBy::LastActivity => SortKey::Instant(lead.last_activity_at),
            SortBy::Name => text(lead.name.as_deref()),
            SortBy::Company => text(lead.company.as_deref()),
            SortBy::Grade => SortKey::Text(lead.score.place()),
        }
    }

    /// Whether a key is one of this order.
    pub fn has(self, key: &SortKey) -> bool {
        match self.by {
            SortBy::Created | SortBy::LastSubmission | SortBy::LastActivity => matches!(key, SortKey::Instant(_)),
            SortBy::Name | SortBy::Company => matches!(key, SortKey::Text(_) | SortKey::Nothing),
            SortBy::Grade => matches!(key, SortKey::Text(_)),
        }
    }

    /// How two leads stand to one another. The storage's queries are tested against this.
    pub fn compare(self, one: &Lead, other: &Lead) -> std::cmp::Ordering {
        let (one, other) = ((self.key(one), one.id), (self.key(other), other.id));
        let last = |key: &SortKey| *key == SortKey::Nothing;
        let by_key = if self.descending { other.cmp(&one) } else { one.cmp(&other) };
        last(&one.0).cmp(&last(&other.0)).then(by_key)
    }
}

/// By what leads are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Where they stand.
    Stage,
    /// Whose they are; nobody's first.
    Owner,
    /// What brought them first; what no form brought last.
    Form,
    /// What their score comes to; the best first.
    Grade,
}

impl GroupBy {
    /// Each of them.
    pub const ALL: &[Self] = &[Self::Stage, Self::Owner, Self::Form, Self::Grade];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Owner => "owner",
            Self::Form => "form",
            Self::Grade => "grade",
        }
    }
}

impl FromStr for GroupBy {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.iter().copied().find(|by| by.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// The groups of a list, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Groups {
    /// By stage.
    Stage(Vec<StageId>),
    /// By owner.
    Owner(Vec<Option<UserId>>),
    /// By form.
    Form(Vec<Option<FormId>>),
    /// By grade.
    Grade(Vec<Grade>),
}

/// One group of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Of a stage.
    Stage(StageId),
    /// Of an owner, or of nobody.
    Owner(Option<UserId>),
    /// Of a form, or of none.
    Form(Option<FormId>),
    /// Of a grade.
    Grade(Grade),
}

impl Groups {
    /// By what they are made.
    pub const fn by(&self) -> GroupBy {
        match self {
            Self::Stage(_) => GroupBy::Stage,
            Self::Owner(_) => GroupBy::Owner,
            Self::Form(_) => GroupBy::Form,
            Self::Grade(_) => GroupBy::Grade,
        }
    }

    /// The groups, in their order.
    pub fn all(&self) -> Vec<Group> {
        match self {
            Self::Stage(stages) => stages.iter().copied().map(Group::Stage).collect(),
            Self::Owner(owners) => owners.iter().copied().map(Group::Owner).collect(),
            Self::Form(forms) => forms.iter().copied().map(Group::Form).collect(),
            Self::Grade(grades) => grades.iter().copied().map(Group::Grade).collect(),
        }
    }
}

impl Group {
    /// The group of a lead, by what its neighbours are grouped.
    pub const fn of(by: GroupBy, stage: StageId, owner: Option<UserId>, form: Option<FormId>, grade: Grade) -> Self {
        match by {
            GroupBy::Stage => Self::Stage(stage),
            GroupBy::Owner => Self::Owner(owner),
            GroupBy::Form => Self::Form(form),
            GroupBy::Grade => Self::Grade(grade),
        }
    }
}

/// A place in a list: that of the last lead seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadPlace {
    /// The group it is in, where the list has groups.
    pub group: Option<Group>,
    /// By what it is compared.
    pub key: SortKey,
    /// Its id.
    pub id: LeadId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for by in SortBy::ALL {
            for descending in [true, false] {
                let order = LeadOrder { by: *by, descending };
                assert_eq!(order.to_string().parse(), Ok(order));
            }
        }
        for none in ["", "-", "--created", "+created", "shoe_size"] {
            assert_eq!(none.parse::<LeadOrder>(), Err(Rule::NotAChoice), "{none}");
        }
    }
}
