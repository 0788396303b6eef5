//! The editor of the list's filter: a form that is a page of its own, or a part of the list where scripts run.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use qualify_domain::lead_filter::{FilterFault, MOST_DAYS, MOST_DEPTH, MOST_NODES, Operator, Subject};
use qualify_usecases::ListNames;

use super::{
    asked::{Asked, Looked, written},
    draft::{Draft, Edit, Line, Mode, Part},
    words::Names,
};
use crate::{
    actor::Member,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/leads_filter.html")]
struct EditorPage {
    page: Page,
    back: String,
    hidden: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    subjects: Vec<(String, String)>,
    modes: Vec<(&'static str, String)>,
    fault: String,
    most_days: u16,
}

/// A line of the editor; groups begin and end by one.
enum Row {
    Open { number: usize, depth: usize, mode: &'static str },
    Condition(Box<ConditionRow>),
    Close { number: usize, depth: usize, has_room: bool },
}

struct ConditionRow {
    number: usize,
    depth: usize,
    field: String,
    subject: String,
    op: String,
    operators: Vec<(String, String)>,
    widget: &'static str,
    value: String,
    choices: Vec<Choice>,
    fault: String,
    is_new: bool,
}

struct Choice {
    code: String,
    name: String,
    chosen: bool,
    gone: bool,
}

/// `GET /leads/filter`
pub async fn edit(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let asked = Asked::read(raw.as_deref());
    let t = member.text();
    let views = web.app().views.list(&member.0.actor).await?;
    let looked = Looked { after: None, ..Looked::at(&asked, &views, t)? };
    let mut draft = Draft::read(asked.pairs()).unwrap_or_else(|| Draft::of(&looked.settings.filter));
    let names = web.app().leads.names(&member.0.actor).await?;
    let words = words_of(&member, &names);
    let mut fault = None;
    match asked.get("do").unwrap_or_default() {
        "apply" => match draft.filter(&names.properties) {
            Ok(filter) => {
                let address = looked.with(|settings| settings.filter = filter);
                return Ok(Redirect::to(&address).into_response());
            }
            Err(whole) => fault = Some(whole),
        },
        button => {
            if let Some(edit) = edit_of(button, &asked, &words) {
                draft.edit(edit);
            }
        }
    }
    let page = editor(&member, &looked, &draft, fault.flatten(), &words);
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, show(&page)?).into_response())
}

fn words_of<'a>(member: &Member, names: &'a ListNames) -> Names<'a> {
    let ListNames { pipelines, forms, members, properties } = names;
    Names { t: member.text(), pipelines, forms, members, properties }
}

/// What a button says: `drop:3`, `group:0`, `add:0` with the field that was chosen for that group.
fn edit_of(button: &str, asked: &Asked, words: &Names<'_>) -> Option<Edit> {
    let (verb, number) = button.split_once(':')?;
    let number = number.parse().ok()?;
    match verb {
        "drop" => Some(Edit::Drop(number)),
        "group" => Some(Edit::Group(number)),
        "add" => {
            let subject = Subject::of_code(asked.get(&format!("new-{number}"))?)?;
            Some(Edit::Add(number, subject, *words.compared(subject).first()?))
        }
        _ => None,
    }
}

fn editor(
    member: &Member,
    looked: &Looked,
    draft: &Draft,
    whole: Option<FilterFault>,
    words: &Names<'_>,
) -> EditorPage {
    let t = member.text();
    let mut rows = Vec::new();
    lay_out(draft, words, 0, &mut 0, &mut rows);
    let mut hidden = looked.pairs();
    hidden.retain(|(name, _)| *name != "filter");
    // The address would fall back to what the view says.
    hidden.push(("filter", written(&looked.settings.filter)));
    EditorPage {
        page: Page::of(&member.0, "leads", t.get("filter-title")),
        back: looked.address(),
        hidden,
        rows,
        subjects: words.subjects().into_iter().map(|subject| (subject.to_string(), words.subject(subject))).collect(),
        modes: Mode::ALL.map(|mode| (mode.code(), t.get(&format!("filter-mode-{}", mode.code())))).to_vec(),
        fault: whole.map(|fault| t.get(&format!("rule-{}", fault.code()))).unwrap_or_default(),
        most_days: MOST_DAYS,
    }
}

fn lay_out(draft: &Draft, words: &Names<'_>, depth: usize, number: &mut usize, rows: &mut Vec<Row>) {
    let own = *number;
    rows.push(Row::Open { number: own, depth, mode: draft.mode.code() });
    for part in &draft.parts {
        *number += 1;
        match part {
            Part::Line(line) => rows.push(Row::Condition(Box::new(condition(line, words, depth, *number)))),
            Part::Group(group) => lay_out(group, words, depth + 1, number, rows),
        }
    }
    rows.push(Row::Close { number: own, depth, has_room: *number + 1 < MOST_NODES && depth + 2 < MOST_DEPTH });
}

fn condition(line: &Line, words: &Names<'_>, depth: usize, number: usize) -> ConditionRow {
    let offered = words.choices(line.subject);
    let gone = line.values.iter().filter(|value| !offered.iter().any(|(code, _)| code == *value));
    let gone =
        gone.map(|code| Choice { code: code.clone(), name: words.t.get("filter-gone"), chosen: true, gone: true });
    let choices = offered.iter().map(|(code, name)| Choice {
        code: code.clone(),
        name: name.clone(),
        chosen: line.values.contains(code),
        gone: false,
    });
    let is_gone = line.is_gone(words.properties);
    let widget = match line.operator {
        _ if is_gone => "nothing",
        Operator::IsEmpty => "nothing",
        Operator::WithinDays | Operator::OlderThanDays | Operator::NextDays => "days",
        Operator::Before | Operator::Since => "day",
        Operator::MoreThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => "number",
        Operator::Is if words.is_yes_or_no(line.subject) => "one",
        Operator::Is | Operator::HasAny if !offered.is_empty() => "choices",
        Operator::HasAny => "tags",
        Operator::Is | Operator::BeginsWith => "text",
    };
    let fault = line.fault.map(|fault| match fault {
        FilterFault::Gone => "filter-line-gone",
        _ => "filter-fault",
    });
    ConditionRow {
        number,
        depth,
        field: line.subject.to_string(),
        subject: words.subject(line.subject),
        op: line.op(),
        operators: operators(line, words, is_gone),
        widget,
        value: if widget == "tags" { line.values.join(", ") } else { line.values.first().cloned().unwrap_or_default() },
        choices: if matches!(widget, "choices" | "one") { choices.chain(gone).collect() } else { Vec::new() },
        fault: fault.or(is_gone.then_some("filter-line-gone")).map(|key| words.t.get(key)).unwrap_or_default(),
        is_new: line.is_new,
    }
}

/// How a condition can be compared; how it is compared now stands there even if it is gone, or if only a program says it
/// so, so that the form says what the filter said.
fn operators(line: &Line, words: &Names<'_>, is_gone: bool) -> Vec<(String, String)> {
    let mut operators = words.operators(line.subject);
    if !operators.iter().any(|(code, _)| *code == line.op()) {
        let way = if line.negated { "not" } else { "op" };
        let key = if is_gone { "filter-gone".to_owned() } else { format!("filter-{way}-{}", line.operator.code()) };
        operators.push((line.op(), words.t.get(&key)));
    }
    operators
}
