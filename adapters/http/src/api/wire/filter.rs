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
    /// list of values), `stale` (`true` or `false`), `name`, `email`, `phone`, `company`, `tags`, `created`, `last_submission`, `last_activity`, or
    /// `property:` with the id of one of `GET /api/v1/properties`.
    #[schema(example = "created")]
    field: Option<String>,
    /// How it is compared: `is`; for texts also `begins_with` and `is_empty`; for moments `before`, `since`, `within_days`
    /// and `older_than_days`; for tags `has_any` and `is_empty`. A property can be `is_empty`, and by its kind: texts and
    /// addresses `is` and `begins_with`; numbers `is`, `more_than`, `at_least`, `less_than` and `at_most`; days `before`,
    /// `since`, `within_days`, `older_than_days` and `next_days`; a choice `is` (a list), a multiple choice `has_any`; a
    /// checkbox `is`.
    #[schema(example = "within_days")]
    op: Option<String>,
    /// What it is compared with: a list of ids, codes, tags or choices, a text, a day such as `2026-11-26`, a number or a
    /// number of days, `true` or `false`. The owner can be `me` or `nobody`, the form `none`.
    #[schema(value_type = Option<FilterValue>)]
    value: Option<serde_json::Value>,
}

/// What a condition compares with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what the value is read as")]
pub enum FilterValue {
    /// A number, or a number of days.
    Number(f64),
    /// Yes or no.
    Checked(bool),
    /// A text or a day.
    Text(String),
    /// Ids, codes, tags or choices.
    Texts(Vec<String>),
}
