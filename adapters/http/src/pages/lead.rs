//! A lead: who it is, what happened, where it stands, what is to be done.

mod change;
mod consents;
mod copy;
mod erase;
mod input;
mod merge;
mod move_to;
mod notice;
mod older;
mod property;
mod task;
mod told;

use axum::{
    extract::{Path, Query, RawQuery, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{
    id::LeadId,
    lead::Lead,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{AssignLead, Broken, Error, NoteKind, NoteLead};
use serde::Deserialize;

pub use self::{
    change::change,
    consents::end as end_consent,
    copy::{copy, zipped},
    erase::{ask as ask_erasure, certificate, erase, key as ground_key, take as take_certificate},
    merge::{merge, open as compare, undo as undo_merge},
    move_to::{move_to, transfer},
    task::make as make_task,
};
pub(in crate::pages) use self::{change::split_tags, input::Input, notice::Twin};
use self::{
    notice::News,
    older::Older,
    property::Edit,
    told::{Ask, Told},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::show,
    pages::leads,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The field that is being changed.
    #[serde(default)]
    edit: String,
    /// The list one comes from.
    #[serde(default, rename = "in")]
    list: String,
    /// The place after which the entries begin.
    #[serde(default)]
    after: String,
    /// What just became of it.
    #[serde(flatten)]
    news: News,
}

/// `GET /leads/{id}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let Query(Asked { edit, list, after, news }) = asked.map_err(|_| Problem::bad_request())?;
    let older = Older::read(&after, &list).ok_or_else(Problem::bad_request)?;
    let near = leads::neighbours(&web, &member, &list, id).await?;
    let edit = edit.parse().ok().map(Edit::new);
    match lead_page(&web, &member, id, Ask { edit, near, news, older, ..Ask::default() }).await {
        // Whoever comes by the old address is shown the lead it became.
        Err(problem) => match problem.merged_into() {
            Some(holder) => Ok(Redirect::to(&format!("/leads/{holder}?from={id}")).into_response()),
            None if is_restricted(&web, &member, id).await => {
                Ok(Redirect::to(&format!("/privacy/restrictions#restriction-{id}")).into_response())
            }
            None => Err(problem),
        },
        page => page,
    }
}

/// Whether a lead is kept and not used. Who may know it is led to where its copy is made and it is erased.
async fn is_restricted(web: &Web, member: &Member, id: LeadId) -> bool {
    let listed = web.app().restrictions.list(&member.0.actor).await;
    listed.is_ok_and(|listed| listed.restrictions.iter().any(|one| one.lead == id))
}

async fn lead_page(web: &Web, member: &Member, id: LeadId, ask: Ask) -> Result<Response, Problem> {
    let file = web.app().leads.open_after(&member.0.actor, id, ask.older.after).await?;
    show(&Told { file: &file, t: member.text(), calendar: web.calendar(&member.0) }.page(member, &ask))
}

/// The page again, with what went wrong.
async fn again(
    web: &Web,
    member: &Member,
    id: LeadId,
    status: StatusCode,
    filled: Filled,
) -> Result<Response, Problem> {
    let page = lead_page(web, member, id, Ask { filled, ..Ask::default() }).await?;
    Ok((status, page).into_response())
}

/// `POST /leads/{id}/notes`: a note, or what came of a call, an e-mail or a meeting.
pub async fn note(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let [note, kind] = posted.only(["note", "kind"])?;
    let filled = Filled::default().with("note", &*note).with("kind", &*kind);
    let mut faults = Violations::default();
    let parsed = faults.keep("note", Message::parse(&note));
    let known = if kind.is_empty() { Some(NoteKind::Note) } else { NoteKind::of(&kind) };
    let known = faults.keep("kind", known.ok_or(Rule::NotAChoice));
    let outcome = match faults.or(parsed.zip(known)) {
        Ok((text, kind)) => web.app().leads.note(&member.0.actor, id, NoteLead { text, kind }).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(back_to(id, None, &headers)),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = filled.faulty_all(&faults, member.text());
            again(&web, &member, id, StatusCode::UNPROCESSABLE_ENTITY, filled).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /leads/{id}/owner`
pub async fn assign(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let back = leads::back(raw.as_deref());
    let [owner, version] = posted.only(["owner", "version"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let owner = if owner.is_empty() { None } else { Some(owner.parse().map_err(|_| Problem::bad_request())?) };
    let (status, words) = match web.app().leads.assign(&member.0.actor, id, AssignLead { owner, version }).await {
        Ok(()) => return Ok(back_to(id, back, &headers)),
        Err(error) if back.is_some() => return Err(error.into()),
        Err(Error::Stale) if wants_page(&headers) => (StatusCode::CONFLICT, member.text().get("error-stale-about")),
        Err(Error::Rule(Broken::Assignment)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, member.text().get("assign-refused"))
        }
        Err(error) => return Err(error.into()),
    };
    again(&web, &member, id, status, Filled::default().faulty("owner", words)).await
}

fn read(id: &str) -> Result<LeadId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// To where the change was made: the list, or else the lead, still among those of the list one comes from.
fn back_to(id: LeadId, back: Option<String>, headers: &HeaderMap) -> Response {
    let lead = format!("/leads/{id}");
    let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok()).and_then(|from| from.split_once('?'));
    let list = from.filter(|(page, _)| page.ends_with(&lead)).and_then(|(_, query)| {
        let query = query.split('#').next().unwrap_or_default();
        query.split('&').find(|pair| pair.starts_with("in="))
    });
    let here = || list.map_or_else(|| lead.clone(), |list| format!("{lead}?{list}"));
    Redirect::to(&back.unwrap_or_else(here)).into_response()
}

/// What pages call a lead.
pub(crate) fn title(lead: &Lead, t: Text) -> String {
    if lead.title().is_empty() { t.get("nameless") } else { lead.title().to_owned() }
}
