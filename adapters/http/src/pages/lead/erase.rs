//! A lead that is erased for good, and what shows that it was.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    erasure::{Certificate, ErasureError, Ground},
    id::LeadId,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error};
use serde::Deserialize;
use serde_json::json;

use super::{read, title};
use crate::{
    actor::Member,
    download::kept_as,
    fields::Posted,
    filled::Filled,
    moment::Moment,
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/lead_erasure.html")]
struct ErasurePage {
    page: Page,
    filled: Filled,
    id: LeadId,
    /// What is to be typed, so that nobody is erased by a slip.
    name: String,
    grounds: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "pages/erasure.html")]
struct CertificatePage {
    page: Page,
    id: LeadId,
    at: Moment,
    until: String,
    ground: String,
    /// Tables, and how many rows of each went.
    counts: Vec<(String, u64)>,
}

/// `GET /leads/{id}/erasure`
pub async fn ask(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read(&id)?;
    let filled = Filled::default().with("ground", Ground::Asked.code());
    match erasure_page(&web, &member, id, filled).await {
        // Whoever is erased is erased where they are.
        Err(problem) => match problem.merged_into() {
            Some(holder) => Ok(Redirect::to(&format!("/leads/{holder}/erasure")).into_response()),
            None => Err(problem),
        },
        page => page,
    }
}

async fn erasure_page(web: &Web, member: &Member, id: LeadId, filled: Filled) -> Result<Response, Problem> {
    let lead = web.app().leads.to_erase(&member.0.actor, id).await?;
    let t = member.text();
    let grounds = Ground::ALL.map(|ground| (ground.code(), t.get(&format!("erasure-ground-{}", key(ground)))));
    show(&ErasurePage {
        page: Page::of(&member.0, "leads", t.get("erasure-title")),
        filled,
        id,
        name: title(&lead, t),
        grounds: grounds.to_vec(),
    })
}

/// `POST /leads/{id}/erasure`
pub async fn erase(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [name, ground] = posted.only(["name", "ground"])?;
    let filled = Filled::default().with("name", &*name).with("ground", &*ground);
    let lead = web.app().leads.to_erase(&member.0.actor, id).await?;
    let t = member.text();
    let mut faults = Violations::default();
    let chosen = faults.keep("ground", ground.parse::<Ground>());
    if name.trim().to_lowercase() != title(&lead, t).to_lowercase() {
        faults.add("name", Rule::NotAChoice);
    }
    let outcome = match faults.or(chosen) {
        Ok(ground) => web.app().leads.erase(&member.0.actor, id, ground).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let (status, filled) = match outcome {
        Ok(_) => return Ok(Redirect::to(&format!("/erasures/{id}")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = if faults.iter().any(|fault| fault.field == "name") {
                filled.faulty("name", t.get("erasure-other-name"))
            } else {
                filled
            };
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t))
        }
        Err(Error::Rule(Broken::Erasure(error))) if wants_page(&headers) => {
            (StatusCode::CONFLICT, filled.faulty("form", t.get(refusal(error))))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, erasure_page(&web, &member, id, filled).await?).into_response())
}

/// `GET /erasures/{id}`
pub async fn certificate(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let certificate = web.app().leads.certificate(&member.0.actor, read(&id)?).await?;
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    show(&CertificatePage {
        page: Page::of(&member.0, "leads", t.get("certificate-title")),
        id: certificate.lead,
        at: calendar.moment(certificate.at),
        until: calendar.day(certificate.kept_until()),
        ground: t.get(&format!("erasure-ground-{}", key(certificate.ground))),
        counts: certificate.counts.into_iter().filter(|(_, rows)| *rows > 0).collect(),
    })
}

/// In which form a certificate is taken away.
#[derive(Debug, Default, Deserialize)]
pub struct Form {
    #[serde(default, rename = "as")]
    form: String,
}

/// `GET /erasures/{id}/file`: the same to take away, as text or as JSON.
pub async fn take(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    form: Result<Query<Form>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Form { form }) = form.map_err(|_| Problem::bad_request())?;
    let certificate = web.app().leads.certificate(&member.0.actor, read(&id)?).await?;
    let (ending, kind, body) = match form.as_str() {
        "" | "text" => ("txt", "text/plain; charset=utf-8", as_text(&certificate, member.text())),
        "json" => ("json", "application/json", as_json(&certificate)),
        _ => return Err(Problem::bad_request()),
    };
    Ok((kept_as(kind, &format!("erasure-{}.{ending}", certificate.lead)), body).into_response())
}

fn as_text(certificate: &Certificate, t: Text) -> String {
    let ground = t.get(&format!("erasure-ground-{}", key(certificate.ground)));
    let mut lines = vec![
        t.get("certificate-title"),
        String::new(),
        format!("{}: {}", t.get("certificate-lead"), certificate.lead),
        format!("{}: {}", t.get("certificate-at"), certificate.at),
        format!("{}: {ground}", t.get("certificate-ground")),
        format!("{}: {}", t.get("certificate-until"), certificate.kept_until()),
        String::new(),
    ];
    lines.extend(certificate.counts.iter().map(|(table, rows)| format!("{table}: {rows}")));
    lines.push(String::new());
    lines.join("\n")
}

fn as_json(certificate: &Certificate) -> String {
    let body = json!({
        "lead": certificate.lead.to_string(),
        "at": certificate.at.to_string(),
        "ground": certificate.ground.code(),
        "kept_until": certificate.kept_until().to_string(),
        "rows": certificate.counts,
    });
    body.to_string()
}

/// The end of the key of its words.
pub fn key(ground: Ground) -> String {
    ground.code().replace('_', "-")
}

const fn refusal(error: ErasureError) -> &'static str {
    match error {
        ErasureError::Held => "erasure-held",
        ErasureError::Restricted => "erasure-restricted",
    }
}
