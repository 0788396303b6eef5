//! The way in to a form: finds it, and tells browsers which websites may send and frame it.

use axum::{
    extract::{Path, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use qualify_domain::form::FormSettings;
use qualify_usecases::{Broken, Error};

use crate::{
    actor::Visitor,
    problem::{Problem, wants_page},
    web::Web,
};

const PREFLIGHT_SECONDS: &str = "7200";

/// The layer of a form's routes: everything behind it knows the form, and everything it answers fits the form's list of
/// websites.
pub async fn enter(State(web): State<Web>, Path(id): Path<String>, mut request: Request, next: Next) -> Response {
    let gone = || Problem::new(StatusCode::NOT_FOUND, "error-form-gone");
    let Ok(id) = id.parse() else { return gone().into_response() };
    let visitor = match web.app().access.visitor(id).await {
        Ok(visitor) => Visitor(visitor),
        Err(Error::NotFound(_)) => return gone().into_response(),
        Err(Error::Rule(Broken::Closed)) => {
            return Problem::new(StatusCode::GONE, "error-form-closed").into_response();
        }
        Err(error) => return Problem::from(error).into_response(),
    };
    let origin = request.headers().get(header::ORIGIN).cloned();
    let page = reads_pages(request.headers());
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = problem.told(visitor.text(), page);
    }
    fit(response.headers_mut(), &visitor.0.form.settings, origin);
    response
}

/// Whether whoever sends a form reads pages: a browser that posts one, unless it asks for JSON.
pub fn reads_pages(headers: &HeaderMap) -> bool {
    let has = |name, word: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(word))
    };
    wants_page(headers) || !(has(header::ACCEPT, "json") || has(header::CONTENT_TYPE, "json"))
}

fn fit(headers: &mut HeaderMap, settings: &FormSettings, origin: Option<HeaderValue>) {
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let listed = |origin: &HeaderValue| settings.allowed_origins.iter().any(|allowed| origin == &**allowed);
    if let Some(origin) = origin.filter(listed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let exposed = HeaderValue::from_static("Retry-After");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    let page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(policy) = page.then(|| policy(settings)).and_then(|policy| HeaderValue::try_from(policy).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    let open = HeaderValue::from_static("cross-origin");
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), open);
}

/// The websites of the list may frame the form; it may be sent on to them and to its page of thanks.
fn policy(settings: &FormSettings) -> String {
    let mut sites = String::new();
    for site in &settings.allowed_origins {
        sites.extend([" ", site]);
    }
    let thanks = settings.thank_you.as_ref().and_then(|page| url::Url::parse(page).ok());
    let thanks = thanks.map(|page| page.origin().ascii_serialization());
    let listed = |origin: &String| settings.allowed_origins.iter().any(|site| **site == **origin);
    let thanks = thanks.filter(|origin| !listed(origin)).map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         form-action 'self'{sites}{thanks}; frame-ancestors 'self'{sites}; base-uri 'none'; object-src 'none'; \
         require-trusted-types-for 'script'"
    )
}

/// `OPTIONS /f/{public_id}`: whether a script of another website may send; answered from memory, never with credentials.
pub async fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Accept, Idempotency-Key"),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS),
        (header::ALLOW, "GET, HEAD, POST, OPTIONS"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
