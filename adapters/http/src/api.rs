//! The JSON API for programs, below `/api/v1`. Whoever comes shows an API key; cookies mean nothing here.
//!
//! A handler has three beats, as everywhere: who, parse, call. What it takes and gives is described where it stands, and
//! [`document`] puts the descriptions of all routes together.

pub mod board;
mod body;
pub(crate) mod cursor;
pub mod document;
pub mod door;
pub mod forms;
pub mod imports;
pub mod jobs;
pub mod key_limit;
pub mod leads;
pub mod me;
pub mod members;
pub mod merges;
mod order;
pub mod pipelines;
pub mod properties;
mod query;
pub mod reasons;
pub mod reports;
pub mod scores;
pub mod submissions;
pub mod tasks;
pub mod timeline;
mod version;
pub mod views;
pub mod webhooks;
pub(crate) mod wire;

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;

/// An answer in JSON.
fn told(status: StatusCode, body: &impl Serialize) -> Response {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}
