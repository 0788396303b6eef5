//! A filter, in the words of the API. It is read by the domain; this describes what that reads.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A filter: a group (one of `all`, `any` and `not`) or a condition (`field`, `op` and mostly a `value`).
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(no_recursion, example = json!({"all": [{"field": "stage_kind", "op": "is", "value": ["open"]}, {"field": "created", "op": "within_days", "value": 7}]}))]
pub struct FilterBody {
    /// All of these hold.
    #[schema(max_items = 49)]
    all: Option<Vec<FilterBody>>,
    /// One of these holds at least.
    #[schema(max_items = 49)]
    any: Option<Vec<FilterBody>>,
    /// This does not hold.
    not: Option<Box<FilterBody>>,
    /// What the condition is about: `stage`, `stage_kind`, `pipeline`, `owner`, `form`, `grade`, `legal_basis` (each with a
    /// list of values), `name`, `email`, `phone`, `created`, `last_submission`.
    #[schema(example = "created")]
    field: Option<String>,
    /// How it is compared: `is`, for texts also `begins_with` and `is_empty`, for moments `before`, `since`, `within_days`
    /// and `older_than_days`.
    #[schema(example = "within_days")]
    op: Option<String>,
    /// What it is compared with: a list of ids or codes, a text, a day such as `2026-11-26`, a number of days. The owner
    /// can be `me` or `nobody`, the form `none`.
    value: Option<FilterValue>,
}

/// What a condition compares with.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FilterValue {
    /// A number of days.
    Days(u16),
    /// A text or a day.
    Text(String),
    /// Ids or codes.
    Texts(Vec<String>),
}
