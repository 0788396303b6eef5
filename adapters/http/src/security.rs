//! What holds for every request and every answer: sizes, headers, origins, and no panic reaches the other end.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    api::document::ROOT,
    page::Look,
    problem::{Problem, wants_page},
    session,
    text::Text,
    web::Web,
};

/// An address has at most this many bytes (WEB-5).
const MOST_ADDRESS: usize = 8 * 1024;
/// All headers have at most this many bytes (WEB-5).
const MOST_HEADER_BYTES: usize = 16 * 1024;
/// A request has at most this many headers (WEB-5).
const MOST_HEADERS: usize = 64;

/// The policy of pages that neither frame nor are framed.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                          connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Headers of every answer (WEB-2); what a handler has set stays.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
    ),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains")),
];

/// The outermost layer: refuses what is too long, turns problems into words and sets the headers.
pub async fn guard(request: Request, next: Next) -> Response {
    let text = Text::accepted(request.headers());
    let page = wants_page(request.headers()) && !request.uri().path().starts_with(ROOT);
    let outcome = match check_size(&request) {
        Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await,
        Err(problem) => Ok(problem.into_response()),
    };
    let response = outcome.unwrap_or_else(|_| Problem::status(StatusCode::INTERNAL_SERVER_ERROR).into_response());
    let mut response = in_words(response, text, page);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    response
}

fn check_size(request: &Request) -> Result<(), Problem> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > MOST_ADDRESS {
        return Err(Problem::status(StatusCode::URI_TOO_LONG));
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        return Err(Problem::status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}

/// Turns a problem, or an error status that nobody put into words, into an answer that helps.
fn in_words(mut response: Response, text: Text, page: bool) -> Response {
    let status = response.status();
    let wordless = (status.is_client_error() || status.is_server_error())
        && !response.headers().contains_key(header::CONTENT_TYPE);
    let problem = response.extensions_mut().remove::<Problem>().or(wordless.then(|| Problem::status(status)));
    let Some(problem) = problem else { return response };
    let look = response.extensions().get::<Look>().copied().unwrap_or_else(|| text.into());
    let mut told = problem.told(look, page);
    for (name, value) in response.headers() {
        if name == header::SET_COOKIE {
            // There may be several, and none of them may get lost: the old tokens are worth nothing any more.
            told.headers_mut().append(name, value.clone());
        } else if name != header::CONTENT_LENGTH {
            told.headers_mut().entry(name).or_insert(value.clone());
        }
    }
    told
}

/// The layer of routes that change something: a browser must come from our own pages (WEB-3). A program that neither
/// says where it comes from nor holds a session has nobody's rights to abuse.
pub async fn own_origin(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if request.method().is_safe() || from_own_page(headers, web.origin()) || holds_nothing(headers) {
        next.run(request).await
    } else {
        Problem::new(StatusCode::FORBIDDEN, "error-origin").into_response()
    }
}

fn from_own_page(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin" | "none"), _) => true,
        (Some("same-site") | None, Some(origin)) => origin == own,
        _ => false,
    }
}

/// Whether it is no browser, and has no session.
fn holds_nothing(headers: &HeaderMap) -> bool {
    let silent = !headers.contains_key("sec-fetch-site") && !headers.contains_key("origin");
    silent && [session::ACCESS, session::REFRESH].iter().all(|name| session::cookie(headers, name).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_3_a_silent_program_may_knock_but_not_with_somebodys_session() {
        let mut headers = HeaderMap::new();
        assert!(holds_nothing(&headers));
        headers.insert("cookie", "theme=dark".parse().unwrap());
        assert!(holds_nothing(&headers));
        headers.insert("cookie", "__Host-qc_rt=r".parse().unwrap());
        assert!(!holds_nothing(&headers));
        headers.clear();
        headers.insert("origin", "https://evil.example".parse().unwrap());
        assert!(!holds_nothing(&headers));
    }

    fn allowed(site: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(site) = site {
            headers.insert("sec-fetch-site", site.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        from_own_page(&headers, "https://crm.example.com")
    }

    #[test]
    fn web_3_a_change_comes_from_our_own_pages() {
        assert!(allowed(Some("same-origin"), Some("https://crm.example.com")));
        assert!(allowed(Some("none"), None));
        assert!(allowed(None, Some("https://crm.example.com")));
        assert!(allowed(Some("same-site"), Some("https://crm.example.com")));
    }

    #[test]
    fn web_3_everything_else_is_refused() {
        assert!(!allowed(None, None));
        assert!(!allowed(Some("same-site"), None));
        assert!(!allowed(Some("same-site"), Some("https://www.example.com")));
        assert!(!allowed(Some("cross-site"), Some("https://crm.example.com")));
        assert!(!allowed(None, Some("https://evil.example")));
        assert!(!allowed(None, Some("null")));
    }

    #[test]
    fn web_2_no_inline_script_or_style_is_allowed() {
        assert!(!POLICY.contains("unsafe"));
        assert!(POLICY.contains("default-src 'none'") && POLICY.contains("frame-ancestors 'none'"));
    }
}
