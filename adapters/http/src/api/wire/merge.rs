//! Leads of one person, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    duplicate::Likeness,
    lead::Lead,
    merge::{Choice, Decision, Hanging, MergeField, Plan},
};
use qualify_usecases::{Duplicate, MergePreview, Merged, Separated};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Around, LeadBody};

codes! {
    /// What two leads have in common.
    LikenessCode of Likeness {
        /// The e-mail address: it is the same person.
        Email,
        /// The telephone number in E.164: it is the same person.
        Phone,
        /// The name, and the domain of the e-mail address: it may be the same person.
        Name,
    }
}

/// From which of two leads a field is taken.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceCode {
    /// From the lead that stays, even if nothing is known there.
    Survivor,
    /// From the lead that goes, even if nothing is known there.
    Other,
    /// From the lead whose person wrote last; from the other if nothing is known there.
    Newest,
    /// From both, where there can be several.
    Union,
}

impl From<Choice> for ChoiceCode {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Survivor => Self::Survivor,
            Choice::Other => Self::Other,
            Choice::Newest => Self::Newest,
            Choice::Union => Self::Union,
        }
    }
}

/// A lead that may be of the same person.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateBody {
    /// The lead.
    lead: LeadBody,
    /// What they have in common, the most telling first.
    likeness: Vec<LikenessCode>,
    /// Whether it surely is the same person.
    is_certain: bool,
}

impl DuplicateBody {
    fn of(duplicate: &Duplicate, around: Around<'_>) -> Self {
        Self {
            lead: LeadBody::of(&duplicate.lead, around),
            likeness: duplicate.likeness.iter().copied().map(Into::into).collect(),
            is_certain: duplicate.likeness.iter().any(|likeness| likeness.is_certain()),
        }
    }
}

/// The leads that may be of the same person.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateList {
    /// The leads: those that surely are first.
    items: Vec<DuplicateBody>,
}

impl DuplicateList {
    /// Leads.
    pub fn of(duplicates: &[Duplicate], around: Around<'_>) -> Self {
        Self { items: duplicates.iter().map(|duplicate| DuplicateBody::of(duplicate, around)).collect() }
    }
}

/// From where a field is taken in which two leads differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionBody {
    /// The field.
    #[schema(example = "company")]
    field: String,
    /// From where it is taken.
    choice: ChoiceCode,
    /// From where it could be.
    offers: Vec<ChoiceCode>,
    /// What the lead that stays has of it: several a line each, ids of stages and members.
    survivor: Option<String>,
    /// What the lead that goes has of it.
    other: Option<String>,
    /// What comes of them.
    outcome: Option<String>,
}

impl DecisionBody {
    fn of(decision: &Decision, survivor: &Lead, other: &Lead, outcome: &Lead) -> Self {
        let written = |lead| written(decision.field, lead);
        Self {
            field: decision.field.to_string(),
            choice: decision.choice.into(),
            offers: decision.offers.iter().copied().map(Into::into).collect(),
            survivor: written(survivor),
            other: written(other),
            outcome: written(outcome),
        }
    }
}

fn written(field: MergeField, lead: &Lead) -> Option<String> {
    let text = match field {
        MergeField::Known(field) => field.written(lead),
        MergeField::Stage => lead.stage.to_string(),
        MergeField::Owner => lead.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        MergeField::LegalBasis => lead.legal_basis.code().to_owned(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// How much moves along from the lead that goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovesBody {
    /// What the person sent.
    submissions: u32,
    /// Entries of the timeline.
    activities: u32,
    /// Tasks, done or not.
    tasks: u32,
}

impl From<Hanging> for MovesBody {
    fn from(moves: Hanging) -> Self {
        Self { submissions: moves.submissions, activities: moves.activities, tasks: moves.tasks }
    }
}

/// What a merge made of two leads, or would make.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeBody {
    /// The merge, by which it can be undone; null if it was tried only.
    merge: Option<Uuid>,
    /// Until when it can be undone; null if it was tried only.
    #[schema(value_type = Option<String>, format = DateTime)]
    undoable_until: Option<Timestamp>,
    /// The lead that stays, with what comes of both.
    lead: LeadBody,
    /// From where what is taken: the fields in which the two differ.
    fields: Vec<DecisionBody>,
    /// What moves along.
    moves: MovesBody,
}

impl MergeBody {
    /// What a merge at `now` would make of two leads.
    pub fn tried(preview: &MergePreview, now: Timestamp) -> Self {
        let MergePreview { survivor, other, plan, moves, .. } = preview;
        Self {
            merge: None,
            undoable_until: None,
            lead: LeadBody::of(&plan.lead, around(preview, now)),
            fields: decisions(plan, survivor, other),
            moves: (*moves).into(),
        }
    }

    /// What a merge made of them, at `now`.
    pub fn done(merged: &Merged, now: Timestamp) -> Self {
        Self {
            merge: Some(merged.merge.id.0),
            undoable_until: Some(merged.merge.undoable_until()),
            lead: LeadBody::of(&merged.lead, around(&merged.preview, now)),
            ..Self::tried(&merged.preview, now)
        }
    }
}

fn around(preview: &MergePreview, now: Timestamp) -> Around<'_> {
    Around { own: &preview.properties, pipelines: &preview.pipelines, now }
}

fn decisions(plan: &Plan, survivor: &Lead, other: &Lead) -> Vec<DecisionBody> {
    plan.decisions.iter().map(|decision| DecisionBody::of(decision, survivor, other, &plan.lead)).collect()
}

/// Two leads again.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeparatedBody {
    /// The lead that stayed.
    survivor: LeadBody,
    /// The lead that is back.
    merged: LeadBody,
    /// Which fields of the survivor went back to what they were.
    #[schema(example = json!(["tags"]))]
    restored: Vec<String>,
    /// Which did not, because somebody changed them since.
    #[schema(example = json!(["phone"]))]
    kept: Vec<String>,
}

impl SeparatedBody {
    /// Two leads.
    pub fn of(separated: &Separated, around: Around<'_>) -> Self {
        let words = |fields: &[MergeField]| fields.iter().map(ToString::to_string).collect();
        Self {
            survivor: LeadBody::of(&separated.survivor, around),
            merged: LeadBody::of(&separated.merged, around),
            restored: words(&separated.restored),
            kept: words(&separated.kept),
        }
    }
}
