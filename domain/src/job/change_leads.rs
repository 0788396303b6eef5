use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::Permission,
    activity::{Move, What},
    event::Event,
    id::{LeadId, PipelineId, ReasonId, StageId, UserId},
    lead::{Lead, MOST_TAGS, StageError, Why},
    lead_field::LeadField,
    lead_filter::{LeadFilter, Search},
    pipeline::Pipelines,
    text::Tag,
};

/// So many leads may be named one by one; more are chosen by a filter.
pub const MOST_NAMED: usize = 1_000;

/// One change of many leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLeads {
    /// Which leads.
    pub which: Which,
    /// What is done to each.
    pub act: LeadAct,
}

/// Which leads many things are done to at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Those of these ids.
    These(Vec<LeadId>),
    /// All that a list shows.
    All {
        /// By its filter.
        filter: LeadFilter,
        /// Only those that this finds.
        #[serde(default)]
        search: Option<Search>,
        /// The zone in which days begin, by its name in the tables of the IANA; empty is UTC.
        #[serde(default)]
        zone: String,
    },
}

/// What is done to each of many leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadAct {
    /// It is given to a member, or put back into the queue.
    Assign(Option<UserId>),
    /// It is moved to a stage of its pipeline.
    Move {
        /// Where to.
        stage: StageId,
        /// Why it is given up, where it is.
        reason: Option<ReasonId>,
    },
    /// It goes into another pipeline.
    Transfer {
        /// Which one.
        pipeline: PipelineId,
        /// The stage of that; where new leads enter if none is named.
        stage: Option<StageId>,
        /// Why it is given up, where it is.
        reason: Option<ReasonId>,
    },
    /// It gets a tag.
    Tag(Tag),
    /// It loses a tag.
    Untag(Tag),
}

/// What was done to a lead: what its timeline and others are told.
#[derive(Debug, Default)]
pub struct Acted {
    /// What stands in its timeline.
    pub what: Option<What>,
    /// What others react to.
    pub event: Option<Event>,
}

/// Why a lead is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Skipped {
    /// It is so already.
    #[serde(rename = "skipped_same")]
    Same,
    /// The stage is one of another pipeline.
    #[serde(rename = "skipped_other_pipeline")]
    OtherPipeline,
    /// It stands in that pipeline already.
    #[serde(rename = "skipped_in_pipeline")]
    InPipeline,
    /// It has as many tags as it can.
    #[serde(rename = "skipped_too_many_tags")]
    TooManyTags,
    /// It is not there any more, or out of reach.
    #[serde(rename = "skipped_gone")]
    Gone,
    /// Somebody changed it in that very moment.
    #[serde(rename = "skipped_changed")]
    Changed,
    /// A legal hold keeps it.
    #[serde(rename = "skipped_held")]
    Held,
    /// The person asked to have it kept.
    #[serde(rename = "skipped_restricted")]
    Restricted,
    /// It broke, again and again.
    #[serde(rename = "skipped_failed")]
    Failed,
}

impl Skipped {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::Same,
        Self::OtherPipeline,
        Self::InPipeline,
        Self::TooManyTags,
        Self::Gone,
        Self::Changed,
        Self::Held,
        Self::Restricted,
        Self::Failed,
    ];

    /// How a report counts it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "skipped_same",
            Self::OtherPipeline => "skipped_other_pipeline",
            Self::InPipeline => "skipped_in_pipeline",
            Self::TooManyTags => "skipped_too_many_tags",
            Self::Gone => "skipped_gone",
            Self::Changed => "skipped_changed",
            Self::Held => "skipped_held",
            Self::Restricted => "skipped_restricted",
            Self::Failed => "skipped_failed",
        }
    }
}

impl LeadAct {
    /// What whoever asks must be permitted.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Assign(_) => Permission::AssignLead,
            Self::Move { .. } | Self::Transfer { .. } => Permission::QualifyLead,
            Self::Tag(_) | Self::Untag(_) => Permission::ChangeLead,
        }
    }

    /// Does it to a lead.
    ///
    /// # Errors
    /// Why it is left as it is.
    pub fn apply(
        &self,
        lead: &mut Lead,
        pipelines: &Pipelines,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Result<Acted, Skipped> {
        match self {
            Self::Assign(to) => {
                let given = lead.give_to(*to).ok_or(Skipped::Same)?;
                let told = to.filter(|to| by != Some(*to));
                let event = told.map(|to| Event::LeadAssigned { lead: lead.id, to, by });
                Ok(Acted { what: Some(What::Assigned(given)), event })
            }
            Self::Move { stage, reason } => {
                let pipeline = pipelines.of_stage(lead.stage).ok_or(Skipped::OtherPipeline)?;
                let why = Why { reason: *reason, note: None };
                lead.move_to(*stage, why, pipeline, now).map(Acted::moved).map_err(|error| match error {
                    StageError::Same => Skipped::Same,
                    StageError::Unknown | StageError::NoReason => Skipped::OtherPipeline,
                })
            }
            Self::Transfer { pipeline, stage, reason } => {
                let pipeline = pipelines.get(*pipeline).ok_or(Skipped::OtherPipeline)?;
                let why = Why { reason: *reason, note: None };
                lead.transfer(pipeline, *stage, why, now).map(Acted::moved).map_err(|error| match error {
                    StageError::Same => Skipped::InPipeline,
                    StageError::Unknown | StageError::NoReason => Skipped::OtherPipeline,
                })
            }
            Self::Tag(tag) => {
                if lead.tags.len() >= MOST_TAGS && !has(lead, tag) {
                    return Err(Skipped::TooManyTags);
                }
                let tags = lead.tags.iter().cloned().chain(std::iter::once(tag.clone()));
                tagged(lead, tags.collect())
            }
            Self::Untag(tag) => {
                let others = lead.tags.iter().filter(|other| !same(other, tag)).cloned();
                tagged(lead, others.collect())
            }
        }
    }
}

impl Acted {
    fn moved((moved, event): (Move, Event)) -> Self {
        Self { what: Some(What::Moved(moved)), event: Some(event) }
    }
}

fn tagged(lead: &mut Lead, tags: Vec<Tag>) -> Result<Acted, Skipped> {
    if lead.tag(tags) {
        Ok(Acted { what: Some(What::Changed(vec![LeadField::Tags])), event: None })
    } else {
        Err(Skipped::Same)
    }
}

fn has(lead: &Lead, tag: &Tag) -> bool {
    lead.tags.iter().any(|other| same(other, tag))
}

fn same(one: &Tag, other: &Tag) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
