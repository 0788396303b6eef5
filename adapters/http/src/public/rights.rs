//! The public page of an organization on which people ask what is theirs by right. No cookie is read or set (PRV-9): whoever
//! came in by a link carries a secret from form to form.

pub mod held;
pub mod link;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{
    rights_request::Right,
    text::{Email, Message},
    violation::Violations,
};
use qualify_usecases::{AskRight, Error, PrivacyDoor};
use serde::Deserialize;

use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    public::notice::Part,
    source::Whence,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "public/rights/ask.html")]
struct AskPage {
    page: Page,
    slug: String,
    organization: String,
    filled: Filled,
    notice: Vec<Part>,
    rights: Vec<(&'static str, String)>,
    is_asked: bool,
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// The language that was asked for.
    #[serde(default)]
    lang: String,
    /// Whether something was just asked.
    #[serde(default)]
    asked: String,
}

/// The words in the language that was asked for, or else the browser's.
fn text_in(code: &str, browser: Text) -> Text {
    code.parse().map_or(browser, Text::new)
}

/// What each right is called.
pub fn rights(t: Text) -> Vec<(&'static str, String)> {
    Right::ALL.iter().map(|right| (right.code(), right_name(t, *right))).collect()
}

/// What a right is called.
pub fn right_name(t: Text, right: Right) -> String {
    t.get(&format!("right-{}", right.code()))
}

fn page_of(t: Text, door: &PrivacyDoor) -> Page {
    Page { suffix: door.organization.to_string(), ..Page::plain(t, t.get("rights-title")) }
}

/// `GET /o/{slug}/privacy`
pub async fn open(
    State(web): State<Web>,
    Path(slug): Path<String>,
    Reader(browser): Reader,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let coming = coming.map(|Query(coming)| coming).unwrap_or_default();
    let door = web.app().rights.door(&slug).await?;
    ask_page(&door, text_in(&coming.lang, browser), Filled::default(), !coming.asked.is_empty())
}

fn ask_page(door: &PrivacyDoor, t: Text, filled: Filled, is_asked: bool) -> Result<Response, Problem> {
    let said = |words: Option<&str>| words.unwrap_or_default().to_owned();
    let notice = door.notice.as_ref();
    let controller = notice.and_then(|notice| notice.controller.as_deref());
    let parts = [
        ("notice-controller", controller.map_or_else(|| door.organization.to_string(), str::to_owned)),
        ("rights-contact", said(notice.and_then(|notice| notice.contact.as_deref()))),
        ("notice-purpose", notice.map(|notice| notice.purpose.to_string()).unwrap_or_default()),
        ("notice-retention", said(notice.and_then(|notice| notice.retention.as_deref()))),
        ("notice-recipients", said(notice.and_then(|notice| notice.recipients.as_deref()))),
    ];
    let parts = parts.into_iter().filter(|(_, words)| !words.is_empty());
    show(&AskPage {
        page: page_of(t, door),
        slug: door.slug.to_string(),
        organization: door.organization.to_string(),
        filled,
        notice: parts.map(|(key, words)| (t.get(key), words)).collect(),
        rights: rights(t),
        is_asked,
    })
}

/// `POST /o/{slug}/privacy`: the answer is the same whether anything is kept under the address or not (DSR-2).
pub async fn ask(
    State(web): State<Web>,
    Path(slug): Path<String>,
    Reader(browser): Reader,
    Whence(from): Whence,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [email, right, words, lang] = posted.only(["email", "right", "words", "lang"])?;
    let (door, t) = (web.app().rights.door(&slug).await?, text_in(&lang, browser));
    let filled = Filled::default().with("email", &*email).with("right", &*right).with("words", &*words);
    let mut faults = Violations::default();
    let address = faults.keep("email", Email::parse(&email));
    let wanted = faults.keep("right", right.parse::<Right>());
    let said = faults.keep("words", Message::parse_optional(&words));
    let outcome = match (address, wanted, said) {
        (Some(address), Some(right), Some(words)) => {
            let command = AskRight { address, right, words, language: t.language(), from };
            web.app().rights.ask(&door.actor, command).await
        }
        _ => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => {
            let asked = format!("/o/{}/privacy?asked=1&lang={}", door.slug, t.code());
            Ok(Redirect::to(&asked).into_response())
        }
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = ask_page(&door, t, filled.faulty_all(&faults, t), false)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::TooOften(seconds)) if wants_page(&headers) => {
            let page = ask_page(&door, t, filled.faulty("form", t.get("mails-wait")), false)?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
