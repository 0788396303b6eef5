//! The processing agreement: its text, who accepted which version, and the button for an owner.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use qualify_domain::{
    access::Permission,
    agreement::{AGREEMENTS, Acceptance, Agreement, CURRENT},
    language::Language,
    organization::Member as Colleague,
};
use serde::Deserialize;

use super::settings::{self, members};
use crate::{
    actor::Member,
    download::kept_as,
    fields::Posted,
    moment::{Calendar, Moment},
    page::{Page, show},
    problem::Problem,
    web::Web,
};

const HERE: &str = "/privacy/agreement";

#[derive(Template)]
#[template(path = "pages/agreement.html")]
struct AgreementPage {
    page: Page,
    version: u16,
    language: &'static str,
    hash: &'static str,
    parts: Vec<Part>,
    /// Versions that were in force before, the latest first.
    earlier: Vec<u16>,
    accepted: Vec<Row>,
    is_accepted: bool,
    may_accept: bool,
}

/// A heading or a paragraph.
struct Part {
    is_heading: bool,
    words: &'static str,
}

struct Row {
    version: u16,
    language: &'static str,
    hash: String,
    by: String,
    at: Moment,
}

/// In which language the text is wanted.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    lang: String,
}

/// `GET /privacy/agreement`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let file = web.app().agreements.view(&member.0.actor).await?;
    let calendar = web.calendar(&member.0);
    let wording = CURRENT.wording(member.0.language);
    show(&AgreementPage {
        page: settings::page(&member.0, HERE),
        version: CURRENT.version,
        language: member.0.language.code(),
        hash: wording.hash,
        parts: parts(wording.text),
        earlier: earlier(CURRENT),
        accepted: file.accepted.iter().map(|one| row(one, &file.members, &calendar)).collect(),
        is_accepted: CURRENT.is_accepted(&file.accepted),
        may_accept: member.0.actor.may(Permission::AcceptAgreement),
    })
}

/// The text without its title, which is that of the page.
fn parts(text: &'static str) -> Vec<Part> {
    let blocks = text.split("\n\n").skip(1).flat_map(|block| block.split('\n')).filter(|line| !line.is_empty());
    let told = blocks.map(|line| match line.strip_prefix("## ") {
        Some(words) => Part { is_heading: true, words },
        None => Part { is_heading: false, words: line },
    });
    told.collect()
}

fn earlier(current: &Agreement) -> Vec<u16> {
    AGREEMENTS.iter().rev().map(|agreement| agreement.version).filter(|version| *version < current.version).collect()
}

fn row(acceptance: &Acceptance, colleagues: &[Colleague], calendar: &Calendar) -> Row {
    let by = colleagues.iter().find(|one| one.membership.user == acceptance.by);
    Row {
        version: acceptance.version,
        language: acceptance.language.code(),
        hash: acceptance.hash.clone(),
        // Somebody who has left is told by their id alone.
        by: by.map_or_else(|| acceptance.by.to_string(), members::name),
        at: calendar.moment(acceptance.at),
    }
}

/// `POST /privacy/agreement`
pub async fn accept(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [version, language] = posted.only(["version", "language"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let language: Language = language.parse().map_err(|_| Problem::bad_request())?;
    web.app().agreements.accept(&member.0.actor, version, language).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// `GET /privacy/agreement/{version}`: the text of a version, to keep.
pub async fn text(
    State(web): State<Web>,
    member: Member,
    Path(version): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Asked { lang }) = asked.map_err(|_| Problem::bad_request())?;
    let language = if lang.is_empty() { Ok(member.0.language) } else { lang.parse() };
    let language = language.map_err(|_| Problem::bad_request())?;
    let agreement = version.parse().ok().and_then(Agreement::of_version).ok_or_else(Problem::not_found)?;
    web.app().agreements.view(&member.0.actor).await?;
    let name = format!("agreement-{}.{}.txt", agreement.version, language.code());
    let headers = kept_as("text/plain; charset=utf-8", &name);
    Ok((headers, agreement.wording(language).text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_shown_whole_but_for_its_title() {
        for language in [Language::French, Language::English] {
            let text = CURRENT.wording(language).text;
            let told = parts(text);
            assert_eq!(told.iter().filter(|part| part.is_heading).count(), text.matches("\n## ").count());
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
            assert!(lines.map(|line| line.trim_start_matches("## ")).eq(told.iter().map(|part| part.words)));
        }
    }
}
