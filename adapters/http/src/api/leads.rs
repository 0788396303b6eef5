//! `/api/v1/leads` and the stages in which leads stand.

mod create;
mod export;
mod list;
mod search;
mod transfer;
mod work;

use std::collections::BTreeMap;

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    id::{LeadId, ReasonId, StageId},
    lead::StageError,
    person::{PersonChange, WrittenProperties},
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::storage::Beside;
use qualify_usecases::{Broken, ChangeLead, Error, MoveLead, Seen};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::{
    create::{__path_create, KnownPersonCode, NewLead, create},
    export::{
        __path_begin_export, __path_export, __path_export_found, FileColumn, FormatCode, LeadExport, begin_export,
        export, export_found,
    },
    list::{__path_list, list},
    search::{__path_search, LeadSearch, filter, search},
    transfer::{__path_transfer, LeadTransfer, transfer},
    work::{
        __path_assign, __path_change_many, __path_note, __path_plan, ActBody, LeadAssignment, LeadChanges, ManyMoved,
        ManyTransferred, NewNote, NewTask, NoteKindCode, TagBody, assign, change_many, note, plan,
    },
};
pub(super) use self::{list::filter_of, search::part_limit};
use super::{
    body::Object,
    door::Caller,
    query, told, version,
    wire::{Around, ConsentedLead, Kept, PropertyBody, StageList},
};
use crate::{fields::Unreadable, problem::Problem, text::Text, web::Web};

/// Read a lead.
#[utoipa::path(get, path = "/api/v1/leads/{id}", operation_id = "readLead",
    params(
        ("id" = Uuid, Path, description = "The lead's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`: if the lead still has it, the answer is 304 without a body. Whether it has become stale meanwhile, `last_activity_at` tells."),
    ),
    responses(
        (status = 200, description = "The lead.", body = ConsentedLead, headers(("ETag" = String, description = "The lead's version, for `If-Match`."))),
        (status = 304, description = "The lead has not changed.", headers(("ETag" = String, description = "The lead's version."))),
    ))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: http::HeaderMap,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let actor = &caller.program.actor;
    let lead = web.app().leads.read(actor, lead_id(&id)?).await?;
    if version::is_known(&headers, lead.version) {
        return Ok(version::unchanged(lead.version));
    }
    let own = web.app().properties.list(actor).await?;
    let pipelines = web.app().leads.stages(actor).await?;
    let (consents, standings) = web.app().leads.consents(actor, lead.id).await?;
    let around = Around { own: &own, pipelines: &pipelines, now: web.now() };
    Ok(version::shown(StatusCode::OK, lead.version, &ConsentedLead::of(&lead, around, &consents, &standings)))
}

/// What to change about a lead's person. A field that is left out stays, null clears it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadChange {
    /// Their name.
    #[schema(max_length = 100, example = "Anna Berg")]
    name: Option<String>,
    /// Their e-mail address. An address or a number must remain.
    #[schema(max_length = 254, example = "anna@example.com")]
    email: Option<String>,
    /// Their telephone number; without `+` it is read as one of the organization's country.
    #[schema(max_length = 32, example = "+33 6 12 34 56 78")]
    phone: Option<String>,
    /// Where they work.
    #[schema(max_length = 100, example = "Berg & Co")]
    company: Option<String>,
    /// The words by which it is grouped from now on, all of them.
    #[schema(max_items = 20, example = json!(["fair"]))]
    tags: Option<Vec<String>>,
    /// What else is known, by the `key` of `GET /api/v1/properties`; one that is left out stays, null clears it.
    properties: Option<BTreeMap<String, PropertyBody>>,
}

/// Change a lead.
///
/// Changes what is known of the person. All faults are told at once.
#[utoipa::path(patch, path = "/api/v1/leads/{id}", operation_id = "changeLead",
    params(
        ("id" = Uuid, Path, description = "The lead's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the lead as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = LeadChange,
    responses((status = 200, description = "The lead is changed.", body = Kept, headers(("ETag" = String, description = "The lead's version now.")))))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let (headers, object) =
        Object::read(request, &["name", "email", "phone", "company", "tags", "properties"], caller.text).await?;
    let mut unreadable = Vec::new();
    let mut text = |name| object.text(name, &mut unreadable);
    let person = PersonChange {
        name: text("name"),
        email: text("email"),
        phone: text("phone"),
        company: text("company"),
        properties: properties(&object, &mut unreadable),
    };
    let tags = tags(object.value("tags"), &mut unreadable);
    if !unreadable.is_empty() {
        return Err(invalid(&unreadable, &Violations::default(), caller.text));
    }
    let version = version::expected(&headers)?;
    let command = ChangeLead { person, tags, seen: Seen::Version(version) };
    let version =
        web.app().leads.change(&caller.program.actor, id, command).await.map_err(|e| refusal(e, caller.text))?;
    Ok(kept(StatusCode::OK, &Kept { id: id.0, version }))
}

/// The words by which a lead is grouped; nothing if they are left out.
fn tags(value: Option<&Value>, unreadable: &mut Vec<Unreadable>) -> Option<Vec<String>> {
    Vec::deserialize(value?).map_err(|_| unreadable.push(("tags", "rule-not-texts"))).ok()
}

/// What is written of properties, as texts that their kinds read.
fn properties(object: &Object, unreadable: &mut Vec<Unreadable>) -> WrittenProperties {
    let Some(value) = object.value("properties").filter(|value| !value.is_null()) else { return BTreeMap::new() };
    let Ok(values) = BTreeMap::<String, PropertyBody>::deserialize(value) else {
        unreadable.push(("properties", "rule-not-properties"));
        return BTreeMap::new();
    };
    values.into_iter().map(|(key, value)| (key, value.texts())).collect()
}

/// Where to move a lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadMove {
    /// The stage, from `GET /api/v1/stages`: one of the lead's pipeline.
    stage: Uuid,
    /// Why it is given up, from `GET /api/v1/reasons`; needed where the stage is of the kind `disqualified`.
    reason: Option<Uuid>,
    /// What there is to say about it.
    #[schema(max_length = 5000)]
    note: Option<String>,
    /// On the board, put it right above this lead of that stage; a lead that has gone from there leaves it at the top. In
    /// the stage in which the lead stands it only changes places.
    above: Option<Uuid>,
    /// Put it right below this lead; one of `above` and `below` at most.
    below: Option<Uuid>,
}

/// Move a lead to another stage, or to another place in its column of the board.
#[utoipa::path(post, path = "/api/v1/leads/{id}/stage", operation_id = "moveLead",
    params(
        ("id" = Uuid, Path, description = "The lead's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the lead as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = LeadMove,
    responses((status = 200, description = "The lead stands there now.", body = Kept, headers(("ETag" = String, description = "The lead's version now.")))))]
pub async fn move_to(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let (headers, object) = Object::read(request, &["stage", "reason", "note", "above", "below"], caller.text).await?;
    let version = version::expected(&headers)?;
    let mut unreadable = Vec::new();
    let written = object.text("stage", &mut unreadable).unwrap_or_default();
    let mut faults = Violations::default();
    let parsed = match written.as_str() {
        "" => Err(Rule::Required),
        text => text.parse::<StageId>().map_err(|_| Rule::NotAChoice),
    };
    let stage = faults.keep("stage", parsed);
    let reason = match object.text("reason", &mut unreadable).unwrap_or_default().as_str() {
        "" => Some(None),
        text => faults.keep("reason", text.parse::<ReasonId>().map_err(|_| Rule::NotAChoice)).map(Some),
    };
    let note = Message::parse_optional(&object.text("note", &mut unreadable).unwrap_or_default());
    let note = faults.keep("note", note);
    let mut neighbour = |name| object.text(name, &mut unreadable).filter(|text| !text.is_empty());
    let beside = faults.keep("below", read_beside(neighbour("above"), neighbour("below")));
    let wish = stage.zip(reason.zip(note)).zip(beside).filter(|_| unreadable.is_empty());
    let Some(((stage, (reason, note)), beside)) = wish else {
        return Err(invalid(&unreadable, &faults, caller.text));
    };
    let command = MoveLead { stage, reason, note, beside, version };
    let moved = web.app().leads.move_to(&caller.program.actor, id, command).await;
    moved.map_err(|error| refusal(error, caller.text))?;
    Ok(kept(StatusCode::OK, &Kept { id: id.0, version: version + 1 }))
}

fn read_beside(above: Option<String>, below: Option<String>) -> Result<Option<Beside>, Rule> {
    let read = |id: String| id.parse().map_err(|_| Rule::NotAChoice);
    match (above, below) {
        (None, None) => Ok(None),
        (Some(above), None) => Ok(Some(Beside::Above(read(above)?))),
        (None, Some(below)) => Ok(Some(Beside::Below(read(below)?))),
        (Some(_), Some(_)) => Err(Rule::NotAChoice),
    }
}

/// List the stages.
///
/// The places where a lead can stand, pipeline by pipeline, in their order; new leads enter the first open one.
#[utoipa::path(get, path = "/api/v1/stages", operation_id = "listStages",
    responses((status = 200, description = "The stages.", body = StageList)))]
pub async fn stages(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let pipelines = web.app().leads.stages(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &StageList::from(&pipelines)))
}

pub(super) fn lead_id(raw: &str) -> Result<LeadId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

/// A lead that was kept, with its tag.
fn kept(status: StatusCode, kept: &Kept) -> Response {
    version::shown(status, kept.version, kept)
}

/// All that is wrong with a body at once.
pub(super) fn invalid(unreadable: &[(&'static str, &'static str)], violations: &Violations, text: Text) -> Problem {
    Problem::status(StatusCode::UNPROCESSABLE_ENTITY).with_faults(query::faults(unreadable, violations, text))
}

/// Why a lead stays as it is, as the API tells it.
fn refusal(error: Error, text: Text) -> Problem {
    let mut faults = Violations::default();
    match error {
        Error::Stale => version::stale(),
        Error::Rule(Broken::Stage(StageError::Unknown)) => {
            faults.add("stage", Rule::NotAChoice);
            invalid(&[], &faults, text)
        }
        Error::Rule(Broken::Stage(StageError::Same)) => invalid(&[("stage", "rule-same-stage")], &faults, text),
        Error::Rule(Broken::Stage(StageError::NoReason)) => {
            faults.add("reason", Rule::Required);
            invalid(&[], &faults, text)
        }
        error => error.into(),
    }
}
