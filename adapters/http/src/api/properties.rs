//! `/api/v1/properties`: what the organization itself wants to know of leads.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::PropertyId,
    property::Property,
    violation::{Rule, Violations},
};
use qualify_usecases::{ChangeProperty, Error, MakeProperty};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    body::Object,
    door::Caller,
    leads::invalid,
    order::{self, NewOrder},
    query, told, version,
    wire::{PropertyFace, PropertyKindCode, PropertyList},
};
use crate::{fields::Unreadable, problem::Problem, text::Text, web::Web};

/// List the properties.
///
/// What the organization wants to know of leads beside who they are. Those that were taken out of use are marked: what is
/// known of them stays, nothing new is taken.
#[utoipa::path(get, path = "/api/v1/properties", operation_id = "listProperties",
    responses((status = 200, description = "The properties.", body = PropertyList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let own = web.app().properties.list(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &PropertyList::from(&own[..])))
}

/// Read a property.
#[utoipa::path(get, path = "/api/v1/properties/{id}", operation_id = "readProperty",
    params(
        ("id" = Uuid, Path, description = "The property's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`: if the property still has it, the answer is 304 without a body."),
    ),
    responses(
        (status = 200, description = "The property.", body = PropertyFace, headers(("ETag" = String, description = "The property's version, for `If-Match`."))),
        (status = 304, description = "The property has not changed.", headers(("ETag" = String, description = "The property's version."))),
    ))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let property = find(&web, &caller, property_id(&id)?).await?;
    Ok(version::unless_known(&headers, property.version, || PropertyFace::from(&property)))
}

/// A property to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewProperty {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "Seats")]
    name: String,
    /// What it is asked for, as the organization answers for it.
    #[schema(min_length = 1, max_length = 200, example = "To size the offer")]
    purpose: String,
    /// What it can hold; that never changes.
    #[schema(value_type = PropertyKindCode)]
    kind: String,
    /// What can be chosen, where it is one of the choices.
    #[schema(max_items = 100, example = json!([]))]
    choices: Option<Vec<String>>,
    /// Its word in the API, in files and in forms, which never changes; made of the name if left out.
    #[schema(max_length = 40, pattern = "^[a-z][a-z0-9_]*$", example = "seats")]
    key: Option<String>,
}

/// Make a property.
///
/// It comes after the others.
#[utoipa::path(post, path = "/api/v1/properties", operation_id = "createProperty", request_body = NewProperty,
    responses((status = 201, description = "The property is made.", body = PropertyFace, headers(("ETag" = String, description = "The property's version, for `If-Match`.")))))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &["name", "purpose", "kind", "choices", "key"], caller.text).await?;
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let choices = choices(&object, &mut unreadable).unwrap_or_default();
    let mut text = |name| object.text(name, &mut unreadable).unwrap_or_default();
    let command =
        MakeProperty { name: text("name"), purpose: text("purpose"), kind: text("kind"), choices, key: text("key") };
    // One that is left out is made of the name; an empty one is none.
    if object.value("key").is_some_and(|key| !key.is_null()) && !is_word(&command.key) {
        faults.add("key", Rule::NotAKey);
    }
    if !command.choices.is_empty() && !command.kind.ends_with("choice") {
        faults.add("choices", Rule::NotAChoice);
    }
    if !unreadable.is_empty() || !faults.is_empty() {
        return Err(invalid(&unreadable, &faults, caller.text));
    }
    let made = web.app().properties.make(&caller.program.actor, command).await;
    let property = made.map_err(|error| refusal(error, caller.text))?;
    Ok(shown(StatusCode::CREATED, &property))
}

/// What to change of a property. What is left out stays; its kind and its word always do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct PropertyChange {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "Seats")]
    name: Option<String>,
    /// What it is asked for.
    #[schema(min_length = 1, max_length = 200, example = "To size the offer")]
    purpose: Option<String>,
    /// What can be chosen from now on, all of it; what was chosen before stays known.
    #[schema(max_items = 100, example = json!([]))]
    choices: Option<Vec<String>>,
    /// Whether it is out of use: what is known stays, nothing new is taken.
    archived: Option<bool>,
}

/// Change a property.
#[utoipa::path(patch, path = "/api/v1/properties/{id}", operation_id = "changeProperty",
    params(
        ("id" = Uuid, Path, description = "The property's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the property as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = PropertyChange,
    responses((status = 200, description = "The property is changed.", body = PropertyFace, headers(("ETag" = String, description = "The property's version now.")))))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = property_id(&id)?;
    let (headers, object) = Object::read(request, &["name", "purpose", "choices", "archived"], caller.text).await?;
    let former = find(&web, &caller, id).await?;
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let chosen = choices(&object, &mut unreadable);
    if chosen.as_ref().is_some_and(|chosen| !chosen.is_empty()) && !former.kind.code().ends_with("choice") {
        faults.add("choices", Rule::NotAChoice);
    }
    let is_archived = match object.value("archived") {
        None | Some(Value::Null) => Some(former.is_archived),
        Some(value) => faults.keep("archived", value.as_bool().ok_or(Rule::NotAChoice)),
    };
    let name = object.text("name", &mut unreadable).unwrap_or_else(|| former.name.to_string());
    let purpose = object.text("purpose", &mut unreadable).unwrap_or_else(|| former.purpose.to_string());
    let Some(is_archived) = is_archived.filter(|_| unreadable.is_empty() && faults.is_empty()) else {
        return Err(invalid(&unreadable, &faults, caller.text));
    };
    let choices = chosen.unwrap_or_else(|| former.kind.choices().iter().map(ToString::to_string).collect());
    let command = ChangeProperty { name, purpose, choices, is_archived, version: version::expected(&headers)? };
    let changed = web.app().properties.change(&caller.program.actor, id, command).await;
    changed.map_err(|error| refusal(error, caller.text))?;
    Ok(shown(StatusCode::OK, &find(&web, &caller, id).await?))
}

/// Put the properties in order.
///
/// All of them, with those taken out of use.
#[utoipa::path(put, path = "/api/v1/properties/order", operation_id = "orderProperties", request_body = NewOrder,
    responses((status = 200, description = "The properties.", body = PropertyList)))]
pub async fn arrange(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &order::FIELDS, caller.text).await?;
    let order: Vec<_> = order::read(&object, caller.text)?.into_iter().map(PropertyId).collect();
    let properties = &web.app().properties;
    properties.arrange(&caller.program.actor, &order).await?;
    let own = properties.list(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &PropertyList::from(&own[..])))
}

/// What can be chosen; nothing if it is left out.
fn choices(object: &Object, unreadable: &mut Vec<Unreadable>) -> Option<Vec<String>> {
    let value = object.value("choices").filter(|value| !value.is_null())?;
    Vec::deserialize(value).map_err(|_| unreadable.push(("choices", "rule-not-texts"))).ok()
}

/// Whether a text is written as one word.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.trim() == text
}

fn property_id(raw: &str) -> Result<PropertyId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

async fn find(web: &Web, caller: &Caller, id: PropertyId) -> Result<Property, Problem> {
    let own = web.app().properties.list(&caller.program.actor).await?;
    Ok(own.into_iter().find(|property| property.id == id).ok_or(Error::NotFound("property"))?)
}

fn shown(status: StatusCode, property: &Property) -> Response {
    version::shown(status, property.version, &PropertyFace::from(property))
}

fn refusal(error: Error, text: Text) -> Problem {
    match error {
        Error::Stale => version::stale(),
        Error::Conflict("property") => invalid(&[("key", "rule-same-key")], &Violations::default(), text),
        error => error.into(),
    }
}
