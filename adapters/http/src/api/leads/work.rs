//! What is done with a lead beside changing and moving it: its owner, notes, tasks, and changes of many at once.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use qualify_domain::{
    id::{LeadId, PipelineId, ReasonId, StageId, UserId},
    job::{ChangeLeads, LeadAct, Which},
    lead_filter::Search,
    task::WrittenTask,
    text::{Message, Tag},
    violation::{Rule, Violations},
};
use qualify_usecases::{AssignLead, Error, NoteKind, NoteLead};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{filter, invalid, kept, lead_id, refusal};
use crate::{
    api::{
        body::Object,
        door::Caller,
        query, told, version,
        wire::{FilterBody, Kept, Made, ReminderCode},
    },
    fields::Unreadable,
    problem::Problem,
    web::Web,
};

/// Who is to work on a lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadAssignment {
    /// The member, from `GET /api/v1/members`; null puts it back into the queue.
    owner: Option<Uuid>,
}

/// Give a lead to a member.
///
/// The member is told, unless they asked for it themselves.
#[utoipa::path(post, path = "/api/v1/leads/{id}/owner", operation_id = "assignLead",
    params(
        ("id" = Uuid, Path, description = "The lead's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the lead as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = LeadAssignment,
    responses((status = 200, description = "It is theirs now.", body = Kept, headers(("ETag" = String, description = "The lead's version now.")))))]
pub async fn assign(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let (headers, object) = Object::read(request, &["owner"], caller.text).await?;
    let mut faults = Violations::default();
    let owner = match object.value("owner") {
        None => faults.keep("owner", Err(Rule::Required)),
        Some(Value::Null) => Some(None),
        Some(owner) => {
            let owner = owner.as_str().and_then(|text| text.parse::<UserId>().ok());
            faults.keep("owner", owner.ok_or(Rule::NotAChoice)).map(Some)
        }
    };
    let owner = faults.or(owner).map_err(|faults| invalid(&[], &faults, caller.text))?;
    let version = version::expected(&headers)?;
    let assigned = web.app().leads.assign(&caller.program.actor, id, AssignLead { owner, version }).await;
    assigned.map_err(|error| match error {
        Error::NotFound("member") => invalid(&[], &Violations::one("owner", Rule::NotAChoice), caller.text),
        error => refusal(error, caller.text),
    })?;
    Ok(kept(StatusCode::OK, &Kept { id: id.0, version: version + 1 }))
}

/// What a note is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKindCode {
    /// Anything.
    Note,
    /// A call.
    Call,
    /// An e-mail.
    Email,
    /// A meeting.
    Meeting,
}

/// Something for a lead's timeline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewNote {
    /// The words. A member who is named in them as `@First Last` is told.
    #[schema(max_length = 5000, example = "Wants an offer by Friday.")]
    text: String,
    /// What they are about; a note if nothing is said.
    #[schema(value_type = Option<NoteKindCode>)]
    kind: Option<String>,
}

/// Write into a lead's timeline.
#[utoipa::path(post, path = "/api/v1/leads/{id}/notes", operation_id = "noteLead",
    params(("id" = Uuid, Path, description = "The lead's id.")),
    request_body = NewNote,
    responses((status = 204, description = "It stands in the timeline.")))]
pub async fn note(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let (_, object) = Object::read(request, &["text", "kind"], caller.text).await?;
    let mut unreadable = Vec::new();
    let mut faults = Violations::default();
    let mut said = |name| object.text(name, &mut unreadable).unwrap_or_default();
    let text = faults.keep("text", Message::parse(&said("text")));
    let kind = match said("kind").as_str() {
        "" => Some(NoteKind::default()),
        code => faults.keep("kind", NoteKind::of(code).ok_or(Rule::NotAChoice)),
    };
    let Some((text, kind)) = text.zip(kind).filter(|_| unreadable.is_empty()) else {
        return Err(invalid(&unreadable, &faults, caller.text));
    };
    web.app().leads.note(&caller.program.actor, id, NoteLead { text, kind }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Something to be done about a lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewTask {
    /// What is to be done.
    #[schema(max_length = 200, example = "Send the offer")]
    title: String,
    /// By which day.
    #[schema(format = Date, example = "2026-12-01")]
    due_on: Option<String>,
    /// When its owner is reminded: `on_the_day` if nothing is said.
    #[schema(value_type = Option<ReminderCode>)]
    reminder: Option<String>,
    /// The member who does it.
    owner: Uuid,
}

/// Make a task about a lead.
#[utoipa::path(post, path = "/api/v1/leads/{id}/tasks", operation_id = "createTask",
    params(("id" = Uuid, Path, description = "The lead's id.")),
    request_body = NewTask,
    responses((status = 201, description = "The task is made.", body = Made)))]
pub async fn plan(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let (_, object) = Object::read(request, &["title", "due_on", "reminder", "owner"], caller.text).await?;
    let mut unreadable = Vec::new();
    let mut said = |name| object.text(name, &mut unreadable).unwrap_or_default();
    let written =
        WrittenTask { title: said("title"), due_on: said("due_on"), reminder: said("reminder"), owner: said("owner") };
    if !unreadable.is_empty() {
        return Err(invalid(&unreadable, &Violations::default(), caller.text));
    }
    let task = web.app().tasks.make(&caller.program.actor, id, &written).await?;
    Ok(told(StatusCode::CREATED, &Made { id: task.0 }))
}

/// A stage to which many leads are moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyMoved {
    /// The stage. Leads of another pipeline are left out.
    stage: Uuid,
    /// Why they are given up; needed where the stage is of the kind `disqualified`.
    #[serde(default)]
    reason: Option<Uuid>,
}

/// A pipeline into which many leads go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyTransferred {
    /// The pipeline. Leads that stand in it already are left out.
    pipeline: Uuid,
    /// The stage of it in which they are to stand; its first open one if nothing is said.
    #[serde(default)]
    stage: Option<Uuid>,
    /// Why they are given up; needed where the stage is of the kind `disqualified`.
    #[serde(default)]
    reason: Option<Uuid>,
}

/// A word by which leads are grouped.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 40, example = "fair")]
pub struct TagBody(String);

/// What is done to each of many leads.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ActBody {
    /// It is given to a member; null puts it back into the queue.
    Assign(Option<Uuid>),
    /// It is moved to a stage of its pipeline.
    Move(ManyMoved),
    /// It goes into another pipeline.
    Transfer(ManyTransferred),
    /// It gets a tag.
    Tag(TagBody),
    /// It loses a tag.
    Untag(TagBody),
}

/// One change of many leads.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadChanges {
    /// The leads, at most 1,000; or else a filter, a search, or both.
    #[schema(min_items = 1, max_items = 1000)]
    leads: Option<Vec<Uuid>>,
    /// All leads that it shows; an empty group shows all there are. Days begin in UTC.
    filter: Option<FilterBody>,
    /// Only those of them whose name, e-mail address or telephone number begins so; from three letters on also words of
    /// their messages and notes.
    #[schema(min_length = 2, max_length = 100, example = "anna")]
    q: Option<String>,
    /// What is done to each.
    act: ActBody,
}

/// Change many leads.
///
/// A job does it. Its report counts what was changed, and what was left as it is by why; `GET /api/v1/jobs/{id}` names the
/// first of those.
#[utoipa::path(post, path = "/api/v1/leads/changes", operation_id = "changeLeads",
    request_body = LeadChanges,
    responses((status = 202, description = "The id of the job that does it.", body = Made,
        headers(("Location" = String, description = "The job's address.")))))]
pub async fn change_many(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &["leads", "filter", "q", "act"], caller.text).await?;
    let mut unreadable: Vec<Unreadable> = Vec::new();
    let mut faults = Violations::default();
    let said = |name| object.value(name).filter(|value| !value.is_null());
    let q = object.text("q", &mut unreadable).filter(|text| !text.is_empty());
    let search = q.and_then(|text| faults.keep("q", Search::parse(&text)));
    let which = match (said("leads"), said("filter").is_some() || said("q").is_some()) {
        (Some(leads), false) => {
            let ids = Vec::<Uuid>::deserialize(leads).map_err(|_| Rule::NotAChoice);
            faults.keep("leads", ids).map(|ids| Which::These(ids.into_iter().map(LeadId).collect()))
        }
        (None, true) => match filter(said("filter")) {
            Ok(filter) => Some(Which::All { filter, search, zone: String::new() }),
            Err(rule) => {
                unreadable.push(("filter", rule));
                None
            }
        },
        _ => faults.keep("leads", Err(Rule::OneOfRequired)),
    };
    let act = match object.value("act") {
        None => Err(Rule::Required),
        Some(act) => ActBody::deserialize(act).map_err(|_| Rule::NotAChoice).and_then(LeadAct::try_from),
    };
    let act = faults.keep("act", act);
    let Some((which, act)) = which.zip(act).filter(|_| unreadable.is_empty() && faults.is_empty()) else {
        return Err(invalid(&unreadable, &faults, caller.text));
    };
    let actor = &caller.program.actor;
    let begun = web.app().jobs.change_leads(actor, ChangeLeads { which, act }).await;
    let id = begun.map_err(|error| match error {
        Error::Invalid(faults) => invalid(&[], &faults, caller.text),
        error => error.into(),
    })?;
    let place = [(header::LOCATION, format!("/api/v1/jobs/{id}"))];
    Ok((place, told(StatusCode::ACCEPTED, &Made { id: id.0 })).into_response())
}

impl TryFrom<ActBody> for LeadAct {
    type Error = Rule;

    fn try_from(body: ActBody) -> Result<Self, Rule> {
        Ok(match body {
            ActBody::Assign(owner) => Self::Assign(owner.map(UserId)),
            ActBody::Move(ManyMoved { stage, reason }) => {
                Self::Move { stage: StageId(stage), reason: reason.map(ReasonId) }
            }
            ActBody::Transfer(ManyTransferred { pipeline, stage, reason }) => Self::Transfer {
                pipeline: PipelineId(pipeline),
                stage: stage.map(StageId),
                reason: reason.map(ReasonId),
            },
            ActBody::Tag(TagBody(tag)) => Self::Tag(Tag::parse(&tag)?),
            ActBody::Untag(TagBody(tag)) => Self::Untag(Tag::parse(&tag)?),
        })
    }
}
