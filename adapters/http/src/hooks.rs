//! Where the payment provider tells that something happened.

use axum::{
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_ports::billing::HintError;
use qualify_usecases::HearError;
use tracing::{error, warn};

use crate::{problem::Problem, web::Web};

/// A webhook has at most this many bytes (WEB-5).
const MOST_BYTES: usize = 1024 * 1024;
/// Under which header the provider signs.
const SIGNATURE: &str = "x-signature";

/// `POST /webhooks/billing`: kept once it is seen to be the provider's, and followed later (BIL-1, BIL-2).
pub async fn hear(State(web): State<Web>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return Problem::too_large(MOST_BYTES / 1024).into_response();
    };
    let signature = head.headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let status = match web.app().billing.hear(signature, &body).await {
        Ok(()) => return StatusCode::OK.into_response(),
        Err(HearError::Hint(HintError::NotHere)) => StatusCode::NOT_FOUND,
        Err(HearError::Hint(refusal @ HintError::NotSigned)) => {
            warn!(error = &refusal as &dyn std::error::Error, "a webhook about payments was refused");
            StatusCode::UNAUTHORIZED
        }
        Err(HearError::Hint(refusal @ HintError::Malformed)) => {
            error!(error = &refusal as &dyn std::error::Error, "a signed webhook about payments cannot be read");
            StatusCode::BAD_REQUEST
        }
        Err(failure @ HearError::Storage(_)) => {
            error!(error = &failure as &dyn std::error::Error, "a webhook about payments cannot be kept");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    Problem::status(status).into_response()
}
