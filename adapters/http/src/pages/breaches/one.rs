//! One of the organization's own breaches: what is known of it, and who was told.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{id::BreachId, text::Message, violation::Violations};
use qualify_usecases::{BreachFile, Broken, Error};

use super::{FACTS, HERE, Row, incident, local, moment, refused, row};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::settings::{
        self,
        members::{name, read},
    },
    problem::{Problem, wants_page},
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/breaches/one.html")]
struct OnePage {
    page: Page,
    filled: Filled,
    row: Row,
    author: String,
}

/// `GET /privacy/breaches/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    one_page(&web, &member, read(&id)?, Filled::default()).await
}

async fn one_page(web: &Web, member: &Member, id: BreachId, filled: Filled) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let BreachFile { breach, members } = web.app().breaches.open(&member.0.actor, id).await?;
    let author = members.iter().find(|one| Some(one.membership.user) == breach.author);
    let now = local(&calendar);
    show(&OnePage {
        page: settings::page(&member.0, HERE),
        filled: filled
            .or("cnil_at", &*now)
            .or("people_at", now)
            .or("happened", &*breach.incident.happened)
            .or("categories", &*breach.incident.categories)
            .or("people", breach.incident.people.map(|people| people.to_string()).unwrap_or_default())
            .or("effects", &*breach.incident.effects)
            .or("measures", &*breach.incident.measures),
        row: row(&breach, t, &calendar),
        author: author.map(name).unwrap_or_default(),
    })
}

/// `POST /privacy/breaches/{id}`: what is known by now.
pub async fn revise(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, values) = (read(&id)?, posted.only(FACTS)?);
    let filled =
        FACTS.into_iter().zip(&values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value));
    let mut faults = Violations::default();
    let incident = incident(&values, &mut faults);
    let outcome = match faults.or(incident) {
        Ok(incident) => web.app().breaches.revise(&member.0.actor, id, incident).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    done(&web, &member, id, &headers, outcome, filled).await
}

/// `POST /privacy/breaches/{id}/cnil`
pub async fn tell_cnil(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, [at, reasons]) = (read(&id)?, posted.only(["cnil_at", "late_because"])?);
    let mut faults = Violations::default();
    let told = faults.keep("cnil_at", moment(&at, &web.calendar(&member.0)));
    let late = faults.keep("late_because", Message::parse_optional(&reasons));
    let outcome = match faults.or(told.zip(late)) {
        Ok((told, late)) => web.app().breaches.tell_cnil(&member.0.actor, id, told, late).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let filled = Filled::default().with("cnil_at", at).with("late_because", reasons);
    done(&web, &member, id, &headers, outcome, filled).await
}

/// `POST /privacy/breaches/{id}/people`
pub async fn tell_people(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, [at]) = (read(&id)?, posted.only(["people_at"])?);
    let mut faults = Violations::default();
    let told = faults.keep("people_at", moment(&at, &web.calendar(&member.0)));
    let outcome = match faults.or(told) {
        Ok(told) => web.app().breaches.tell_people(&member.0.actor, id, told).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    done(&web, &member, id, &headers, outcome, Filled::default().with("people_at", at)).await
}

/// `POST /privacy/breaches/{id}/closing`
pub async fn close(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, [reasons]) = (read(&id)?, posted.only(["untold_because"])?);
    let mut faults = Violations::default();
    let untold = faults.keep("untold_because", Message::parse_optional(&reasons));
    let outcome = match faults.or(untold) {
        Ok(untold) => web.app().breaches.close(&member.0.actor, id, untold).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    done(&web, &member, id, &headers, outcome, Filled::default().with("untold_because", reasons)).await
}

/// Back to the breach after a step, or its page with what stood in the way.
async fn done(
    web: &Web,
    member: &Member,
    id: BreachId,
    headers: &HeaderMap,
    outcome: Result<(), Error>,
    filled: Filled,
) -> Result<Response, Problem> {
    let t = member.text();
    let filled = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("{HERE}/{id}")).into_response()),
        Err(error) if !wants_page(headers) => return Err(error.into()),
        Err(Error::Invalid(faults)) => filled.faulty_all(&faults, t),
        Err(Error::Rule(Broken::Breach(error))) => filled.faulty("form", refused(t, error)),
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, one_page(web, member, id, filled).await?).into_response())
}
