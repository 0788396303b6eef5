//! Long work in progress: the member's own, how far it is, and what came of it.

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use qualify_domain::{
    access::Permission,
    id::{JobId, LeadId},
    job::{Job, JobKind, JobState, LeftOut, Skipped},
    lead::Lead,
};

use crate::{
    actor::Member,
    fields::Posted,
    lead_file::attachment,
    moment::{Calendar, Moment},
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/jobs.html")]
struct JobsPage {
    page: Page,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "pages/job.html")]
struct JobPage {
    page: Page,
    row: Row,
    report: Vec<(String, String)>,
    left_out: Vec<LeftOutRows>,
    /// The leads that it erased, each with when: their certificates.
    certificates: Vec<(LeadId, Moment)>,
    /// Those that it could not erase and names, to be tried again.
    again: Vec<LeadId>,
    fault: String,
    began: Option<Moment>,
    ended: Option<Moment>,
    may_stop: bool,
    has_file: bool,
}

/// A job as the pages show it.
struct Row {
    id: JobId,
    what: String,
    state: String,
    badge: &'static str,
    progress: String,
    percent: Option<u64>,
    is_over: bool,
    asked: Moment,
}

/// The first leads that were left as they are for one reason.
struct LeftOutRows {
    why: String,
    leads: Vec<LeftOutRow>,
    /// How many more there are, in words; empty if there are none.
    more: String,
}

/// Where a lead is, and what it is called; nowhere if it is gone or out of reach.
struct LeftOutRow {
    id: LeadId,
    title: Option<String>,
}

/// `GET /jobs`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let jobs = web.app().jobs.list(&member.0.actor).await?;
    show(&JobsPage {
        page: Page::of(&member.0, "jobs", t.get("jobs-title")),
        rows: jobs.iter().map(|job| row(job, t, &calendar)).collect(),
    })
}

/// `GET /jobs/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let (t, calendar, actor) = (member.text(), web.calendar(&member.0), &member.0.actor);
    let job = web.app().jobs.find(actor, read(&id)?).await?;
    let row = row(&job, t, &calendar);
    let left = web.app().jobs.left_out(actor, &job).await?;
    let is_fresh = web.now() < job.file_until();
    let certificates = match &job.kind {
        JobKind::EraseLeads(erase) if actor.may(Permission::EraseLead) => {
            web.app().leads.certificates(actor, &erase.leads).await?
        }
        _ => Vec::new(),
    };
    let again = match job.kind {
        JobKind::EraseLeads(_) if job.is_over() && actor.may(Permission::EraseLead) => {
            job.left_out.iter().filter(|left| left.why == Skipped::Failed).map(|left| left.lead).collect()
        }
        _ => Vec::new(),
    };
    show(&JobPage {
        page: Page::of(&member.0, "jobs", row.what.clone()),
        row,
        report: job.report.iter().map(|(outcome, times)| outcome_row(outcome, times, t)).collect(),
        left_out: Skipped::ALL.iter().filter_map(|why| left_out_rows(*why, &left, &job, t)).collect(),
        certificates: certificates.iter().map(|one| (one.lead, calendar.moment(one.at))).collect(),
        again,
        fault: job.fault.map(|fault| t.get(&format!("job-fault-{}", fault.code()))).unwrap_or_default(),
        began: job.began_at.map(|at| calendar.moment(at)),
        ended: job.ended_at.map(|at| calendar.moment(at)),
        may_stop: !job.is_over() && !job.is_called_off && actor.may(Permission::RunJobs),
        has_file: job.state == JobState::Done && is_fresh && job.kind.file().is_some(),
    })
}

/// `POST /jobs/{id}/cancellation`
pub async fn call_off(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [] = posted.only([])?;
    web.app().jobs.call_off(&member.0.actor, id).await?;
    Ok(Redirect::to(&format!("/jobs/{id}")).into_response())
}

/// `GET /jobs/{id}/file`: what it made, for as long as it is kept.
pub async fn download(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let file = web.app().jobs.file(&member.0.actor, read(&id)?).await?;
    let (name, form) = file.job.kind.file().ok_or_else(Problem::not_found)?;
    let headers = attachment(form, name, web.calendar(&member.0).today());
    Ok((headers, Body::from_stream(file.parts)).into_response())
}

/// What a job is, in words.
pub(super) fn kind_words(kind: &JobKind, t: Text) -> String {
    t.get(&format!("job-{}", kind.code().replace('_', "-")))
}

/// How far it is, in words.
pub(super) fn state_words(state: JobState, t: Text) -> String {
    t.get(&format!("job-state-{}", state.code()))
}

pub(super) fn outcome_row(outcome: &str, times: u64, t: Text) -> (String, String) {
    let words = t.find(&format!("job-outcome-{}", outcome.replace('_', "-")));
    (words.unwrap_or_else(|| outcome.to_owned()), t.number(times))
}

/// The leads that were left as they are for that reason, if there are any.
fn left_out_rows(why: Skipped, left: &[(LeftOut, Option<Lead>)], job: &Job, t: Text) -> Option<LeftOutRows> {
    let title = |lead: &Lead| lead.title().to_owned();
    let named = left.iter().filter(|(left, _)| left.why == why);
    let leads: Vec<_> =
        named.map(|(left, lead)| LeftOutRow { id: left.lead, title: lead.as_ref().map(title) }).collect();
    let (words, _) = outcome_row(why.code(), 0, t);
    let more = job.report.of(why.code()).saturating_sub(leads.len() as u64);
    let more = if more > 0 { t.with("job-left-out-more", "leads", t.number(more)) } else { String::new() };
    (!leads.is_empty()).then_some(LeftOutRows { why: words, leads, more })
}

fn row(job: &Job, t: Text, calendar: &Calendar) -> Row {
    let (state, badge) = match job.state {
        _ if job.is_called_off && !job.is_over() => (t.get("job-state-stopping"), "warn"),
        JobState::Waiting => (state_words(job.state, t), ""),
        JobState::Running => (state_words(job.state, t), "open"),
        JobState::Done => (state_words(job.state, t), "won"),
        JobState::Failed => (state_words(job.state, t), "bad"),
        JobState::Cancelled => (state_words(job.state, t), "warn"),
    };
    let done = t.number(job.done);
    let progress = match job.total {
        Some(total) => t.with_all("job-progress-of", [("done", &done), ("total", &t.number(total))]),
        None => t.with("job-progress", "done", done),
    };
    Row {
        id: job.id,
        what: kind_words(&job.kind, t),
        state,
        badge,
        progress,
        percent: job.percent(),
        is_over: job.is_over(),
        asked: calendar.moment(job.asked_at),
    }
}

fn read(id: &str) -> Result<JobId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
