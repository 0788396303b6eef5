//! Versions as HTTP carries them: a tag with each thing, and conditions that name one.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::told;
use crate::problem::Problem;

/// The tag of a version.
fn tag(version: i32) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The version that a change was made for.
///
/// # Errors
/// 428 without `If-Match`, 400 if it is not one tag, 412 if the tag is none of ours.
pub fn expected(headers: &HeaderMap) -> Result<i32, Problem> {
    let mut lines = headers.get_all(header::IF_MATCH).iter();
    let line = lines.next().ok_or_else(|| Problem::new(StatusCode::PRECONDITION_REQUIRED, "error-unversioned"))?;
    let tag = line.to_str().ok().filter(|_| lines.next().is_none()).map(str::trim);
    let opaque = tag.and_then(|tag| tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"'));
    let opaque =
        opaque.filter(|text| !text.contains('"')).ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "error-tag"))?;
    // A weak tag never matches: it does not promise that nothing has changed.
    let strong = tag.is_some_and(|tag| tag.starts_with('"'));
    opaque.parse().ok().filter(|version: &i32| strong && version.to_string() == opaque).ok_or_else(stale)
}

/// Somebody changed it meanwhile.
pub fn stale() -> Problem {
    Problem::new(StatusCode::PRECONDITION_FAILED, "error-stale")
}

/// Whether the program has this version already.
pub fn is_known(headers: &HeaderMap, version: i32) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let own = format!("\"{version}\"");
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == own)
}

/// Something with its version.
pub fn shown(status: StatusCode, version: i32, body: &impl Serialize) -> Response {
    ([(header::ETAG, tag(version))], told(status, body)).into_response()
}

/// Something with its version, or that the program has it already.
pub fn unless_known<B: Serialize>(headers: &HeaderMap, version: i32, body: impl FnOnce() -> B) -> Response {
    if is_known(headers, version) { unchanged(version) } else { shown(StatusCode::OK, version, &body()) }
}

/// The program has this version already.
pub fn unchanged(version: i32) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, tag(version))]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &http::HeaderName, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_change_names_one_version() {
        let status = |lines: &[&str]| {
            let version = expected(&headers(&header::IF_MATCH, lines));
            version.unwrap_or_else(|problem| i32::from(problem.code().as_u16()))
        };
        assert_eq!(status(&["\"7\""]), 7);
        assert_eq!(status(&[]), 428);
        for broken in [&["7"][..], &["*"], &["\"7\", \"8\""], &["\"7\"", "\"7\""], &[""], &["\""]] {
            assert_eq!(status(broken), 400, "{broken:?}");
        }
        for other in ["W/\"7\"", "\"07\"", "\"+7\"", "\"seven\"", "\"99999999999\""] {
            assert_eq!(status(&[other]), 412, "{other}");
        }
    }

    #[test]
    fn what_is_known_need_not_be_sent() {
        let known = |lines: &[&str]| is_known(&headers(&header::IF_NONE_MATCH, lines), 7);
        assert!(known(&["\"7\""]) && known(&["W/\"7\""]) && known(&["*"]) && known(&["\"1\", \"7\""]));
        assert!(!known(&[]) && !known(&["\"8\""]) && !known(&["7"]));
    }
}
