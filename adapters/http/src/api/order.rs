//! The order of what an organization arranges, as a program sends it.

use qualify_domain::violation::{Rule, Violations};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{body::Object, leads::invalid};
use crate::{problem::Problem, text::Text};

/// An order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewOrder {
    /// The ids of all there are, in their order, each once.
    order: Vec<Uuid>,
}

/// The fields of an order.
pub const FIELDS: [&str; 1] = ["order"];

/// Reads it.
///
/// # Errors
/// 422 for what is no list of ids.
pub fn read(object: &Object, text: Text) -> Result<Vec<Uuid>, Problem> {
    let given = object.value("order").filter(|value| !value.is_null()).ok_or(Rule::Required);
    let order = given.and_then(|value| Vec::deserialize(value).map_err(|_| Rule::NotAChoice));
    order.map_err(|rule| invalid(&[], &Violations::one("order", rule), text))
}
