//! The rules by which leads are scored: what they are, and what a member is changing about them before it counts.

pub mod groups;
pub mod outlook;
pub mod rule;
mod typed;
pub mod versions;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::score::{Axis, Effect, Group, ScoreRule};
use qualify_usecases::{Error, ScoreFile};

use crate::{
    actor::Member,
    filled::Filled,
    page::{Page, show},
    pages::score_words::{self, Teller},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

pub(super) const HERE: &str = "/settings/score";

#[derive(Template)]
#[template(path = "pages/settings/score.html")]
struct ScorePage {
    page: Page,
    filled: Filled,
    version: i32,
    /// What the member is changing, in words; nothing if they are not.
    changes: Vec<String>,
    has_draft: bool,
    is_behind: bool,
    /// How many leads are scored by the rules in force, of how many; none if all are.
    progress: Option<Progress>,
    lists: Vec<RuleList>,
    groups: Vec<GroupRow>,
    grades: Vec<(String, String)>,
}

/// Rules that stand together on the page.
struct RuleList {
    title: String,
    about: String,
    empty: String,
    /// Whether the half-life is theirs.
    fades: bool,
    rules: Vec<RuleRow>,
}

struct RuleRow {
    number: String,
    words: String,
    measures: String,
    effect: String,
    takes: bool,
    marks: bool,
    /// Whether it counts nothing, because a property that it asks for is out of use.
    is_gone: bool,
}

struct GroupRow {
    number: String,
    name: String,
    cap: u8,
    rules: String,
}

struct Progress {
    done: u64,
    all: u64,
    words: String,
}

/// `GET /settings/score`
pub async fn open(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    score_page(&web, &member, Filled::default()).await
}

async fn score_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let file = web.app().scores.view(&member.0.actor).await?;
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let teller = Teller { t, calendar: &calendar, forms: &file.forms, own: &file.properties };
    let book = file.book();
    let changes = file.edition.book.changes_to(book);
    show(&ScorePage {
        page: super::page(&member.0, HERE),
        filled: filled.or("half_life", book.half_life_days.to_string()).or("cap", "30"),
        version: file.edition.version,
        changes: changes.iter().map(|change| teller.change(change, &file.edition.book, book)).collect(),
        has_draft: file.draft.is_some(),
        is_behind: file.is_behind(),
        progress: progress(t, &file),
        lists: lists(t, teller, &file),
        groups: book.groups.iter().map(|group| group_row(t, group, &file)).collect(),
        grades: grades(t),
    })
}

fn progress(t: Text, file: &ScoreFile) -> Option<Progress> {
    let (all, waiting) = (file.scoring.all, file.scoring.waiting.min(file.scoring.all));
    let done = all - waiting;
    let words = t.with_all("score-progress", [("done", &*t.number(done)), ("all", &*t.number(all))]);
    (waiting > 0).then_some(Progress { done, all, words })
}

fn lists(t: Text, teller: Teller<'_>, file: &ScoreFile) -> Vec<RuleList> {
    let book = file.book();
    let row = |rule: &ScoreRule| RuleRow {
        number: rule.number.to_string(),
        words: teller.rule(rule),
        measures: teller.measures(rule, book),
        effect: teller.effect(rule),
        takes: rule.points().is_some_and(|points| points < 0),
        marks: rule.points().is_none(),
        is_gone: rule.is_gone(&file.properties),
    };
    let list = |key: &str, fades, belongs: &dyn Fn(&ScoreRule) -> bool| RuleList {
        title: t.get(&format!("score-list-{key}")),
        about: t.get(&format!("score-list-{key}-about")),
        empty: t.get(&format!("score-list-{key}-empty")),
        fades,
        rules: book.rules.iter().filter(|rule| belongs(rule)).map(row).collect(),
    };
    let marks = |rule: &ScoreRule| matches!(rule.effect, Effect::Mark(_));
    vec![
        list("fit", false, &|rule| rule.axis() == Axis::Fit && !marks(rule)),
        list("engagement", true, &|rule| rule.axis() == Axis::Engagement && !marks(rule)),
        list("marks", false, &marks),
    ]
}

fn group_row(t: Text, group: &Group, file: &ScoreFile) -> GroupRow {
    let rules = file.book().rules.iter().filter(|rule| rule.group == Some(group.number)).count();
    GroupRow {
        number: group.number.to_string(),
        name: group.name.to_string(),
        cap: group.cap,
        rules: t.times("score-group-rules", "", i64::try_from(rules).unwrap_or_default()),
    }
}

/// The signs of a grade and what they say.
fn grades(t: Text) -> Vec<(String, String)> {
    let fit = ["a", "b", "c", "d"].map(|letter| (letter.to_uppercase(), t.get(&format!("score-fit-{letter}"))));
    let engagement = [1, 2, 3, 4].map(|number| (number.to_string(), t.get(&format!("score-engagement-{number}"))));
    fit.into_iter().chain(engagement).collect()
}

/// `POST /settings/score/publication`
pub async fn publish(State(web): State<Web>, member: Member, headers: HeaderMap) -> Result<Response, Problem> {
    let outcome = web.app().scores.publish(&member.0.actor).await.map(|_| ());
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

/// `POST /settings/score/draft/removal`
pub async fn discard(State(web): State<Web>, member: Member, headers: HeaderMap) -> Result<Response, Problem> {
    let outcome = web.app().scores.discard(&member.0.actor).await;
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

/// `POST /settings/score/draft/renewal`
pub async fn renew(State(web): State<Web>, member: Member, headers: HeaderMap) -> Result<Response, Problem> {
    let outcome = web.app().scores.renew(&member.0.actor).await;
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

/// On to the page, or the page again with the faults.
async fn answer(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    filled: Filled,
) -> Result<Response, Problem> {
    let (status, filled) = match outcome {
        Ok(()) => return Ok(Redirect::to(HERE).into_response()),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, member.text()))
        }
        Err(Error::Stale) if wants_page(headers) => {
            (StatusCode::CONFLICT, filled.faulty("form", member.text().get("score-stale")))
        }
        Err(error) => return Err(error.into()),
    };
    let page = score_page(web, member, filled).await?;
    Ok((status, page).into_response())
}

/// A grade with its words, for a tooltip.
fn grade_words(t: Text, grade: qualify_domain::score::Grade) -> String {
    score_words::grade(t, grade)
}
