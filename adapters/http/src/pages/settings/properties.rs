//! What the organization itself wants to know of its leads: the list, and a page for each.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{id::PropertyId, property::Property};
use qualify_usecases::{ChangeProperty, Error, MakeProperty};

use super::{earlier, members::read};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    web::Web,
};

const HERE: &str = "/settings/properties";

#[derive(Template)]
#[template(path = "pages/settings/properties.html")]
struct PropertiesPage {
    page: Page,
    filled: Filled,
    rows: Vec<Row>,
    kinds: Vec<(&'static str, String)>,
}

struct Row {
    id: PropertyId,
    name: String,
    key: String,
    kind: String,
    purpose: String,
    is_archived: bool,
    is_first: bool,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "pages/settings/property.html")]
struct PropertyPage {
    page: Page,
    filled: Filled,
    id: PropertyId,
    name: String,
    key: String,
    kind: String,
    version: i32,
    has_choices: bool,
}

/// `GET /settings/properties`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    list_page(&web, &member, Filled::default().with("kind", "text")).await
}

async fn list_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let t = member.text();
    let known = web.app().properties.list(&member.0.actor).await?;
    let last = known.len().saturating_sub(1);
    let row = |(place, property): (usize, &Property)| Row {
        id: property.id,
        name: property.name.to_string(),
        key: property.key.to_string(),
        kind: choices::property_kind(t, property.kind.code()),
        purpose: property.purpose.to_string(),
        is_archived: property.is_archived,
        is_first: place == 0,
        is_last: place == last,
    };
    show(&PropertiesPage {
        page: super::page(&member.0, HERE),
        filled,
        rows: known.iter().enumerate().map(row).collect(),
        kinds: choices::property_kinds(t),
    })
}

/// `POST /settings/properties`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name, purpose, kind, choices, key] = posted.only(["name", "purpose", "kind", "choices", "key"])?;
    let filled = Filled::default()
        .with("name", &*name)
        .with("purpose", &*purpose)
        .with("kind", &*kind)
        .with("choices", &*choices)
        .with("key", &*key);
    let made = web
        .app()
        .properties
        .make(&member.0.actor, MakeProperty { name, purpose, kind, choices: lines(&choices), key })
        .await;
    let (status, filled) = match made {
        Ok(_) => return Ok(Redirect::to(HERE).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, member.text()))
        }
        Err(Error::Conflict(_)) if wants_page(&headers) => {
            (StatusCode::CONFLICT, filled.faulty("key", member.text().get("property-same-key")))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, list_page(&web, &member, filled).await?).into_response())
}

/// `GET /settings/properties/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    property_page(&web, &member, read(&id)?, Filled::default()).await
}

async fn property_page(web: &Web, member: &Member, id: PropertyId, filled: Filled) -> Result<Response, Problem> {
    let known = web.app().properties.list(&member.0.actor).await?;
    let property = known.into_iter().find(|property| property.id == id).ok_or_else(Problem::not_found)?;
    let choices: Vec<&str> = property.kind.choices().iter().map(|choice| &**choice).collect();
    let filled = filled
        .or("name", &*property.name)
        .or("purpose", &*property.purpose)
        .or("choices", choices.join("\n"))
        .or("archived", if property.is_archived { "on" } else { "" });
    show(&PropertyPage {
        page: super::page(&member.0, HERE),
        filled,
        id,
        name: property.name.to_string(),
        key: property.key.to_string(),
        kind: choices::property_kind(member.text(), property.kind.code()),
        version: property.version,
        has_choices: !choices.is_empty(),
    })
}

/// `POST /settings/properties/{id}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id: PropertyId = read(&id)?;
    let [name, purpose, choices, archived, version] =
        posted.only(["name", "purpose", "choices", "archived", "version"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let filled = Filled::default()
        .with("name", &*name)
        .with("purpose", &*purpose)
        .with("choices", &*choices)
        .with("archived", &*archived);
    let choices = lines(&choices);
    let command = ChangeProperty { name, purpose, choices, is_archived: !archived.is_empty(), version };
    let (status, filled) = match web.app().properties.change(&member.0.actor, id, command).await {
        Ok(()) => return Ok(Redirect::to(HERE).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, member.text()))
        }
        Err(Error::Stale) if wants_page(&headers) => {
            (StatusCode::CONFLICT, filled.faulty("form", member.text().get("error-stale-about")))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, property_page(&web, &member, id, filled).await?).into_response())
}

/// `POST /settings/properties/{id}/place`
pub async fn shift(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let [direction] = posted.only(["direction"])?;
    web.app().properties.shift(&member.0.actor, read(&id)?, earlier(&direction)?).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// What there is to choose from, one a line.
fn lines(typed: &str) -> Vec<String> {
    typed.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
