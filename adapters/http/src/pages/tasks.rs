//! What a member has to do: the list, and a page for each task.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use qualify_domain::{
    id::{LeadId, TaskId, UserId},
    task::{Reminder, Task, Urgency, WrittenTask},
    text::Phone,
    violation::Violations,
};
use qualify_ports::storage::{TaskCursor, TaskRow};
use qualify_usecases::{Error, TaskPlace};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::Calendar,
    page::{Face, Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

/// What the address of the list says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    after: String,
}

/// A task on a page.
pub struct TaskLine {
    /// Its id.
    pub id: TaskId,
    /// Its version.
    pub version: i32,
    /// What is to be done.
    pub title: String,
    /// By which day, in words.
    pub due: String,
    /// The day for machines.
    pub due_iso: String,
    /// How its day looks: overdue, today, later.
    pub urgency: &'static str,
    /// Who does it.
    pub owner: Face,
    /// Whether it is done.
    pub is_done: bool,
}

impl TaskLine {
    /// What ticking it does.
    pub fn verb(&self) -> &'static str {
        if self.is_done { "reopening" } else { "completion" }
    }
}

/// A task in the list, with whom it is about.
type Due = (TaskLine, LeadId, Face);

#[derive(Template)]
#[template(path = "pages/tasks.html")]
struct TasksPage {
    page: Page,
    groups: Vec<(String, Vec<Due>)>,
    next: String,
    is_first: bool,
    /// That people wait to be told that their data is kept, and until when; nothing if none do.
    untold: String,
}

#[derive(Template)]
#[template(path = "task_count.html")]
struct TaskCount {
    t: Text,
    due: u16,
}

#[derive(Template)]
#[template(path = "pages/task.html")]
struct TaskPage {
    page: Page,
    filled: Filled,
    id: TaskId,
    version: i32,
    lead: LeadId,
    title: String,
    members: Vec<(String, String)>,
    reminders: Vec<(&'static str, String)>,
}

/// The choices of a reminder, in words.
pub fn reminders(t: Text) -> Vec<(&'static str, String)> {
    let key = |reminder: Reminder| format!("reminder-{}", reminder.code().replace('_', "-"));
    Reminder::ALL.into_iter().map(|reminder| (reminder.code(), t.get(&key(reminder)))).collect()
}

/// A task, ready to be shown.
pub fn task_line(task: &Task, name: impl Fn(UserId) -> String, t: Text, calendar: &Calendar) -> TaskLine {
    let urgency = task.urgency(calendar.today());
    let day = |day: Date| match urgency {
        Urgency::Today => t.get("task-today"),
        _ => calendar.date(day),
    };
    TaskLine {
        id: task.id,
        version: task.version,
        title: task.title.to_string(),
        due: task.due_on.map(day).unwrap_or_default(),
        due_iso: task.due_on.map(|day| day.to_string()).unwrap_or_default(),
        urgency: match urgency {
            Urgency::Overdue => "overdue",
            Urgency::Today => "today",
            Urgency::Later | Urgency::Whenever => "",
        },
        owner: Face::new(name(task.owner)),
        is_done: task.done_at.is_some(),
    }
}

/// A task as it was posted, and as it is shown again.
pub fn written([title, due_on, reminder, owner]: [String; 4]) -> (WrittenTask, Filled) {
    let filled = Filled::default()
        .with("title", &*title)
        .with("due_on", &*due_on)
        .with("reminder", &*reminder)
        .with("task_owner", &*owner);
    (WrittenTask { title, due_on, reminder, owner }, filled)
}

/// The faults of a task, each at its field. Beside the lead's own owner a page asks for the task's by a longer name.
pub fn faulty(filled: Filled, faults: &Violations, t: Text) -> Filled {
    faults.iter().fold(filled, |filled, fault| {
        let field = if fault.field == "owner" { "task_owner" } else { &*fault.field };
        filled.faulty(field, t.rule(field, fault.rule))
    })
}

/// `GET /tasks`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = asked.map_err(|_| Problem::bad_request())?.0;
    let after =
        if asked.after.is_empty() { None } else { Some(parse_place(&asked.after).ok_or_else(Problem::bad_request)?) };
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let tasks = web.app().tasks.mine(&member.0.actor, after).await?;
    let mut groups: Vec<(String, Vec<Due>)> = Vec::new();
    for row in &tasks.items {
        let title = t.get(match row.task.urgency(calendar.today()) {
            Urgency::Overdue => "tasks-overdue",
            Urgency::Today => "tasks-today",
            Urgency::Later => "tasks-later",
            Urgency::Whenever => "tasks-whenever",
        });
        let line = (task_line(&row.task, |_| String::new(), t, &calendar), row.task.lead, person(row, t));
        match groups.last_mut().filter(|(last, _)| *last == title) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((title, vec![line])),
        }
    }
    let untold = web.app().informings.next_due(&member.0.actor).await?;
    show(&TasksPage {
        page: Page::of(&member.0, "tasks", t.get("tasks-title")),
        groups,
        next: tasks.next.map(place).unwrap_or_default(),
        is_first: asked.after.is_empty(),
        untold: untold.map(|day| t.with("informing-waiting", "day", calendar.date(day))).unwrap_or_default(),
    })
}

/// `GET /tasks/count`: how much is due, for the mark beside the list's name.
pub async fn count(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let today = web.calendar(&member.0).today();
    let due = web.app().tasks.count_due(&member.0.actor, today).await?;
    show(&TaskCount { t: member.text(), due })
}

fn person(row: &TaskRow, t: Text) -> Face {
    let named = row.name.as_deref().or(row.email.as_deref()).or(row.phone.as_ref().map(Phone::written));
    Face::new(named.map_or_else(|| t.get("nameless"), str::to_owned))
}

fn place(after: TaskCursor) -> String {
    let day = after.due_on.map(|day| day.to_string()).unwrap_or_default();
    format!("/tasks?after={day}_{}", after.id)
}

fn parse_place(raw: &str) -> Option<TaskCursor> {
    let (day, id) = raw.split_once('_')?;
    let due_on = if day.is_empty() { None } else { Some(day.parse().ok()?) };
    Some(TaskCursor { due_on, id: id.parse().ok()? })
}

/// `GET /tasks/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    task_page(&web, &member, read(&id)?, Filled::default()).await
}

async fn task_page(web: &Web, member: &Member, id: TaskId, filled: Filled) -> Result<Response, Problem> {
    let t = member.text();
    let task = web.app().tasks.read(&member.0.actor, id).await?;
    let file = web.app().leads.open(&member.0.actor, task.lead).await?;
    let members = file
        .members
        .iter()
        .map(|member| (member.membership.user.to_string(), format!("{} {}", member.first_name, member.last_name)));
    show(&TaskPage {
        page: Page::of(&member.0, "tasks", &*task.title),
        filled: filled
            .or("title", &*task.title)
            .or("due_on", task.due_on.map(|day| day.to_string()).unwrap_or_default())
            .or("reminder", task.reminder.code())
            .or("task_owner", task.owner.to_string()),
        id,
        version: task.version,
        lead: task.lead,
        title: file.lead.title().to_owned(),
        members: members.collect(),
        reminders: reminders(t),
    })
}

/// `POST /tasks/{id}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [title, due_on, reminder, owner, version] =
        posted.only(["title", "due_on", "reminder", "task_owner", "version"])?;
    let (task, filled) = written([title, due_on, reminder, owner]);
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let (status, filled) = match web.app().tasks.change(&member.0.actor, TaskPlace { id, version }, &task).await {
        Ok(()) => {
            let task = web.app().tasks.read(&member.0.actor, id).await?;
            return Ok(Redirect::to(&format!("/leads/{}", task.lead)).into_response());
        }
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, faulty(filled, &faults, member.text()))
        }
        Err(Error::Stale) if wants_page(&headers) => {
            (StatusCode::CONFLICT, filled.faulty("form", member.text().get("error-stale-about")))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, task_page(&web, &member, id, filled).await?).into_response())
}

/// `POST /tasks/{id}/completion`
pub async fn finish(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (place, list) = read_place(&id, &posted)?;
    let task = web.app().tasks.finish(&member.0.actor, place).await?;
    Ok(back(&task, list))
}

/// `POST /tasks/{id}/reopening`
pub async fn reopen(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (place, list) = read_place(&id, &posted)?;
    let task = web.app().tasks.reopen(&member.0.actor, place).await?;
    Ok(back(&task, list))
}

/// `POST /tasks/{id}/removal`
pub async fn remove(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let task = web.app().tasks.remove(&member.0.actor, read(&id)?).await?;
    Ok(back(&task, false))
}

/// The task as it was looked at, and whether it was looked at in the list.
fn read_place(id: &str, posted: &Posted) -> Result<(TaskPlace, bool), Problem> {
    let [version, list] = posted.only(["version", "list"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    Ok((TaskPlace { id: read(id)?, version }, !list.is_empty()))
}

fn back(task: &Task, list: bool) -> Response {
    let lead = format!("/leads/{}", task.lead);
    Redirect::to(if list { "/tasks" } else { &lead }).into_response()
}

fn read(id: &str) -> Result<TaskId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_survives_its_address() {
        let id = "01939c5e-0000-7000-8000-000000000001".parse().unwrap();
        for due_on in [None, Some(jiff::civil::date(2026, 11, 26))] {
            let cursor = TaskCursor { due_on, id };
            assert_eq!(parse_place(place(cursor).split("after=").nth(1).unwrap()), Some(cursor));
        }
        assert_eq!(parse_place("soon_1"), None);
    }
}
