//! The register of what people ask by right: what waits, what became of the rest, and a page for each request.

pub mod settings;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::{LeadId, RightsRequestId, UserId},
    organization::Member as Colleague,
    rights_request::{By, Identity, Refusal, Right, RightsRequest, State as Standing, Step, What},
    text::Message,
    violation::Violations,
};
use qualify_ports::storage::{KeptRequest, RequestList};
use qualify_usecases::{Broken, Error, RequestFile};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Page, show},
    pages::lead::title,
    problem::{Problem, wants_page},
    public::rights::right_name,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/privacy_requests/list.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    is_over: bool,
    is_first: bool,
    next: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/privacy_requests/request.html")]
struct RequestPage {
    page: Page,
    filled: Filled,
    row: Row,
    address: String,
    words: String,
    wish: Vec<(String, String)>,
    received: Moment,
    /// When the operator passed it on, if it came that way.
    passed_on: Option<Moment>,
    due: String,
    legal_due: String,
    steps: Vec<StepLine>,
    is_open: bool,
    may_extend: bool,
    refusals: Vec<(&'static str, String)>,
    /// Where the leads of whoever asks are looked at, and what they are called.
    leads: Vec<(String, String)>,
}

/// A request in the list.
struct Row {
    id: RightsRequestId,
    right: String,
    state: String,
    /// How urgent it looks.
    urgency: &'static str,
    /// How many days are left, in words; empty if it is over.
    left: String,
    due: String,
    /// Who answered or refused it, if somebody did.
    by: String,
}

/// A step on the page of a request.
struct StepLine {
    at: Moment,
    by: String,
    what: String,
    words: String,
}

/// What the address of the list says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    skip: u32,
}

/// `GET /privacy-requests`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = asked.map_err(|_| Problem::bad_request())?.0;
    let which = match asked.show.as_str() {
        "" => RequestList::Waiting,
        "over" => RequestList::Over,
        _ => return Err(Problem::bad_request()),
    };
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let register = web.app().rights.register(&member.0.actor, which, asked.skip).await?;
    show(&ListPage {
        page: Page::of(&member.0, "privacy", t.get("requests-title")),
        rows: register.requests.iter().map(|kept| row(kept, &register.members, t, &calendar)).collect(),
        is_over: which == RequestList::Over,
        is_first: asked.skip == 0,
        next: register.next,
    })
}

fn row(kept: &KeptRequest, members: &[Colleague], t: Text, calendar: &Calendar) -> Row {
    let request = &kept.request;
    let state = request.state();
    let days = (request.due().day() - calendar.today()).get_days();
    let (urgency, left) = match days {
        _ if state.is_over() => ("", String::new()),
        _ if request.is_overdue(calendar.now()) => ("overdue", t.get("requests-overdue")),
        days if days <= 3 => ("today", t.times("requests-left", "", i64::from(days))),
        days => ("", t.times("requests-left", "", i64::from(days))),
    };
    let last = request.steps.last().filter(|_| matches!(state, Standing::Answered | Standing::Refused));
    Row {
        id: request.id,
        right: right_name(t, request.right),
        state: t.get(&format!("request-state-{}", state.code().replace('_', "-"))),
        urgency,
        left,
        due: calendar.date(request.due().day()),
        by: last.map(|step| by(step.by, members, t)).unwrap_or_default(),
    }
}

fn by(by: By, members: &[Colleague], t: Text) -> String {
    match by {
        By::Asker => t.get("requests-by-asker"),
        By::Operator => t.get("requests-by-service"),
        By::Product => t.get("requests-by-product"),
        By::Member(user) => name(user, members).unwrap_or_else(|| t.get("requests-by-former")),
    }
}

fn name(user: UserId, members: &[Colleague]) -> Option<String> {
    let member = members.iter().find(|member| member.membership.user == user)?;
    Some(format!("{} {}", member.first_name, member.last_name))
}

/// `GET /privacy-requests/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    request_page(&web, &member, read(&id)?, Filled::default()).await
}

async fn request_page(web: &Web, member: &Member, id: RightsRequestId, filled: Filled) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let RequestFile { kept, members, leads } = web.app().rights.open(&member.0.actor, id).await?;
    let (request, state) = (&kept.request, kept.request.state());
    let fits = |reason: &&Refusal| reason.fits(request.right) && reason.applies_in() == state;
    let wish = [("name", &kept.wish.name), ("phone", &kept.wish.phone), ("company", &kept.wish.company)];
    let wish = wish.into_iter().filter_map(|(key, value)| Some((t.get(key), value.as_ref()?.to_string())));
    let legal_due = request.legal_due().map(|due| calendar.date(due.day()));
    show(&RequestPage {
        page: Page::of(&member.0, "privacy", right_name(t, request.right)),
        filled,
        row: row(&kept, &members, t, &calendar),
        address: request.address().map_or_else(|| t.get("requests-forgotten"), ToString::to_string),
        words: kept.words.as_deref().unwrap_or_default().to_owned(),
        wish: wish.collect(),
        received: calendar.moment(request.received_at),
        passed_on: kept.passed_on_at.map(|at| calendar.moment(at)),
        due: calendar.date(request.due().day()),
        legal_due: legal_due.unwrap_or_else(|| t.get("requests-suspended")),
        steps: request.steps.iter().map(|step| step_line(step, &members, t, &calendar)).collect(),
        is_open: state == Standing::Open,
        may_extend: may_extend(request, &calendar),
        refusals: Refusal::ALL.iter().filter(fits).map(|reason| (reason.code(), refusal(t, *reason))).collect(),
        leads: leads.iter().map(|lead| (place(lead.id, request.right), title(lead, t))).collect(),
    })
}

/// The page of a lead on which a right is served.
fn place(lead: LeadId, right: Right) -> String {
    match right {
        Right::Erasure => format!("/leads/{lead}/erasure"),
        Right::Restriction => format!("/leads/{lead}/restriction"),
        _ => format!("/leads/{lead}"),
    }
}

fn may_extend(request: &RightsRequest, calendar: &Calendar) -> bool {
    let in_time = request.legal_due().is_some_and(|due| !due.is_over(calendar.now()));
    request.state() == Standing::Open && request.extended_at().is_none() && in_time
}

fn refusal(t: Text, reason: Refusal) -> String {
    t.get(&format!("refusal-{}", reason.code().replace('_', "-")))
}

fn step_line(step: &Step, members: &[Colleague], t: Text, calendar: &Calendar) -> StepLine {
    let (what, words) = match &step.what {
        What::IdentityAsked { link_until } => {
            (t.with("step-identity-asked", "when", calendar.moment(*link_until).full), None)
        }
        What::IdentityProven(Identity::Link) => (t.get("step-proven-by-link"), None),
        What::IdentityProven(Identity::Session) => (t.get("step-proven-by-session"), None),
        What::Extended { reasons } => (t.get("step-extended"), reasons.as_ref()),
        What::Answered { words } => (t.get("step-answered"), words.as_ref()),
        What::Refused { reason, words } => (t.with("step-refused", "reason", refusal(t, *reason)), words.as_ref()),
        What::Lapsed => (t.get("step-lapsed"), None),
        What::Withdrawn => (t.get("step-withdrawn"), None),
    };
    StepLine {
        at: calendar.moment(step.at),
        by: by(step.by, members, t),
        what,
        words: words.map(ToString::to_string).unwrap_or_default(),
    }
}

/// `POST /privacy-requests/{id}/extension`
pub async fn extend(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, [reasons]) = (read(&id)?, posted.only(["reasons"])?);
    let mut faults = Violations::default();
    let parsed = faults.keep("reasons", Message::parse(&reasons));
    let outcome = match faults.or(parsed) {
        Ok(reasons) => web.app().rights.extend(&member.0.actor, id, reasons).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    done(&web, &member, id, &headers, outcome, Filled::default().with("reasons", reasons)).await
}

/// `POST /privacy-requests/{id}/answer`
pub async fn answer(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, [words]) = (read(&id)?, posted.only(["answer"])?);
    let mut faults = Violations::default();
    let parsed = faults.keep("answer", Message::parse_optional(&words));
    let outcome = match faults.or(parsed) {
        Ok(said) => web.app().rights.answer(&member.0.actor, id, said).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    done(&web, &member, id, &headers, outcome, Filled::default().with("answer", words)).await
}

/// `POST /privacy-requests/{id}/refusal`
pub async fn refuse(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, [reason, words]) = (read(&id)?, posted.only(["reason", "why"])?);
    let mut faults = Violations::default();
    let chosen = faults.keep("reason", reason.parse::<Refusal>());
    let said = faults.keep("why", Message::parse_optional(&words));
    let outcome = match (chosen, said) {
        (Some(reason), Some(said)) => web.app().rights.refuse(&member.0.actor, id, reason, said).await,
        _ => Err(Error::Invalid(faults)),
    };
    let filled = Filled::default().with("reason", reason).with("why", words);
    done(&web, &member, id, &headers, outcome, filled).await
}

/// Back to the request after a step, or its page with what stood in the way.
async fn done(
    web: &Web,
    member: &Member,
    id: RightsRequestId,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    filled: Filled,
) -> Result<Response, Problem> {
    let t = member.text();
    let (status, filled) = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("/privacy-requests/{id}")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t))
        }
        Err(Error::Rule(Broken::Rights(_))) if wants_page(headers) => {
            (StatusCode::CONFLICT, filled.faulty("form", t.get("requests-no-step")))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, request_page(web, member, id, filled).await?).into_response())
}

fn read(id: &str) -> Result<RightsRequestId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
