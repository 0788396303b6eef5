//! What is sent from a tab of another organization than the one its member now acts in.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use qualify_usecases::{Home, SignedIn};

use crate::{
    fields::Fields,
    page::{self, Page},
    problem::Problem,
    tab::Shown,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/other_tab.html")]
struct OtherTabPage {
    page: Page,
    words: String,
    here: String,
    other: Option<Home>,
    typed: Vec<String>,
}

/// Secrets, and what nobody types.
const UNSHOWN: [&str; 8] = ["password", "code", "reference", "answer", "version", "language", "legal_basis", "preview"];

/// What somebody typed into the form that is not taken, so that it is not lost: a page of ours comes anew when one goes
/// back to it.
pub fn typed(fields: &Fields) -> Vec<String> {
    let is_shown = |name: &str| !UNSHOWN.iter().any(|secret| name.contains(secret));
    let is_typed = |text: &str| text.chars().count() > 1 && uuid::Uuid::try_parse(text).is_err();
    let texts = fields.texts().filter(|(name, text)| is_shown(name) && is_typed(text));
    texts.map(|(_, text)| text.to_owned()).collect()
}

/// Says which organization the tab showed, and which one is current; nothing was done.
///
/// # Errors
/// [`Problem`] if the member's organizations cannot be read.
pub async fn show(web: &Web, member: &SignedIn, shown: Shown, typed: Vec<String>) -> Result<Response, Problem> {
    let t = Text::new(member.language);
    let homes = web.app().accounts.homes(member).await?;
    // One they do not belong to has no name for them.
    let other = homes.into_iter().find(|home| shown == Shown::Other(home.organization));
    let words = match &other {
        Some(home) => t.with_all("other-tab-about", [("shown", &*home.name), ("current", &*member.organization)]),
        None => t.with("other-tab-unsaid", "current", &member.organization),
    };
    let page = Page::of(member, "", t.get("error-other-tab"));
    let response = page::show(&OtherTabPage { page, words, here: member.organization.to_string(), other, typed })?;
    Ok((StatusCode::CONFLICT, response).into_response())
}
