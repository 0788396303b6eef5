//! What goes wrong, as programs read it.

use qualify_domain::duplicate::Likeness;
use qualify_usecases::Duplicate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::wire::LikenessCode;

/// A fault of one field, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// The field.
    #[schema(example = "email")]
    pub field: String,
    /// The rule it broke, for machines.
    #[schema(example = "not-an-email")]
    pub rule: &'static str,
    /// The rule it broke, for people.
    pub detail: String,
}

/// A lead that may be of the same person as the one that was to be made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlikeBody {
    /// The lead's id.
    id: Uuid,
    /// What they have in common, the most telling first.
    likeness: Vec<LikenessCode>,
    /// Whether it surely is the same person.
    is_certain: bool,
}

impl From<&Duplicate> for AlikeBody {
    fn from(duplicate: &Duplicate) -> Self {
        Self {
            id: duplicate.lead.id.0,
            likeness: duplicate.likeness.iter().copied().map(Into::into).collect(),
            is_certain: duplicate.likeness.iter().copied().any(Likeness::is_certain),
        }
    }
}

/// A problem as programs read it (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// What kind of problem it is: a reference to the page that describes the API.
    #[schema(example = "/api/docs#invalid")]
    pub(super) r#type: String,
    /// What it is called.
    pub(super) title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub(super) status: u16,
    /// What can be done about it.
    pub(super) detail: String,
    /// All that is wrong with what was sent, each with its field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) errors: Vec<Fault>,
    /// The lead that holds what was merged into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub(super) merged_into: Option<Uuid>,
    /// The leads that may be of the same person as the one that was to be made, those that surely are first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(super) duplicates: Vec<AlikeBody>,
    /// The number under which our logs tell more.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(required = false)]
    pub(super) correlation: String,
}
