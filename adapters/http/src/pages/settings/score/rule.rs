//! One rule, new or changed.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    csv,
    language::Language,
    pipeline::StageKind,
    property::CHOICE_MARKS,
    score::{Condition, Frequency, Matter, RuleNumber, ScoreRule, Trigger},
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
    pages::{
        score_property::{Way, written},
        score_words::Teller,
    },
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
    /// What can be chosen of the properties that have choices: their names, and the choices as they would be typed.
    choices: Vec<(String, String)>,
    /// Whether it counts nothing, because a property that it asks for is out of use.
    is_gone: bool,
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
    show(&rule_page(&web, &member, &file, None, Filled::default().with("effect", "points")))
}

/// `GET /settings/score/rules/{number}`
pub async fn open(State(web): State<Web>, member: Member, Path(number): Path<String>) -> Result<Response, Problem> {
    let number = number.parse().map_err(|_| Problem::not_found())?;
    let file = web.app().scores.view(&member.0.actor).await?;
    let rule = file.book().rule(number).ok_or_else(Problem::not_found)?;
    show(&rule_page(&web, &member, &file, Some(number), Typed::of(rule).filled()))
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
            let filled = typed.filled().faulty_all(&at_fields(&faults, typed), member.text());
            let page = show(&rule_page(web, member, &file, number, filled))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with the rule as a whole or with one of its conditions, at a field of the form.
fn at_fields(faults: &Violations, typed: &Typed) -> Violations {
    let mut told = Violations::default();
    for fault in faults.iter() {
        let field = match &*fault.field {
            "when" | "is" => "about_1".into(),
            place => typed.place(place).map_or_else(|| fault.field.clone(), Into::into),
        };
        told.add(field, fault.rule);
    }
    told
}

fn rule_page(web: &Web, member: &Member, file: &ScoreFile, number: Option<RuleNumber>, filled: Filled) -> RulePage {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let teller = Teller { t, calendar: &calendar, forms: &file.forms, own: &file.properties };
    let rule = number.and_then(|number| file.book().rule(number));
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
        matters: matters(teller).into_iter().chain(of_properties(teller, rule)).collect(),
        choices: choices(teller),
        is_gone: rule.is_some_and(|rule| rule.is_gone(&file.properties)),
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

/// All that can be asked of the properties in use, and what the rule asks of others: that is shown, to be taken away.
fn of_properties(teller: Teller<'_>, rule: Option<&ScoreRule>) -> Vec<Choice> {
    let in_use = teller.own.iter().filter(|property| !property.is_archived);
    let all = in_use.flat_map(|property| Way::of_kind(&property.kind).iter().map(move |way| (property, *way)));
    let offered = all.filter_map(|(property, way)| {
        let value = format!("property:{}={}", property.id, way.code());
        if way.is_typed() {
            let words = teller.t.with(&format!("score-about-own-{}", way.code()), "name", &property.name);
            return Some(Choice { value, words, typed: true });
        }
        let matter = Matter::Property(way.read(property.id, "").ok()?);
        let words = teller.condition(&Condition { matter, not: way.is_turned() });
        Some(Choice { value, words, typed: false })
    });
    let facts = rule.into_iter().flat_map(|rule| &rule.when).filter_map(Condition::property_fact);
    let gone = facts.filter(|fact| fact.is_gone(teller.own)).map(|fact| {
        let (way, matter) = (Way::of(fact), Matter::Property(fact.clone()));
        let words = teller.condition(&Condition { matter, not: way.is_turned() });
        Choice { value: written(fact), words, typed: way.is_typed() }
    });
    offered.chain(gone).collect()
}

/// What can be chosen of the properties in use.
fn choices(teller: Teller<'_>) -> Vec<(String, String)> {
    let some = teller.own.iter().filter(|property| !property.is_archived && !property.kind.choices().is_empty());
    let told = some.map(|property| {
        let choices = property.kind.choices().iter().map(|choice| &**choice);
        (property.name.to_string(), csv::join(choices, &CHOICE_MARKS))
    });
    told.collect()
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
