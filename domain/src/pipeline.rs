//! Pipelines and their stages: where a lead can stand.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    id::{PipelineId, StageId},
    text::Name,
    violation::Rule,
};

/// What standing in a stage means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Being worked on.
    Open,
    /// Worth a salesperson's time.
    Qualified,
    /// Became a customer.
    Won,
    /// Will not become one.
    Disqualified,
}

impl StageKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Qualified => "qualified",
            Self::Won => "won",
            Self::Disqualified => "disqualified",
        }
    }
}

impl FromStr for StageKind {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        [Self::Open, Self::Qualified, Self::Won, Self::Disqualified]
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(Rule::NotAChoice)
    }
}

/// A place in a pipeline.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// Its name.
    pub name: Name,
    /// What standing in it means.
    pub kind: StageKind,
}

/// An ordered list of stages; a new lead stands in the first.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// Its name.
    pub name: Name,
    /// Its stages, in order; never empty.
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// The stage in which a new lead stands.
    pub fn entry(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.kind == StageKind::Open)
    }

    /// The stage of that id.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }
}
