//! `/api/v1/me`: the key that asks.

use axum::{extract::RawQuery, response::Response};
use http::StatusCode;

use super::{door::Caller, query, told, wire::Me};
use crate::problem::Problem;

/// What the key is, and what it may.
///
/// A first request to see whether a key works. Every key may ask.
#[utoipa::path(get, path = "/api/v1/me", operation_id = "readMe",
    responses((status = 200, description = "The key.", body = Me)))]
pub async fn read(caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    Ok(told(StatusCode::OK, &Me::from(&caller.program)))
}
