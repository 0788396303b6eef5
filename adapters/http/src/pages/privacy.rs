//! What the software does with personal data, as it is now.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use jiff::Timestamp;

use crate::{
    actor::Reader,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

/// When the present text came into force: 24 November 2026.
const IN_FORCE: i64 = 1_795_478_400;

#[derive(Template)]
#[template(path = "pages/privacy.html")]
struct PrivacyPage<'a> {
    page: Page,
    controller: Controller<'a>,
    effective: String,
}

struct Controller<'a> {
    name: &'a str,
    address: &'a str,
    contact: &'a str,
}

/// `GET /privacy`
pub async fn open(State(web): State<Web>, Reader(t): Reader) -> Result<Response, Problem> {
    let site = web.site();
    let page = PrivacyPage {
        page: Page { suffix: site.controller.clone(), ..Page::plain(t, t.get("privacy-title")) },
        controller: Controller { name: &site.controller, address: &site.address, contact: &site.privacy_contact },
        effective: web.public_calendar(t).day(Timestamp::from_second(IN_FORCE).unwrap_or_default()),
    };
    let mut response = show(&page)?.into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    Ok(response)
}
