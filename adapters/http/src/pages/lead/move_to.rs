use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::ReasonId,
    lead::StageError,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::storage::Beside;
use qualify_usecases::{Broken, Error, MoveLead, TransferLead};

use super::{again, back_to, read};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    pages::leads,
    problem::{Problem, wants_page},
    web::Web,
};

/// `POST /leads/{id}/stage`
pub async fn move_to(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let back = leads::back(raw.as_deref());
    let [stage, reason, why, version, above, below] =
        posted.only(["stage", "reason", "why", "version", "above", "below"])?;
    let beside = read_beside(&above, &below)?;
    let filled = Filled::default().with("stage", &*stage).with("reason", &*reason).with("why", &*why);
    let t = member.text();
    let (status, filled) = match parse(&stage, &reason, &why, &version) {
        Ok(command) => match web.app().leads.move_to(&member.0.actor, id, MoveLead { beside, ..command }).await {
            Ok(()) | Err(Error::Rule(Broken::Stage(StageError::Same))) => return Ok(back_to(id, back, &headers)),
            Err(Error::Rule(Broken::Stage(StageError::NoReason))) if wants_page(&headers) => {
                (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty("reason", t.get("reason-needed")))
            }
            Err(error) if back.is_some() || !wants_page(&headers) => return Err(error.into()),
            Err(Error::Stale) => (StatusCode::CONFLICT, filled.faulty("stage", t.get("error-stale-about"))),
            Err(Error::Rule(Broken::Stage(_))) => {
                (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty("stage", t.rule("stage", Rule::NotAChoice)))
            }
            Err(Error::Invalid(faults)) => (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t)),
            Err(error) => return Err(error.into()),
        },
        Err(faults) if wants_page(&headers) => (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t)),
        Err(faults) => return Err(Problem::invalid(faults)),
    };
    again(&web, &member, id, status, filled).await
}

/// Beside which card of the board a lead is put: no field of a form that somebody fills in.
fn read_beside(above: &str, below: &str) -> Result<Option<Beside>, Problem> {
    let read = |id: &str| id.parse().map_err(|_| Problem::bad_request());
    match (above, below) {
        ("", "") => Ok(None),
        (above, "") => Ok(Some(Beside::Above(read(above)?))),
        ("", below) => Ok(Some(Beside::Below(read(below)?))),
        _ => Err(Problem::bad_request()),
    }
}

fn parse(stage: &str, reason: &str, why: &str, version: &str) -> Result<MoveLead, Violations> {
    let mut faults = Violations::default();
    let stage = faults.keep("stage", stage.parse().map_err(|_| Rule::NotAChoice));
    let version = faults.keep("stage", version.parse().map_err(|_| Rule::NotAChoice));
    let reason = match reason {
        "" => Some(None),
        reason => faults.keep("reason", reason.parse::<ReasonId>().map_err(|_| Rule::NotAChoice)).map(Some),
    };
    let note = faults.keep("why", Message::parse_optional(why));
    let command = stage.zip(version).zip(reason.zip(note));
    faults.or(command.map(|((stage, version), (reason, note))| MoveLead { stage, reason, note, beside: None, version }))
}

/// `POST /leads/{id}/pipeline`
pub async fn transfer(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [pipeline, version] = posted.only(["pipeline", "version"])?;
    let pipeline = pipeline.parse().map_err(|_| Problem::bad_request())?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    match web.app().leads.transfer(&member.0.actor, id, TransferLead { pipeline, version }).await {
        Ok(()) | Err(Error::Rule(Broken::Stage(StageError::Same))) => Ok(back_to(id, None, &headers)),
        Err(Error::Stale) if wants_page(&headers) => {
            let filled = Filled::default().faulty("pipeline", member.text().get("error-stale-about"));
            again(&web, &member, id, StatusCode::CONFLICT, filled).await
        }
        Err(error) => Err(error.into()),
    }
}
