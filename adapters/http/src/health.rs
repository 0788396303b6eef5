//! Whether this process is alive, and whether it can serve.

use axum::extract::State;
use http::StatusCode;

use crate::{problem::Problem, web::Web};

/// `GET /healthz`: the process runs.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the storage answers and has the right schema.
pub async fn ready(State(web): State<Web>) -> Result<&'static str, Problem> {
    match web.app().ready().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Err(Problem::status(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}
