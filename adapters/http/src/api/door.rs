//! The door of the API: whose key it is, how often it may come, and what the audit trail hears of it (LOG-3).

use axum::{
    extract::{FromRequestParts, RawPathParams, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use qualify_domain::access::{Forbidden, Permission};
use qualify_usecases::{Error, Program, RefusedKey};
use tracing::error;

use crate::{problem::Problem, session::not_kept, source::Source, text::Text, watch, web::Web};

/// The program that asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is.
    pub program: Program,
    /// The words in the language it reads.
    pub text: Text,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let program = parts.extensions.get::<Program>().cloned();
        let program = program.ok_or_else(|| Problem::status(StatusCode::UNAUTHORIZED))?;
        Ok(Self { program, text: Text::accepted(&parts.headers) })
    }
}

/// The layer of routes for programs: finds out whose key it is, and counts its requests.
pub async fn enter(State(web): State<Web>, params: RawPathParams, mut request: Request, next: Next) -> Response {
    let source = Source::of(&request, &web);
    let program = match find_program(&web, request.headers(), source).await {
        Ok(program) => program,
        Err(response) => return *response,
    };
    let (mut response, standing) = match web.key_limit().take(program.key.id) {
        Ok(standing) => {
            let actor = program.actor.clone();
            request.extensions_mut().insert(program);
            let response = next.run(request).await;
            if let Some(denied) = response.extensions().get::<Problem>().and_then(Problem::denied) {
                watch::tell_of(&web, &actor, denied, &params).await;
            }
            (response, standing)
        }
        Err((seconds, standing)) => (Problem::too_many(seconds).into_response(), standing),
    };
    standing.tell(response.headers_mut());
    not_kept(response.headers_mut());
    response
}

/// The layer of routes that need a permission: refuses keys that do not have it.
pub async fn permit(State(permission): State<Permission>, request: Request, next: Next) -> Response {
    let program = request.extensions().get::<Program>();
    if program.is_some_and(|program| program.actor.may(permission)) {
        return next.run(request).await;
    }
    let narrowed = program.and_then(|program| Problem::narrowed(&program.standing, &program.actor, permission));
    narrowed.unwrap_or_else(|| Error::Forbidden(Forbidden(permission)).into()).into_response()
}

async fn find_program(web: &Web, headers: &HeaderMap, source: Source) -> Result<Program, Box<Response>> {
    let Some(secret) = bearer(headers) else { return Err(Box::new(unknown("Bearer realm=\"api\""))) };
    match web.app().access.program(secret).await {
        Ok(Ok(program)) => Ok(program),
        Ok(Err(refused)) => Err(Box::new(refuse(web, refused, source).await)),
        Err(error) => Err(Box::new(Problem::from(error).into_response())),
    }
}

/// The same answer to every key that opens nothing. Whoever tries many is held off, and fills no trail.
async fn refuse(web: &Web, refused: RefusedKey, Source(ip): Source) -> Response {
    if let Err(seconds) = web.key_limit().stumble(ip) {
        return Problem::too_many(seconds).into_response();
    }
    if let Err(error) = web.app().access.tell_refused(refused).await {
        error!(error = &error as &dyn std::error::Error, "a refused key could not be kept in the audit trail");
    }
    unknown("Bearer realm=\"api\", error=\"invalid_token\"")
}

fn unknown(challenge: &'static str) -> Response {
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, "error-key").into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// The key, if the request shows exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    let line = lines.next().filter(|_| lines.next().is_none())?.to_str().ok()?;
    let (scheme, secret) = line.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_once_and_as_a_bearer_token() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::AUTHORIZATION, line.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of(&["Bearer qck_a"]).as_deref(), Some("qck_a"));
        assert_eq!(of(&["bearer  qck_a "]).as_deref(), Some("qck_a"));
        for lines in [&["Basic qck_a"][..], &["qck_a"], &["Bearer"], &[], &["Bearer qck_a", "Bearer qck_a"]] {
            assert_eq!(of(lines), None, "{lines:?}");
        }
    }
}
