//! What a form asks: the draft of its fields beside what visitors would see, and its publication.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    form::{Asks, FieldEdit, FormChange, FormField, changes},
    id::FormId,
    language::Language,
    lead_field::LeadField,
    property::Property,
    violation::Violations,
};
use qualify_usecases::Error;

use super::{
    parse,
    preview::{Preview, Wish},
    tabs::{self, Tab},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{choices, settings::earlier},
    problem::{Problem, wants_page},
    public::inputs::label,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form/fields.html")]
struct FieldsPage {
    page: Page,
    tabs: Vec<Tab>,
    filled: Filled,
    id: FormId,
    name: String,
    version: i32,
    draft: i32,
    rows: Vec<Row>,
    /// What is built in and not asked: the word, and what it is called.
    missing: Vec<(String, String)>,
    kinds: Vec<(&'static str, String)>,
    /// What the organization wants to know and the form does not ask.
    unasked: Vec<(String, String)>,
    changes: Vec<String>,
    preview: Preview,
}

struct Row {
    key: String,
    label: String,
    kind: String,
    tells: String,
    is_required: bool,
    is_first: bool,
    is_last: bool,
}

/// `GET /forms/{id}/fields`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wish) = wish.map_err(|_| Problem::bad_request())?;
    fields_page(&web, &member, parse(&id)?, Filled::default(), wish.language()).await
}

async fn fields_page(
    web: &Web,
    member: &Member,
    id: FormId,
    filled: Filled,
    wish: Option<Language>,
) -> Result<Response, Problem> {
    let file = web.app().forms.fields(&member.0.actor, id).await?;
    let (t, fields, settings) = (member.text(), file.fields(), file.settings());
    let (title, at) = (t.get("fields-preview"), format!("/forms/{id}/fields"));
    let last = fields.len().saturating_sub(1);
    let row = |(place, field): (usize, &FormField)| Row {
        key: field.key().to_owned(),
        label: label(field, t),
        kind: kind(field, t),
        tells: tells(field, &file.properties, t),
        is_required: field.is_required,
        is_first: place == 0,
        is_last: place == last,
    };
    let asked = |key: &str| fields.iter().any(|field| field.key() == key);
    let missing = Asks::BUILT_IN.into_iter().filter(|asks| !asked(asks.key()));
    let unasked = file.properties.iter().filter(|property| !property.is_archived && !is_told(fields, property));
    show(&FieldsPage {
        page: Page::of(&member.0, "forms", t.get("fields-title")),
        tabs: tabs::of(&member.0, id, "fields"),
        filled,
        id,
        name: file.form.settings.name.to_string(),
        version: file.form.version,
        draft: file.draft.as_ref().map(|draft| draft.version).unwrap_or_default(),
        rows: fields.iter().enumerate().map(row).collect(),
        missing: missing.map(|asks| (asks.key().to_owned(), t.get(asks.key()))).collect(),
        kinds: choices::property_kinds(t),
        unasked: unasked.map(|property| (property.id.to_string(), property.name.to_string())).collect(),
        changes: changes(&file.form.settings, &settings).iter().map(|change| told(change, t)).collect(),
        preview: Preview::of(title, at, &settings, &member.0.organization, wish),
    })
}

fn is_told(fields: &[FormField], property: &Property) -> bool {
    let told = Some(LeadField::Property(property.id));
    fields.iter().filter_map(|field| field.asks.own()).any(|own| own.tells == told)
}

fn kind(field: &FormField, t: Text) -> String {
    match field.asks.own() {
        Some(own) if own.is_hidden => t.get("field-hidden"),
        Some(own) => choices::property_kind(t, own.kind.code()),
        None => t.get("field-built-in"),
    }
}

fn tells(field: &FormField, properties: &[Property], t: Text) -> String {
    match field.asks.own().and_then(|own| own.tells) {
        Some(LeadField::Property(id)) => {
            let property = properties.iter().find(|property| property.id == id);
            property.map(|property| property.name.to_string()).unwrap_or_default()
        }
        Some(known) => t.get(&known.to_string()),
        None => String::new(),
    }
}

/// A change in words.
pub(super) fn told(change: &FormChange, t: Text) -> String {
    match change {
        FormChange::Setting(word) => t.get(&format!("form-changed-{}", word.replace('_', "-"))),
        FormChange::Added(key) => t.with("form-field-added", "field", key),
        FormChange::Removed(key) => t.with("form-field-removed", "field", key),
        FormChange::Changed(key) => t.with("form-field-changed", "field", key),
        FormChange::Order => t.get("form-order-changed"),
    }
}

/// `POST /forms/{id}/fields`: asks something that is built in.
pub async fn add(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [asks] = posted.only(["asks"])?;
    let asks = Asks::BUILT_IN.into_iter().find(|one| one.key() == asks).ok_or_else(Problem::bad_request)?;
    edit(&web, &member, &headers, &id, FieldEdit::Add(FormField::plain(asks))).await
}

/// `POST /forms/{id}/fields/{key}/removal`
pub async fn remove(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    edit(&web, &member, &headers, &id, FieldEdit::Remove(key)).await
}

/// `POST /forms/{id}/fields/{key}/place`: earlier or later by one, or to a place counted from 0.
pub async fn place(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [direction, to] = posted.only(["direction", "to"])?;
    let step = if direction.is_empty() {
        FieldEdit::Place(key, to.parse().map_err(|_| Problem::bad_request())?)
    } else {
        FieldEdit::Shift(key, earlier(&direction)?)
    };
    edit(&web, &member, &headers, &id, step).await
}

/// `POST /forms/{id}/publication`
pub async fn publish(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let numbers = posted.only(["version", "draft"])?;
    let [version, draft] = numbers.map(|number| number.parse::<i32>());
    let version = version.map_err(|_| Problem::bad_request())?;
    let draft = draft.map_err(|_| Problem::bad_request())?;
    let id = parse(&id)?;
    let outcome = web.app().forms.publish_draft(&member.0.actor, id, version, draft).await;
    match outcome {
        Ok(()) => Ok(super::back_to(id, "published")),
        outcome => answer(&web, &member, &headers, id, outcome).await,
    }
}

/// `POST /forms/{id}/draft/removal`
pub async fn discard(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = parse(&id)?;
    web.app().forms.discard_fields(&member.0.actor, id).await?;
    Ok(back(id))
}

async fn edit(web: &Web, member: &Member, headers: &HeaderMap, id: &str, edit: FieldEdit) -> Result<Response, Problem> {
    let id = parse(id)?;
    let outcome = web.app().forms.edit_fields(&member.0.actor, id, edit).await;
    answer(web, member, headers, id, outcome).await
}

async fn answer(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    id: FormId,
    outcome: Result<(), Error>,
) -> Result<Response, Problem> {
    let t = member.text();
    let (status, filled) = match outcome {
        Ok(()) => return Ok(back(id)),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            let filled = Filled::default().faulty("form", told_faults(&faults, t));
            let lacks_notice = faults.iter().any(|fault| fault.field.split('.').next() == Some("notice"));
            let filled = if lacks_notice { filled.faulty("notice", t.get("form-notice-mend")) } else { filled };
            (StatusCode::UNPROCESSABLE_ENTITY, filled)
        }
        Err(Error::Stale) if wants_page(headers) => {
            (StatusCode::CONFLICT, Filled::default().faulty("form", t.get("form-stale")))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, fields_page(web, member, id, filled, None).await?).into_response())
}

/// What does not hold together, each with the field that it is about.
pub(super) fn told_faults(faults: &Violations, t: Text) -> String {
    let told = faults.iter().map(|fault| {
        let rule = t.rule(&fault.field, fault.rule);
        match fault.field.split_once('.') {
            Some(("fields", place)) => {
                let field = place.split('.').next().unwrap_or_default();
                t.with_all("form-field-fault", [("field", field), ("rule", &*rule)])
            }
            Some(("notice", part)) => {
                let part = t.get(&format!("notice-{part}"));
                t.with_all("form-notice-fault", [("part", &*part), ("rule", &*rule)])
            }
            _ => rule,
        }
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Back to the fields.
pub(super) fn back(id: FormId) -> Response {
    Redirect::to(&format!("/forms/{id}/fields")).into_response()
}
