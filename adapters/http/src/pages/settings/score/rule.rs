//! One rule, new or changed.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    language::Language,
    pipeline::StageKind,
    score::{Condition, Frequency, Matter, RuleNumber, Trigger},
    violation::Violations,
};
use qualify_usecases::{Edit, Error, ScoreFile};

use super::{
    HERE, answer,
    typed::{CONDITIONS, Typed, joined, takes_text},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::score_words::Teller,
    problem::{Problem, wants_page},
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings/score_rule.html")]
struct RulePage {
    page: Page,
    filled: Filled,
    title: String,
    /// Its number; empty for a new one.
    number: String,
    action: String,
    conditions: [(&'static str, &'static str, &'static str); 3],
    matters: Vec<Choice>,
    triggers: Vec<(String, String)>,
    frequencies: Vec<(&'static str, String)>,
    groups: Vec<(String, String)>,
}

/// Something a condition can be about.
struct Choice {
    value: String,
    words: String,
    /// Whether what it must be is typed beside it.
    typed: bool,
}

/// `GET /settings/score/rules/new`
pub async fn new(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let file = web.app().scores.view(&member.0.actor).await?;
    show(&rule_page(&member, &file, None, Filled::default().with("effect", "points")))
}

/// `GET /settings/score/rules/{number}`
pub async fn open(State(web): State<Web>, member: Member, Path(number): Path<String>) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::not_found())?;
    let file = web.app().scores.view(&member.0.actor).await?;
    let rule = file.book().rule(number).ok_or_else(Problem::not_found)?;
    show(&rule_page(&member, &file, Some(number), Typed::of(rule).filled()))
}

/// `POST /settings/score/rules`
pub async fn add(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    keep(&web, &member, &headers, &Typed::read(&posted)?, None).await
}

/// `POST /settings/score/rules/{number}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(number): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::not_found())?;
    keep(&web, &member, &headers, &Typed::read(&posted)?, Some(number)).await
}

/// `POST /settings/score/rules/{number}/removal`
pub async fn remove(
    State(web): State<Web>,
    member: Member,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::not_found())?;
    let outcome = web.app().scores.edit(&member.0.actor, Edit::RemoveRule(number)).await;
    answer(&web, &member, &headers, outcome, Filled::default()).await
}

/// The edit that what was typed stands for.
pub(super) fn edit(typed: &Typed, number: Option<RuleNumber>) -> Result<Edit, Violations> {
    let rule = typed.parse(number.unwrap_or(RuleNumber(0)))?;
    Ok(if number.is_some() { Edit::ChangeRule(rule) } else { Edit::AddRule(rule) })
}

async fn keep(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    typed: &Typed,
    number: Option<RuleNumber>,
) -> Result<Response, Problem> {
    let outcome = match edit(typed, number) {
        Ok(edit) => web.app().scores.edit(&member.0.actor, edit).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            let file = web.app().scores.view(&member.0.actor).await?;
            let filled = typed.filled().faulty_all(&at_fields(&faults), member.text());
            let page = show(&rule_page(member, &file, number, filled))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with the rule as a whole, at a field of the form.
fn at_fields(faults: &Violations) -> Violations {
    let mut told = Violations::default();
    for fault in faults.iter() {
        let field = match &*fault.field {
            "when" | "is" => "about_1".into(),
            _ => fault.field.clone(),
        };
        told.add(field, fault.rule);
    }
    told
}

fn rule_page(member: &Member, file: &ScoreFile, number: Option<RuleNumber>, filled: Filled) -> RulePage {
    let t = member.text();
    let teller = Teller { t, forms: &file.forms };
    let groups = file.book().groups.iter().map(|group| {
        let words = [("name", &*group.name), ("cap", &*group.cap.to_string())];
        (group.number.to_string(), t.with_all("score-group-told", words))
    });
    let frequencies = [Frequency::Once, Frequency::Each].map(|often| (often.code(), teller.frequency(often)));
    let limited = ("at_most", t.get("score-at-most-choice"));
    RulePage {
        page: super::super::page(&member.0, HERE),
        title: t.get(if number.is_some() { "score-rule-change" } else { "score-rule-new" }),
        action: number.map_or_else(|| format!("{HERE}/rules"), |number| format!("{HERE}/rules/{number}")),
        number: number.map(|number| number.to_string()).unwrap_or_default(),
        conditions: CONDITIONS,
        matters: matters(teller),
        triggers: triggers(teller),
        frequencies: frequencies.into_iter().chain([limited]).collect(),
        groups: std::iter::once((String::new(), t.get("score-group-none"))).chain(groups).collect(),
        filled,
    }
}

/// Everything a condition can be about, each with all that it can be.
fn matters(teller: Teller<'_>) -> Vec<Choice> {
    let values = |code: &str| -> Vec<String> {
        match code {
            "language" => Language::ALL.map(|language| language.code().to_owned()).to_vec(),
            "source" => Matter::SOURCES.map(str::to_owned).to_vec(),
            "form" => teller.forms.iter().map(|form| form.id.to_string()).collect(),
            _ => vec![String::new()],
        }
    };
    let choice = |code: &str, value: &str| {
        if takes_text(code) {
            let words = teller.t.get(&format!("score-about-{}", code.replace('_', "-")));
            return Some(Choice { value: code.to_owned(), words, typed: true });
        }
        let matter = Matter::parse(code, value).ok()?;
        let words = teller.condition(&Condition { matter, not: false });
        Some(Choice { value: joined(code, value), words, typed: false })
    };
    let all = Matter::CODES.iter().flat_map(|code| values(code).into_iter().map(move |value| (*code, value)));
    all.filter_map(|(code, value)| choice(code, &value)).collect()
}

fn triggers(teller: Teller<'_>) -> Vec<(String, String)> {
    let of = |code: &str| -> Vec<String> {
        match code {
            "submission_of" => teller.forms.iter().map(|form| form.id.to_string()).collect(),
            "move_to" => {
                let kinds = [StageKind::Open, StageKind::Qualified, StageKind::Won, StageKind::Disqualified];
                kinds.map(|kind| kind.code().to_owned()).to_vec()
            }
            _ => vec![String::new()],
        }
    };
    let all = Trigger::CODES.iter().flat_map(|code| of(code).into_iter().map(move |of| (*code, of)));
    all.filter_map(|(code, of)| Some((joined(code, &of), teller.trigger(Trigger::parse(code, &of).ok()?)))).collect()
}
