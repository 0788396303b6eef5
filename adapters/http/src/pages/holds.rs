//! Legal holds: what is kept, why, and when somebody asks whether it is needed still.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use qualify_domain::{
    hold::{Held, HoldError},
    id::HoldId,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error, PlaceHold};
use serde::Deserialize;

use super::settings::{
    self,
    members::{name, read},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::Moment,
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const HERE: &str = "/privacy/holds";
const KINDS: [&str; 3] = ["lead", "submission", "account"];

#[derive(Template)]
#[template(path = "pages/holds.html")]
struct HoldsPage {
    page: Page,
    rows: Vec<Row>,
    /// How many are to be reviewed, in words; empty if none are.
    due: String,
    kinds: Vec<(&'static str, String)>,
    filled: Filled,
}

struct Row {
    id: HoldId,
    reason: String,
    records: Vec<Record>,
    author: String,
    placed: Moment,
    review: String,
    is_due: bool,
    /// What was typed as its next review, and what is wrong.
    next: String,
    fault: Option<String>,
}

/// A record that is held, and where it is shown.
struct Record {
    words: String,
    address: Option<String>,
}

/// The hold of which something was refused: what was typed as its next review, and what is wrong.
struct Refused {
    id: HoldId,
    next: String,
    fault: String,
}

/// What the address of the page says: which record is to be held.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    lead: String,
}

/// `GET /privacy/holds`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Asked { lead }) = asked.map_err(|_| Problem::bad_request())?;
    list_page(&web, &member, Filled::default().with("record", lead), None).await
}

async fn list_page(web: &Web, member: &Member, filled: Filled, refused: Option<Refused>) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let listed = web.app().holds.list(&member.0.actor).await?;
    let rows: Vec<_> = listed
        .holds
        .iter()
        .map(|hold| Row {
            id: hold.id,
            reason: hold.reason.to_string(),
            records: hold.records.iter().map(|record| told(t, *record)).collect(),
            author: listed.members.iter().find(|one| one.membership.user == hold.author).map(name).unwrap_or_default(),
            placed: calendar.moment(hold.placed_at),
            review: calendar.date(hold.review_on),
            is_due: hold.is_review_due(listed.now),
            next: refused.as_ref().filter(|one| one.id == hold.id).map(|one| one.next.clone()).unwrap_or_default(),
            fault: refused.as_ref().filter(|one| one.id == hold.id).map(|one| one.fault.clone()),
        })
        .collect();
    let due = rows.iter().filter(|row| row.is_due).count();
    let times = i64::try_from(due).unwrap_or(i64::MAX);
    show(&HoldsPage {
        page: settings::page(&member.0, HERE),
        due: if due == 0 { String::new() } else { t.times("holds-due", "times", times) },
        rows,
        kinds: KINDS.map(|kind| (kind, t.get(&format!("hold-kind-{kind}")))).to_vec(),
        filled,
    })
}

fn told(t: Text, record: Held) -> Record {
    let (kind, id) = match record {
        Held::Lead(id) => ("lead", id.to_string()),
        Held::Submission(id) => ("submission", id.to_string()),
        Held::Account(id) => ("account", id.to_string()),
    };
    Record {
        words: format!("{} {id}", t.get(&format!("hold-kind-{kind}"))),
        address: (kind == "lead").then(|| format!("/leads/{id}")),
    }
}

/// `POST /privacy/holds`
pub async fn place(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [kind, record, reason, review_on] = posted.only(["kind", "record", "reason", "review_on"])?;
    let filled = Filled::default()
        .with("kind", &*kind)
        .with("record", &*record)
        .with("reason", &*reason)
        .with("review_on", &*review_on);
    let outcome = match parse(&kind, record.trim(), &reason, &review_on) {
        Ok(command) => web.app().holds.place(&member.0.actor, command).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let t = member.text();
    let filled = match outcome {
        Ok(_) => return Ok(Redirect::to(HERE).into_response()),
        Err(error) if !wants_page(&headers) => return Err(error.into()),
        Err(Error::Invalid(faults)) => filled.faulty_all(&faults, t),
        Err(Error::NotFound("record")) => filled.faulty("record", t.get("hold-no-record")),
        Err(Error::Rule(Broken::Hold(error))) => filled.faulty("review_on", refused(t, error)),
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&web, &member, filled, None).await?).into_response())
}

fn parse(kind: &str, record: &str, reason: &str, review_on: &str) -> Result<PlaceHold, Violations> {
    let mut faults = Violations::default();
    let held = match kind {
        "lead" => record.parse().map(Held::Lead),
        "submission" => record.parse().map(Held::Submission),
        _ => record.parse().map(Held::Account),
    };
    let known = faults.keep("kind", if KINDS.contains(&kind) { Ok(()) } else { Err(Rule::NotAChoice) });
    let held = faults.keep("record", held.map_err(|_| Rule::NotAChoice));
    let reason = faults.keep("reason", Message::parse(reason));
    let review_on = faults.keep("review_on", review_on.parse::<Date>().map_err(|_| Rule::NotADate));
    let whole = known.and(held).zip(reason).zip(review_on);
    faults.or(whole.map(|((held, reason), review_on)| PlaceHold { records: BTreeSet::from([held]), reason, review_on }))
}

fn refused(t: Text, error: HoldError) -> String {
    t.get(match error {
        HoldError::Empty => "hold-no-record",
        HoldError::ReviewNotLater => "hold-review-not-later",
        HoldError::ReviewTooLate => "hold-review-too-late",
    })
}

/// `POST /privacy/holds/{id}/review`: it is needed still.
pub async fn confirm(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [next] = posted.only(["next"])?;
    let (id, t) = (read(&id)?, member.text());
    let outcome = match next.parse::<Date>() {
        Ok(day) => web.app().holds.confirm(&member.0.actor, id, day).await,
        Err(_) => Err(Error::Invalid(Violations::one("next", Rule::NotADate))),
    };
    let fault = match outcome {
        Ok(()) => return Ok(Redirect::to(HERE).into_response()),
        Err(error) if !wants_page(&headers) => return Err(error.into()),
        Err(Error::Invalid(_)) => t.rule("next", Rule::NotADate),
        Err(Error::Rule(Broken::Hold(error))) => refused(t, error),
        Err(error) => return Err(error.into()),
    };
    let page = list_page(&web, &member, Filled::default(), Some(Refused { id, next, fault })).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /privacy/holds/{id}/lift`: what it kept may be gone soon after, so it is asked whether they are sure.
pub async fn lift(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let [sure] = posted.only(["sure"])?;
    let id = read(&id)?;
    if sure.is_empty() {
        let refused = Refused { id, next: String::new(), fault: member.text().get("hold-unsure") };
        let page = list_page(&web, &member, Filled::default(), Some(refused)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    web.app().holds.lift(&member.0.actor, id).await?;
    Ok(Redirect::to(HERE).into_response())
}
