//! What goes wrong, told once: the one mapping of errors to problem+json or to a page.
//!
//! A handler answers with a [`Problem`]; the outermost layer, which knows the reader's language and what they accept,
//! turns it into words.

mod body;
mod of_error;

use std::{
    hash::{BuildHasher, RandomState},
    num::NonZeroU32,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use qualify_domain::{
    access::{Actor, Permission},
    id::LeadId,
    subscription::{Access, Standing},
    violation::Violations,
};
use qualify_ports::BoxError;
use qualify_usecases::Duplicate;

pub use self::body::{AlikeBody, Fault, ProblemBody};
use crate::{
    page::{Look, Page},
    text::Text,
    watch::Denied,
};

/// The problems that anybody may meet: the keys of their words, and their statuses.
pub const PROBLEMS: &[(&str, u16)] = &[
    ("error-bad-request", 400),
    ("error-json", 400),
    ("error-query", 400),
    ("error-tag", 400),
    ("error-key-unusable", 400),
    ("error-key", 401),
    ("error-unauthorized", 401),
    ("error-plan", 402),
    ("error-forbidden", 403),
    ("error-closed", 403),
    ("error-read-only", 403),
    ("error-locked", 403),
    ("error-origin", 403),
    ("error-not-found", 404),
    ("error-form-gone", 404),
    ("error-method", 405),
    ("error-timeout", 408),
    ("error-conflict", 409),
    ("error-merge-gone", 409),
    ("error-merge-undone", 409),
    ("error-merge-over", 409),
    ("error-merge-later", 409),
    ("error-merge-reach", 409),
    ("error-held", 409),
    ("error-restricted", 409),
    ("error-subscribed", 409),
    ("error-unsubscribed", 409),
    ("error-payment", 409),
    ("error-exporting-person", 409),
    ("error-exporting-account", 409),
    ("error-exporting-organization", 409),
    ("error-last", 409),
    ("error-in-use", 409),
    ("error-key-reused", 409),
    ("error-alike", 409),
    ("error-merged", 410),
    ("error-form-closed", 410),
    ("error-stale", 412),
    ("error-too-large", 413),
    ("error-too-long-address", 414),
    ("error-media", 415),
    ("error-invalid", 422),
    ("error-rule", 422),
    ("error-merge-itself", 422),
    ("error-merge-unknown", 422),
    ("error-unversioned", 428),
    ("error-many", 429),
    ("error-headers", 431),
    ("error-failed", 500),
    ("error-provider", 503),
    ("error-busy", 503),
];

/// The leads of which a problem tells.
#[derive(Clone, Debug)]
enum Instead {
    /// What was asked for is part of this one.
    Merged(LeadId),
    /// What was to be made may be one of these.
    Alike(Vec<AlikeBody>),
}

/// Something that went wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    key: &'static str,
    value: Option<(&'static str, u64)>,
    violations: Violations,
    faults: Vec<Fault>,
    /// Seconds.
    retry_after: Option<NonZeroU32>,
    instead: Option<Box<Instead>>,
    denied: Option<Box<Denied>>,
    cause: Option<Arc<BoxError>>,
}

impl Problem {
    /// A problem of that status, whose words are at `key` and `key`-about in the catalogue.
    pub fn new(status: StatusCode, key: &'static str) -> Self {
        Self {
            status,
            key,
            value: None,
            violations: Violations::default(),
            faults: Vec::new(),
            retry_after: None,
            instead: None,
            denied: None,
            cause: None,
        }
    }

    /// The usual problem of a status.
    pub fn status(status: StatusCode) -> Self {
        let key = match status {
            StatusCode::UNAUTHORIZED => "error-unauthorized",
            StatusCode::FORBIDDEN => "error-forbidden",
            StatusCode::NOT_FOUND => "error-not-found",
            StatusCode::METHOD_NOT_ALLOWED => "error-method",
            StatusCode::REQUEST_TIMEOUT => "error-timeout",
            StatusCode::CONFLICT => "error-conflict",
            StatusCode::PAYLOAD_TOO_LARGE => "error-too-large",
            StatusCode::URI_TOO_LONG => "error-too-long-address",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "error-media",
            StatusCode::UNPROCESSABLE_ENTITY => "error-invalid",
            StatusCode::TOO_MANY_REQUESTS => "error-many",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "error-headers",
            StatusCode::SERVICE_UNAVAILABLE => "error-busy",
            status if status.is_client_error() => "error-bad-request",
            _ => "error-failed",
        };
        Self::new(status, key)
    }

    /// The end of the organization was asked for: nothing is taken in or changed any more (RET-7).
    pub fn closed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "error-closed")
    }

    /// Why something is refused that roles would grant, if it is so for want of a subscription, or because the organization
    /// ends.
    pub fn narrowed(standing: &Standing, actor: &Actor, permission: Permission) -> Option<Self> {
        match standing.access {
            Access::Locked if !permission.outlasts_expiry() => Some(Self::new(StatusCode::FORBIDDEN, "error-locked")),
            Access::ReadOnly if !permission.outlasts_closing() => {
                Some(Self::new(StatusCode::FORBIDDEN, "error-read-only"))
            }
            _ if actor.is_closed() && !permission.outlasts_closing() => Some(Self::closed()),
            _ => None,
        }
    }

    /// There is nothing at that address, or not for this reader.
    pub fn not_found() -> Self {
        Self::status(StatusCode::NOT_FOUND)
    }

    /// The request cannot be read.
    pub fn bad_request() -> Self {
        Self::status(StatusCode::BAD_REQUEST)
    }

    /// More than `limit` KiB.
    pub fn too_large(limit: usize) -> Self {
        let limit = u64::try_from(limit / 1024).unwrap_or_default();
        Self { value: Some(("limit", limit)), ..Self::status(StatusCode::PAYLOAD_TOO_LARGE) }
    }

    /// More often than allowed; `seconds` until it is again.
    pub fn too_many(seconds: u64) -> Self {
        Self {
            value: Some(("seconds", seconds)),
            retry_after: NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX)).or(Some(NonZeroU32::MIN)),
            ..Self::status(StatusCode::TOO_MANY_REQUESTS)
        }
    }

    /// The faults of an input that no page can show again.
    pub fn invalid(violations: Violations) -> Self {
        Self { violations, ..Self::status(StatusCode::UNPROCESSABLE_ENTITY) }
    }

    /// The lead that was to be made may be one of these.
    pub fn alike(duplicates: &[Duplicate]) -> Self {
        let instead = Instead::Alike(duplicates.iter().map(Into::into).collect());
        Self { instead: Some(Box::new(instead)), ..Self::new(StatusCode::CONFLICT, "error-alike") }
    }

    /// The same problem with faults already told in words.
    #[must_use]
    pub fn with_faults(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }

    /// The status.
    pub fn code(&self) -> StatusCode {
        self.status
    }

    /// What it is called, in the reader's language.
    pub fn title(&self, text: Text) -> String {
        text.get(self.key)
    }

    /// What can be done about it, in the reader's language.
    pub fn detail(&self, text: Text) -> String {
        let key = format!("{}-about", self.key);
        match self.value {
            Some((name, value)) => text.with(&key, name, value),
            None => text.get(&key),
        }
    }

    /// What was refused or not there, for the audit trail.
    pub fn denied(&self) -> Option<Denied> {
        self.denied.as_deref().copied()
    }

    /// Which lead holds what was asked for, if it was merged.
    pub fn merged_into(&self) -> Option<LeadId> {
        match self.instead.as_deref() {
            Some(Instead::Merged(lead)) => Some(*lead),
            Some(Instead::Alike(_)) | None => None,
        }
    }

    /// Seconds until another try makes sense.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after.map(|seconds| u64::from(seconds.get()))
    }

    /// An answer without words, for where nobody is left to find them.
    pub fn bare(self) -> Response {
        self.status.into_response()
    }

    /// The answer in words: a page for browsers, problem+json for everybody else.
    pub fn told(self, look: impl Into<Look>, page: bool) -> Response {
        let look = look.into();
        let (text, correlation) = (look.t, self.report());
        let faults = self.all_faults(text);
        let mut response =
            if page { self.as_page(look, faults, &correlation) } else { self.as_json(text, faults, &correlation) };
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.get()));
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    fn all_faults(&self, text: Text) -> Vec<Fault> {
        let told = self.violations.iter().map(|violation| Fault {
            field: violation.field.to_string(),
            rule: violation.rule.code(),
            detail: text.rule(&violation.field, violation.rule),
        });
        self.faults.iter().cloned().chain(told).collect()
    }

    /// Logs what is our fault, once, under a number that the reader is told too (LOG-4).
    fn report(&self) -> String {
        if !self.status.is_server_error() {
            return String::new();
        }
        let correlation = correlation();
        if let Some(cause) = &self.cause {
            tracing::error!(correlation, cause = %chain(cause.as_ref().as_ref()), "a request failed");
        } else if self.status != StatusCode::SERVICE_UNAVAILABLE {
            tracing::error!(correlation, status = self.status.as_u16(), "a request failed");
        }
        correlation
    }

    fn as_json(&self, text: Text, errors: Vec<Fault>, correlation: &str) -> Response {
        let told = ProblemBody {
            r#type: format!("/api/docs#{}", self.key.trim_start_matches("error-")),
            title: self.title(text),
            status: self.status.as_u16(),
            detail: self.detail(text),
            errors,
            merged_into: self.merged_into().map(|lead| lead.0),
            duplicates: match self.instead.as_deref() {
                Some(Instead::Alike(leads)) => leads.clone(),
                Some(Instead::Merged(_)) | None => Vec::new(),
            },
            correlation: correlation.to_owned(),
        };
        let body = serde_json::to_vec(&told).unwrap_or_default();
        ([(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }

    fn as_page(&self, look: Look, faults: Vec<Fault>, correlation: &str) -> Response {
        let text = look.t;
        let page = ErrorPage {
            page: Page { theme: look.theme, ..Page::plain(text, self.title(text)) },
            status: self.status.as_u16(),
            words: self.detail(text),
            faults: faults.into_iter().map(|fault| (fault.field, fault.detail)).collect(),
            correlation,
            way_out: match self.merged_into() {
                Some(lead) => format!("/leads/{lead}"),
                None if self.key.starts_with("error-form-") || self.key == "error-consent-link" => String::new(),
                None => "/".to_owned(),
            },
        };
        page.render().map_or_else(|_| self.status.into_response(), |page| Html(page).into_response())
    }
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage<'a> {
    page: Page,
    status: u16,
    words: String,
    faults: Vec<(String, String)>,
    correlation: &'a str,
    way_out: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Whether the reader is a person with a browser: asks for HTML, or is a page of ours.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") || (headers.contains_key("hx-request") && !accept.contains("json"))
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// A number under which one failure is found again; means nothing to anybody else.
fn correlation() -> String {
    static START: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", START.hash_one(NEXT.fetch_add(1, Ordering::Relaxed)))
}
