//! Who is signed in: two cookies (PRV-9, SES-7), renewed on the way without anybody noticing (SES-5).

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use qualify_domain::{
    access::{Forbidden, Permission},
    mfa_policy::MfaDuty,
    subscription::Access as Rights,
};
use qualify_usecases::{Error, Granted, SignedIn};
use secrecy::ExposeSecret;

use crate::{
    page::Look,
    problem::{Problem, wants_page},
    source::Whence,
    support,
    web::Web,
};

/// The cookie of the access token.
pub const ACCESS: &str = "__Host-qc_at";
/// The cookie of the refresh token.
pub const REFRESH: &str = "__Host-qc_rt";

/// How long the browser of a member keeps the access token.
pub const ACCESS_SECONDS: u32 = 10 * 60;
/// How long it keeps the refresh token.
pub const REFRESH_SECONDS: u32 = 7 * 24 * 3600;

/// Where a member who has to set up a second factor may still go (AUTH-15).
const SET_UP: [&str; 4] = ["/settings/security", "/confirm", "/sign-out", "/organizations"];

/// The layer of routes for members: finds out who it is, or sends them to sign in.
pub async fn enter(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let (found, granted) = match support::find(&web, request.headers(), request.uri().path()).await {
        Ok(None) => find_member(&web, request.headers(), Whence::of(&request, &web)).await,
        found => (found, None),
    };
    let mut response = match found {
        Ok(Some(member)) if member.mfa == MfaDuty::Overdue && !SET_UP.iter().any(|way| leads(&request, way)) => {
            ask_to_set_up(&request)
        }
        Ok(Some(member)) => {
            let look = Look::from(&member);
            request.extensions_mut().insert(member);
            let mut response = next.run(request).await;
            response.extensions_mut().insert(look);
            response
        }
        Ok(None) => ask_to_sign_in(&request),
        Err(error) => Problem::from(error).into_response(),
    };
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(granted) = granted {
        keep_beside(headers, &granted);
    }
    response
}

/// The layer of routes that need a permission: denied before anything is read. The use case asks again.
pub async fn permit(State(permission): State<Permission>, request: Request, next: Next) -> Response {
    let member = request.extensions().get::<SignedIn>();
    if member.is_some_and(|member| member.actor.may(permission)) {
        return next.run(request).await;
    }
    let is_locked = member.is_some_and(|member| member.standing.access == Rights::Locked);
    if is_locked && !permission.outlasts_expiry() && request.method().is_safe() {
        return show_what_is_open(&request);
    }
    let narrowed = member.and_then(|member| Problem::narrowed(&member.standing, &member.actor, permission));
    narrowed.unwrap_or_else(|| Error::Forbidden(Forbidden(permission)).into()).into_response()
}

/// Where an organization is locked, a page that is not open leads to the one that tells what is.
fn show_what_is_open(request: &Request) -> Response {
    const PAGE: &str = "/locked";
    if request.headers().contains_key("hx-request") {
        return (StatusCode::FORBIDDEN, [("hx-redirect", PAGE)]).into_response();
    }
    if wants_page(request.headers()) {
        return Redirect::to(PAGE).into_response();
    }
    Problem::new(StatusCode::FORBIDDEN, "error-locked").into_response()
}

/// The member behind the cookies, and new tokens if the old ones had to be exchanged. Those are handed on whatever else
/// fails: the old ones are worth nothing any more.
async fn find_member(
    web: &Web,
    headers: &HeaderMap,
    Whence(from): Whence,
) -> (Result<Option<SignedIn>, Error>, Option<Granted>) {
    let access = &web.app().access;
    if let Some(token) = cookie(headers, ACCESS) {
        match access.member(token).await {
            Ok(None) => {}
            found => return (found, None),
        }
    }
    let Some(secret) = cookie(headers, REFRESH) else { return (Ok(None), None) };
    match web.app().accounts.refresh(secret, &from).await {
        Ok(Some(granted)) => (access.renewed(&granted).await, Some(granted)),
        Ok(None) => (Ok(None), None),
        Err(error) => (Err(error), None),
    }
}

/// Who is signed in on a page that is for anybody; with new tokens if the old ones had to be exchanged.
pub async fn perhaps(
    web: &Web,
    headers: &HeaderMap,
    whence: Whence,
) -> (Result<Option<SignedIn>, Error>, Option<Granted>) {
    find_member(web, headers, whence).await
}

fn leads(request: &Request, way: &str) -> bool {
    request.uri().path().strip_prefix(way).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn ask_to_set_up(request: &Request) -> Response {
    const PAGE: &str = "/settings/security/second-factor";
    if request.headers().contains_key("hx-request") {
        return (StatusCode::FORBIDDEN, [("hx-redirect", PAGE)]).into_response();
    }
    if wants_page(request.headers()) {
        return Redirect::to(PAGE).into_response();
    }
    Problem::status(StatusCode::FORBIDDEN).into_response()
}

fn ask_to_sign_in(request: &Request) -> Response {
    let headers = request.headers();
    if headers.contains_key("hx-request") {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        response.headers_mut().insert("hx-redirect", HeaderValue::from_static("/sign-in"));
        return response;
    }
    if !wants_page(headers) {
        return Problem::status(StatusCode::UNAUTHORIZED).into_response();
    }
    let here = request.uri().path_and_query().map_or("/", |address| address.as_str());
    if request.method().is_safe() && here != "/" {
        let next = form_urlencoded::byte_serialize(here.as_bytes()).collect::<String>();
        Redirect::to(&format!("/sign-in?next={next}")).into_response()
    } else {
        Redirect::to("/sign-in").into_response()
    }
}

/// One cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(found, _)| *found == name).map(|(_, value)| value).next()
}

/// Gives the browser its tokens.
pub fn keep(headers: &mut HeaderMap, granted: &Granted) {
    set(headers, ACCESS, granted.access.expose_secret(), ACCESS_SECONDS);
    if let Some(refresh) = &granted.refresh {
        set(headers, REFRESH, refresh.expose_secret(), REFRESH_SECONDS);
    }
}

/// The same beside what a handler set itself, such as the sign-out: its cookies have the last word.
fn keep_beside(headers: &mut HeaderMap, granted: &Granted) {
    let has =
        |name: &str| headers.get_all(header::SET_COOKIE).iter().any(|set| set.as_bytes().starts_with(name.as_bytes()));
    let (has_access, has_refresh) = (has(ACCESS), has(REFRESH));
    if !has_access {
        set(headers, ACCESS, granted.access.expose_secret(), ACCESS_SECONDS);
    }
    if let Some(refresh) = granted.refresh.as_ref().filter(|_| !has_refresh) {
        set(headers, REFRESH, refresh.expose_secret(), REFRESH_SECONDS);
    }
}

/// Lets nobody keep a copy of the page.
pub fn not_kept(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Takes the tokens from the browser.
pub fn forget(headers: &mut HeaderMap) {
    set(headers, ACCESS, "", 0);
    set(headers, REFRESH, "", 0);
}

pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str, seconds: u32) {
    let cookie = format!("{name}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Lax");
    if let Ok(mut cookie) = HeaderValue::try_from(cookie) {
        cookie.set_sensitive(true);
        headers.append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn ses_7_cookies_are_bound_to_this_host_and_hidden_from_scripts() {
        let mut headers = HeaderMap::new();
        keep(&mut headers, &Granted { access: SecretString::from("a.b.c"), refresh: Some(SecretString::from("r")) });
        let cookies: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
        assert_eq!(
            cookies,
            [
                "__Host-qc_at=a.b.c; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax",
                "__Host-qc_rt=r; Max-Age=604800; Path=/; Secure; HttpOnly; SameSite=Lax",
            ]
        );
    }

    #[test]
    fn prv_9_no_refresh_cookie_where_none_was_granted() {
        let mut headers = HeaderMap::new();
        keep(&mut headers, &Granted { access: SecretString::from("a"), refresh: None });
        assert_eq!(headers.get_all(header::SET_COOKIE).iter().count(), 1);
    }

    #[test]
    fn ses_6_what_a_handler_sets_itself_loses_no_renewed_token() {
        let granted = |access: &str, refresh: Option<&str>| Granted {
            access: SecretString::from(access),
            refresh: refresh.map(SecretString::from),
        };
        let mut headers = HeaderMap::new();
        keep(&mut headers, &granted("switched", None));
        keep_beside(&mut headers, &granted("renewed", Some("r")));
        let cookies: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2);
        assert!(cookies[0].starts_with("__Host-qc_at=switched;") && cookies[1].starts_with("__Host-qc_rt=r;"));
        let mut headers = HeaderMap::new();
        forget(&mut headers);
        keep_beside(&mut headers, &granted("renewed", Some("r")));
        assert_eq!(headers.get_all(header::SET_COOKIE).iter().count(), 2, "who signed out stays so");
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers = HeaderMap::from_iter([(header::COOKIE, "x=1; __Host-qc_at=t=o; y".parse().unwrap())]);
        assert_eq!(cookie(&headers, ACCESS), Some("t=o"));
        assert_eq!(cookie(&headers, REFRESH), None);
    }
}
