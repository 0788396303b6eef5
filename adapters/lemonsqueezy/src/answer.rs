use std::time::Duration;

use hyper::{Response, StatusCode, body::Bytes, header::RETRY_AFTER};
use qualify_ports::{BoxError, billing::BillingError};
use serde::Deserialize;

/// Whoever is told to come later, but not when, waits that long: the provider counts by the minute.
const LATER: Duration = Duration::from_mins(1);
/// And never longer than this, whatever they are told.
const LATEST: Duration = Duration::from_hours(1);

/// What the provider answers to a call that it does not refuse.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A document.
    Here(Bytes),
    /// There is no such thing.
    Missing,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Fault>,
}

#[derive(Default, Deserialize)]
struct Fault {
    #[serde(default)]
    title: String,
}

/// The answer's page is none that the provider's API writes.
#[derive(Debug, thiserror::Error)]
#[error("the answer {0} is no document of the API")]
struct NoDocument(StatusCode);

/// The provider is there, and broken.
#[derive(Debug, thiserror::Error)]
#[error("the provider answered {0}")]
struct Broken(StatusCode);

/// What an answer means. A page that is not the API's own says nothing about anything, least of all that something is missing.
pub(crate) fn judged(answer: Response<Bytes>) -> Result<Answer, BillingError> {
    let status = answer.status();
    match status {
        StatusCode::UNAUTHORIZED => return Err(BillingError::KeyRefused),
        StatusCode::TOO_MANY_REQUESTS => return Err(BillingError::TooOften(later(&answer))),
        StatusCode::NO_CONTENT => return Ok(Answer::Missing),
        status if status.is_success() => return Ok(Answer::Here(answer.into_body())),
        status if status.is_server_error() => return Err(BillingError::Unavailable(Broken(status).into())),
        _ => {}
    }
    match serde_json::from_slice::<Errors>(answer.body()) {
        Ok(_) if status == StatusCode::NOT_FOUND => Ok(Answer::Missing),
        Ok(told) if status.is_client_error() => Err(BillingError::Refused(reason(status, told))),
        _ => Err(not_understood(NoDocument(status))),
    }
}

/// The status and the title, but none of the sentences: they may repeat what was sent.
fn reason(status: StatusCode, told: Errors) -> String {
    let title = told.errors.into_iter().next().unwrap_or_default().title;
    let is_plain = title.len() <= 64 && title.chars().all(|sign| sign.is_ascii_alphabetic() || sign == ' ');
    format!("{} {}", status.as_u16(), if is_plain { title.trim() } else { "" }).trim_end().to_owned()
}

fn later(answer: &Response<Bytes>) -> Duration {
    let told = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    told.map_or(LATER, Duration::from_secs).min(LATEST)
}

/// What was answered cannot be read.
pub(crate) fn not_understood(error: impl Into<BoxError>) -> BillingError {
    BillingError::NotUnderstood(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Result<Answer, BillingError> {
        let answer =
            Response::builder().status(status).header(RETRY_AFTER, "7").body(Bytes::from_static(body.as_bytes()));
        judged(answer.unwrap_or_default())
    }

    #[test]
    fn an_answer_means_what_its_status_says() {
        const ERROR: &str =
            r#"{"errors":[{"status":"422","title":"Unprocessable Entity","detail":"jo@example.com is bad"}]}"#;
        assert!(matches!(answer(200, "{}"), Ok(Answer::Here(_))));
        assert!(matches!(answer(404, ERROR), Ok(Answer::Missing)));
        assert!(matches!(answer(401, "<html>"), Err(BillingError::KeyRefused)));
        assert!(matches!(answer(503, ERROR), Err(BillingError::Unavailable(_))));
        assert!(matches!(answer(429, ERROR), Err(BillingError::TooOften(wait)) if wait == Duration::from_secs(7)));
        let refused = answer(422, ERROR).err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some("the payment provider refuses: 422 Unprocessable Entity"));
    }

    #[test]
    fn a_page_that_is_not_the_providers_own_says_nothing() {
        for status in [302, 403, 404, 422] {
            assert!(matches!(answer(status, "<html>"), Err(BillingError::NotUnderstood(_))), "{status}");
        }
    }
}
