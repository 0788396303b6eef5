//! The versions there were, and the way back to one.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use http::HeaderMap;
use qualify_domain::{activity::Author, score::Edition};
use qualify_usecases::{Edit, Proposal, ScoreHistory};
use serde::Deserialize;

use super::{
    HERE, answer,
    outlook::{OutlookCard, movers_of},
};
use crate::{
    actor::Member,
    filled::Filled,
    moment::Moment,
    page::{Page, show},
    pages::score_words::Teller,
    problem::Problem,
    text::Text,
    web::Web,
};

/// How many versions a part of the history shows.
const SHOWN: u16 = 20;

#[derive(Template)]
#[template(path = "pages/settings/score_versions.html")]
struct VersionsPage {
    page: Page,
    versions: Vec<VersionRow>,
    /// The address of older versions; empty if there are none.
    older: String,
}

struct VersionRow {
    version: i32,
    who: String,
    at: Moment,
    changes: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/settings/score_version.html")]
struct VersionPage {
    page: Page,
    version: i32,
    rules: Vec<(String, String, String)>,
    /// What would change if it came back.
    changes: Vec<String>,
    outlook: OutlookCard,
}

/// Which part of the history.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    before: Option<i32>,
}

/// `GET /settings/score/versions`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::bad_request())?;
    let history = web.app().scores.history(&member.0.actor, asked.before, SHOWN).await?;
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let teller = Teller { t, calendar: &calendar, forms: &history.forms, own: &history.properties };
    let rows = history.rows().map(|(edition, former)| VersionRow {
        version: edition.version,
        who: who(t, &history, edition),
        at: calendar.moment(edition.made_at),
        changes: former.map_or_else(Vec::new, |former| {
            let changes = former.book.changes_to(&edition.book);
            let told = changes.iter().map(|change| teller.change(change, &former.book, &edition.book));
            // What began though no rule is another one: a property that one asks for went out of use, or came back.
            let same = changes.is_empty().then(|| t.get("score-same-rules"));
            told.chain(same).collect()
        }),
    });
    let older = history.older().map(|version| format!("{HERE}/versions?before={version}")).unwrap_or_default();
    show(&VersionsPage { page: super::super::page(&member.0, HERE), versions: rows.collect(), older })
}

fn who(t: Text, history: &ScoreHistory, edition: &Edition) -> String {
    match edition.made_by {
        None => t.get("score-made-by-product"),
        Some(Author::Program(_)) => t.get("program"),
        Some(Author::Member(user)) => {
            let member = history.members.iter().find(|member| member.membership.user == user);
            member.map_or_else(|| t.get("somebody"), |member| format!("{} {}", member.first_name, member.last_name))
        }
    }
}

/// `GET /settings/score/versions/{version}`
pub async fn open(State(web): State<Web>, member: Member, Path(version): Path<String>) -> Result<Response, Problem> {
    let version = read(&version)?;
    let actor = &member.0.actor;
    let found = web.app().scores.what_if(actor, Proposal::Version(version)).await?;
    let file = web.app().scores.view(actor).await?;
    let calendar = web.calendar(&member.0);
    let teller = Teller { t: member.text(), calendar: &calendar, forms: &file.forms, own: &file.properties };
    let (present, book) = (&found.edition.book, &found.book);
    let rules = book.rules.iter().map(|rule| (teller.rule(rule), teller.measures(rule, book), teller.effect(rule)));
    show(&VersionPage {
        page: super::super::page(&member.0, HERE),
        version,
        rules: rules.collect(),
        changes: present.changes_to(book).iter().map(|change| teller.change(change, present, book)).collect(),
        outlook: OutlookCard::of(member.text(), &found, &movers_of(version)),
    })
}

/// `POST /settings/score/versions/{version}/draft`
pub async fn take(
    State(web): State<Web>,
    member: Member,
    Path(version): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let outcome = web.app().scores.edit(&member.0.actor, Edit::Take(read(&version)?)).await;
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

fn read(raw: &str) -> Result<i32, Problem> {
    let digits = (1..=9).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_digit());
    raw.parse().ok().filter(|_| digits).ok_or_else(Problem::not_found)
}
