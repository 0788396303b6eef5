//! Versions of the rules of the score, in the words of the API.

use qualify_domain::score::{Change, Edition};
use qualify_usecases::ScoreHistory;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AuthorBody,
    score::{GroupBody, RuleBody},
};

/// Something that is new in a version.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesChange {
    /// What happened.
    #[schema(example = "rule_changed")]
    what: RulesChangeCode,
    /// The number of the rule or the group.
    number: Option<u16>,
}

/// What can be new in a version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RulesChangeCode {
    /// The half-life is another one.
    HalfLife,
    /// A rule came.
    RuleAdded,
    /// A rule is another one.
    RuleChanged,
    /// A rule went.
    RuleRemoved,
    /// A group came.
    GroupAdded,
    /// A group is called otherwise, or has another limit.
    GroupChanged,
    /// A group went.
    GroupRemoved,
}

impl From<&Change> for RulesChange {
    fn from(change: &Change) -> Self {
        let (what, number) = match change {
            Change::HalfLife { .. } => (RulesChangeCode::HalfLife, None),
            Change::RuleAdded(rule) => (RulesChangeCode::RuleAdded, Some(rule.number.0)),
            Change::RuleChanged { to, .. } => (RulesChangeCode::RuleChanged, Some(to.number.0)),
            Change::RuleRemoved(rule) => (RulesChangeCode::RuleRemoved, Some(rule.number.0)),
            Change::GroupAdded(group) => (RulesChangeCode::GroupAdded, Some(group.number.0)),
            Change::GroupChanged { to, .. } => (RulesChangeCode::GroupChanged, Some(to.number.0)),
            Change::GroupRemoved(group) => (RulesChangeCode::GroupRemoved, Some(group.number.0)),
        };
        Self { what, number }
    }
}

/// A version of the rules, in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesVersionFace {
    /// The version.
    #[schema(minimum = 1, example = 2)]
    version: i32,
    /// Who made it.
    #[serde(flatten)]
    author: AuthorBody,
    /// What is new in it; nothing of the first, nor of one that began because a property that rules ask for went out of use
    /// or came back.
    changes: Vec<RulesChange>,
}

/// A part of the versions of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesVersionList {
    /// The versions, the latest first.
    items: Vec<RulesVersionFace>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<&ScoreHistory> for RulesVersionList {
    fn from(history: &ScoreHistory) -> Self {
        let face = |(edition, former): (&Edition, Option<&Edition>)| {
            let changes = former.map(|former| former.book.changes_to(&edition.book)).unwrap_or_default();
            RulesVersionFace {
                version: edition.version,
                author: AuthorBody::of(edition.made_at, edition.made_by),
                changes: changes.iter().map(Into::into).collect(),
            }
        };
        Self { items: history.rows().map(face).collect(), next: history.older().map(|version| version.to_string()) }
    }
}

/// The rules of one version.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesVersion {
    /// The version.
    #[schema(minimum = 1, example = 2)]
    version: i32,
    /// Who made it.
    #[serde(flatten)]
    author: AuthorBody,
    /// In how many days half of the weight is gone of what happened.
    #[schema(minimum = 1, maximum = 365)]
    half_life_days: u16,
    /// The groups.
    groups: Vec<GroupBody>,
    /// The rules.
    rules: Vec<RuleBody>,
}

impl From<&Edition> for RulesVersion {
    fn from(edition: &Edition) -> Self {
        Self {
            version: edition.version,
            author: AuthorBody::of(edition.made_at, edition.made_by),
            half_life_days: edition.book.half_life_days,
            groups: edition.book.groups.iter().map(Into::into).collect(),
            rules: edition.book.rules.iter().map(Into::into).collect(),
        }
    }
}
