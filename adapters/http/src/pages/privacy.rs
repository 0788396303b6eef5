//! The privacy policy in force, and the versions before it (PRV-2).

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use qualify_domain::{audit::hex, language::Language, policy_version::PolicyVersion};

use crate::{
    actor::Reader,
    page::{Page, show},
    policy::{Block, read},
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/privacy.html")]
struct PrivacyPage {
    page: Page,
    version: Shown,
    blocks: Vec<Block>,
    /// Whether another version is in force.
    is_earlier: bool,
}

#[derive(Template)]
#[template(path = "pages/privacy_versions.html")]
struct VersionsPage {
    page: Page,
    versions: Vec<Shown>,
}

/// A version as it is told.
struct Shown {
    /// The code of its language.
    language: &'static str,
    number: u32,
    effective: String,
    hash: String,
}

/// `GET /privacy`
pub async fn open(State(web): State<Web>, Reader(t): Reader) -> Result<Response, Problem> {
    let version = web.app().policies.in_force(t.language()).await?;
    page(&web, &version, false)
}

/// `GET /privacy/versions/{language}/{version}`, in its own language
pub async fn version(
    State(web): State<Web>,
    Path((language, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (language, number) = (language.parse::<Language>().ok(), number.parse().ok());
    let (language, number) = language.zip(number).ok_or_else(Problem::not_found)?;
    let version = web.app().policies.version(language, number).await?;
    let in_force = web.app().policies.in_force(language).await?;
    page(&web, &version, version.number != in_force.number)
}

/// `GET /privacy/versions`
pub async fn versions(State(web): State<Web>, Reader(t): Reader) -> Result<Response, Problem> {
    let versions = web.app().policies.versions().await?;
    let versions = versions.iter().map(|version| shown(&web, t, version)).collect();
    let suffix = web.site().controller.clone();
    let page = VersionsPage { page: Page { suffix, ..Page::plain(t, t.get("privacy-versions")) }, versions };
    Ok(by_language(show(&page)?.into_response()))
}

fn page(web: &Web, version: &PolicyVersion, is_earlier: bool) -> Result<Response, Problem> {
    let t = Text::new(version.language);
    let page = PrivacyPage {
        page: Page { suffix: web.site().controller.clone(), ..Page::plain(t, t.get("privacy-title")) },
        version: shown(web, t, version),
        blocks: read(&version.text),
        is_earlier,
    };
    Ok(by_language(show(&page)?.into_response()))
}

fn shown(web: &Web, t: Text, version: &PolicyVersion) -> Shown {
    Shown {
        language: version.language.code(),
        number: version.number,
        effective: web.public_calendar(t).day(version.effective_from),
        hash: hex(&version.hash),
    }
}

fn by_language(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Language"));
    response
}
