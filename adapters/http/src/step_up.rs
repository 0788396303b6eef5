//! Step-up: in front of what is sensitive a member shows once more that it is them, unless they did in the last ten
//! minutes (AUTH-16). A route is put behind this by `.confirmed()` in the table of routes.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_usecases::SignedIn;

use crate::{
    pages::accounts::inner,
    problem::{Problem, wants_page},
    web::Web,
};

/// The layer of sensitive routes: whoever did not prove lately who they are is asked to, and led back.
pub async fn ask(State(web): State<Web>, request: Request, next: Next) -> Response {
    let member = request.extensions().get::<SignedIn>();
    if member.is_some_and(|member| member.proof.is_fresh(web.now())) {
        return next.run(request).await;
    }
    let (headers, is_fragment) = (request.headers(), request.headers().contains_key("hx-request"));
    if !is_fragment && !wants_page(headers) {
        return Problem::new(StatusCode::FORBIDDEN, "error-confirm").into_response();
    }
    let is_sent = !request.method().is_safe();
    let here = request.uri().path_and_query().map_or("/", |address| address.as_str());
    let back = if is_sent || is_fragment { page_of(headers, web.origin()) } else { here };
    let page = question(back, is_sent);
    if is_fragment {
        (StatusCode::FORBIDDEN, [("hx-redirect", page)]).into_response()
    } else {
        Redirect::to(&page).into_response()
    }
}

/// The page that asks, on the way to `back`; `is_sent` if something was sent and not done.
fn question(back: &str, is_sent: bool) -> String {
    let next = form_urlencoded::byte_serialize(back.as_bytes()).collect::<String>();
    format!("/confirm?next={next}{}", if is_sent { "&again=1" } else { "" })
}

/// The page of ours that the request was sent from, or the beginning (WEB-8).
pub(crate) fn page_of<'a>(headers: &'a HeaderMap, own: &str) -> &'a str {
    let page = headers.get("hx-current-url").or_else(|| headers.get(header::REFERER));
    let page = page.and_then(|page| page.to_str().ok()).and_then(|page| page.strip_prefix(own));
    page.map_or("/", inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://crm.example.com";

    fn led_back(name: &'static str, page: &str) -> String {
        page_of(&HeaderMap::from_iter([(name.parse().unwrap(), page.parse().unwrap())]), OWN).to_owned()
    }

    #[test]
    fn web_8_auth_16_who_sent_a_form_is_led_back_to_its_page() {
        assert_eq!(
            led_back("referer", "https://crm.example.com/settings/members/7?saved=1"),
            "/settings/members/7?saved=1"
        );
        assert_eq!(led_back("hx-current-url", "https://crm.example.com/leads/3"), "/leads/3");
        assert_eq!(question("/a?b=c&d", true), "/confirm?next=%2Fa%3Fb%3Dc%26d&again=1");
        assert_eq!(question("/a", false), "/confirm?next=%2Fa");
    }

    #[test]
    fn web_8_auth_16_nobody_is_led_to_another_site() {
        for foreign in [
            "https://evil.example/settings",
            "https://crm.example.com.evil.example/",
            "https://crm.example.com@evil.example/",
            "https://crm.example.com//evil.example",
            "https://crm.example.com/\\evil.example",
            "http://crm.example.com/settings",
            "https://crm.example.com",
            "nonsense",
        ] {
            assert_eq!(led_back("referer", foreign), "/", "{foreign}");
        }
        assert_eq!(page_of(&HeaderMap::new(), OWN), "/");
    }
}
