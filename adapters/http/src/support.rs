//! Somebody from support, where an owner opened (PRV-11): known by a secret in the cookie of access, asked for at every request,
//! and kept out of all that is not marked for them.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use qualify_domain::{
    access::{Forbidden, Permission},
    audit::Target,
};
use qualify_usecases::{Error, Inside, SignedIn};
use secrecy::ExposeSecret;

use crate::{
    problem::Problem,
    session::{ACCESS, cookie, set},
    web::Web,
};

/// What their secret begins with; a token of a member never does.
const PREFIX: &str = "qcs_";

/// The secret of support, if the browser has one.
fn secret(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, ACCESS)?.strip_prefix(PREFIX)
}

/// Whoever looks for support; nobody without the cookie, or once it is over.
pub async fn find(web: &Web, headers: &HeaderMap, path: &str) -> Result<Option<SignedIn>, Error> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    web.app().support.inside(secret, looked_at(path)).await
}

/// The layer of routes for members: keeps support out of those that are not for it.
pub async fn keep_out(State(for_support): State<bool>, request: Request, next: Next) -> Response {
    let is_support = request.extensions().get::<SignedIn>().is_some_and(|member| member.actor.is_support());
    if is_support && !for_support {
        return Problem::from(Error::Forbidden(Forbidden(Permission::ChangeProfile))).into_response();
    }
    next.run(request).await
}

/// Ends the visit, and takes the secret from the browser. Whoever is a member besides stays signed in.
pub async fn leave(web: &Web, headers: &HeaderMap, answer: &mut HeaderMap) -> Result<(), Problem> {
    if let Some(secret) = secret(headers) {
        web.app().support.leave(secret).await?;
    }
    set(answer, ACCESS, "", 0);
    Ok(())
}

/// Gives the browser its secret.
pub fn let_in(answer: &mut HeaderMap, inside: &Inside) {
    set(answer, ACCESS, &format!("{PREFIX}{}", inside.session.expose_secret()), inside.seconds);
}

/// What an address shows, as the audit trail tells of it; nothing for a list.
fn looked_at(path: &str) -> Option<Target> {
    let mut parts = path.split('/').skip(1);
    let kind = match parts.next()? {
        "leads" => "lead",
        "forms" => "form",
        _ => return None,
    };
    Target::restore(kind, parts.next()?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};
    use qualify_domain::id::{FormId, LeadId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_address_tells_what_is_looked_at() {
        let id = Uuid::from_u128(7);
        assert_eq!(looked_at(&format!("/leads/{id}")), Some(Target::Lead(LeadId(id))));
        assert_eq!(looked_at(&format!("/forms/{id}/editions/2")), Some(Target::Form(FormId(id))));
        for list in ["/", "/leads", "/leads/count", "/board", "/reports"] {
            assert_eq!(looked_at(list), None, "{list}");
        }
    }

    #[test]
    fn ses_7_the_cookie_of_support_is_bound_to_this_host_and_hidden_from_scripts() {
        let mut headers = HeaderMap::new();
        let_in(&mut headers, &Inside { session: "o.s".to_owned().into(), seconds: 90 });
        assert_eq!(
            headers[header::SET_COOKIE],
            "__Host-qc_at=qcs_o.s; Max-Age=90; Path=/; Secure; HttpOnly; SameSite=Lax"
        );
        let shown = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("__Host-qc_at=qcs_o.s"))]);
        assert_eq!(secret(&shown), Some("o.s"));
        let members = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("__Host-qc_at=eyJ.b.c"))]);
        assert_eq!(secret(&members), None);
    }
}
