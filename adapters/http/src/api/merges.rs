//! Leads of one person: `/api/v1/leads/{id}/duplicates`, `/api/v1/leads/{id}/merges`, `/api/v1/merges/{id}/undo`.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    id::{LeadId, MergeId},
    merge::{Choice, Choices, MergeField},
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, MergeLeads, SeenPair};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::{Nothing, Object},
    door::Caller,
    leads::{invalid, lead_id},
    query, told,
    wire::{Around, ChoiceCode, DuplicateList, MergeBody, SeparatedBody},
};
use crate::{fields::Unreadable, problem::Problem, web::Web};

/// Find duplicates of a lead.
///
/// The leads within the key's reach that may be of the same person: the same e-mail address or telephone number is the same
/// person, the same name at the same domain may be. Nothing is merged by itself.
#[utoipa::path(get, path = "/api/v1/leads/{id}/duplicates", operation_id = "listDuplicates",
    params(("id" = Uuid, Path, description = "The lead's id.")),
    responses((status = 200, description = "The leads, at most twenty.", body = DuplicateList)))]
pub async fn duplicates(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let actor = &caller.program.actor;
    let found = web.app().leads.duplicates(actor, lead_id(&id)?).await?;
    let own = web.app().properties.list(actor).await?;
    let pipelines = web.app().leads.stages(actor).await?;
    let around = Around { own: &own, pipelines: &pipelines, now: web.now() };
    Ok(told(StatusCode::OK, &DuplicateList::of(&found, around)))
}

/// Which lead to merge into this one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewMerge {
    /// The lead that goes. Its id leads to this one from now on.
    other: Uuid,
    /// The version of this lead that was looked at.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// The version of the other that was looked at.
    #[schema(minimum = 1, example = 1)]
    other_version: i32,
    /// From which of the two a field is taken. Of what is left out, both are taken where there can be several, else what
    /// this lead has, else what the other has. The fields are `name`, `email`, `phone`, `company`, `tags`, `stage`, `owner`,
    /// `legal_basis`, and `property:` with the id of one of the organization's own.
    #[schema(example = json!({ "company": "other" }))]
    choices: Option<BTreeMap<String, ChoiceCode>>,
    /// Whether it is tried only: nothing changes.
    dry_run: Option<bool>,
}

/// Merge two leads.
///
/// The other lead goes, all that hangs on it moves along, and what its person writes from now on comes here. Answers 409 if
/// one of the two has changed, or was merged already. It can be undone for 30 days.
#[utoipa::path(post, path = "/api/v1/leads/{id}/merges", operation_id = "mergeLeads",
    params(("id" = Uuid, Path, description = "The id of the lead that stays.")),
    request_body = NewMerge,
    responses((status = 200, description = "What came of the two, or would.", body = MergeBody)))]
pub async fn merge(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let known = ["other", "version", "other_version", "choices", "dry_run"];
    let (_, object) = Object::read(request, &known, caller.text).await?;
    let wanted = read(&object).map_err(|(unreadable, faults)| invalid(&unreadable, &faults, caller.text))?;
    let (leads, actor) = (&web.app().leads, &caller.program.actor);
    let answer = if wanted.dry_run {
        let preview = leads.preview_merge(actor, id, &wanted.wish).await;
        preview.and_then(|preview| preview.allows(wanted.seen).map(|()| MergeBody::tried(&preview, web.now())))
    } else {
        leads.merge(actor, id, &wanted.wish, wanted.seen).await.map(|merged| MergeBody::done(&merged, web.now()))
    };
    let answer = answer.map_err(|error| match error {
        Error::Invalid(faults) => invalid(&[], &faults, caller.text),
        error => error.into(),
    })?;
    Ok(told(StatusCode::OK, &answer))
}

struct Wanted {
    wish: MergeLeads,
    seen: SeenPair,
    dry_run: bool,
}

fn read(object: &Object) -> Result<Wanted, (Vec<Unreadable>, Violations)> {
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let other = match object.text("other", &mut unreadable).unwrap_or_default().as_str() {
        "" => Err(Rule::Required),
        text => text.parse::<LeadId>().map_err(|_| Rule::NotAChoice),
    };
    let other = faults.keep("other", other);
    let mut version = |name: &'static str| {
        let number = object.value(name).filter(|value| !value.is_null()).ok_or(Rule::Required);
        let number = number.and_then(|value| {
            let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
            number.filter(|number| *number > 0).ok_or(Rule::NotANumber)
        });
        faults.keep(name, number)
    };
    let seen = version("version").zip(version("other_version"));
    let seen = seen.map(|(survivor, other)| SeenPair { survivor, other });
    let choices = read_choices(object.value("choices"), &mut faults);
    let dry_run = match object.value("dry_run") {
        None | Some(Value::Null) => Some(false),
        Some(value) => faults.keep("dry_run", value.as_bool().ok_or(Rule::NotAChoice)),
    };
    let wanted = other.zip(seen).zip(dry_run).map(|((other, seen), dry_run)| Wanted {
        wish: MergeLeads { other, choices },
        seen,
        dry_run,
    });
    match wanted {
        Some(wanted) if unreadable.is_empty() && faults.is_empty() => Ok(wanted),
        _ => Err((unreadable, faults)),
    }
}

/// What cannot be chosen is told with its field, as far as its name goes.
fn read_choices(value: Option<&Value>, faults: &mut Violations) -> Choices {
    let mut choices = Choices::new();
    let fields = match value {
        None | Some(Value::Null) => return choices,
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            faults.add("choices", Rule::NotAChoice);
            return choices;
        }
    };
    for (word, choice) in fields {
        let pair = word.parse::<MergeField>().ok().zip(choice.as_str().and_then(|text| text.parse::<Choice>().ok()));
        match pair {
            Some((field, choice)) => drop(choices.insert(field, choice)),
            None => faults.add(format!("choices.{}", word.chars().take(100).collect::<String>()), Rule::NotAChoice),
        }
    }
    choices
}

/// Undo a merge.
///
/// The lead that went is there again, as it was and with all that hung on it. Of the survivor those fields go back that
/// nobody changed since; what came after the merge stays with it. Answers 409 if it was undone already, is older than 30
/// days, or a later merge is to be undone first.
#[utoipa::path(post, path = "/api/v1/merges/{id}/undo", operation_id = "undoMerge",
    params(("id" = Uuid, Path, description = "The merge's id.")),
    request_body = Nothing,
    responses((status = 200, description = "Both leads.", body = SeparatedBody)))]
pub async fn undo(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id: MergeId = id.parse().map_err(|_| Problem::not_found())?;
    Object::read(request, &[], caller.text).await?;
    let actor = &caller.program.actor;
    let separated = web.app().leads.undo_merge(actor, id).await?;
    let own = web.app().properties.list(actor).await?;
    let pipelines = web.app().leads.stages(actor).await?;
    let around = Around { own: &own, pipelines: &pipelines, now: web.now() };
    Ok(told(StatusCode::OK, &SeparatedBody::of(&separated, around)))
}
