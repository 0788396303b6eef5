//! One field of a form, new or changed, beside the form as visitors would see it.

mod typed;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    form::{FieldEdit, FormField, FormSettings, Limits},
    id::{FormId, PropertyId},
    language::Language,
    lead_field::LeadField,
    property::{Property, PropertyKind},
    violation::Violations,
};
use qualify_usecases::{Error, FieldsFile};
use serde::Deserialize;

use self::typed::{Typed, filled_from, filled_with};
use super::{
    fields::back,
    parse,
    preview::{self, Preview},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::choices,
    problem::{Problem, wants_page},
    public::inputs::label,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form/field.html")]
struct FieldPage {
    page: Page,
    filled: Filled,
    id: FormId,
    name: String,
    title: String,
    action: String,
    /// The word of a field that is there; empty for a new one.
    key: String,
    /// `None` for a field every form has: its kind and word stay.
    own: Option<Offers>,
    kind: String,
    tells: Vec<(String, String)>,
    preview: Preview,
}

/// What the kind of a field of one's own offers.
struct Offers {
    has_choices: bool,
    has_limits: bool,
    may_hide: bool,
}

/// What a new field begins with.
#[derive(Debug, Default, Deserialize)]
pub struct Begun {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    property: String,
}

/// `GET /forms/{id}/fields/new`
pub async fn new(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    begun: Result<Query<Begun>, QueryRejection>,
) -> Result<Response, Problem> {
    let begun = begun.map_err(|_| Problem::bad_request())?.0;
    let file = web.app().forms.fields(&member.0.actor, parse(&id)?).await?;
    let filled = match begun.property.parse::<PropertyId>() {
        Ok(id) => {
            let property = file.properties.iter().find(|property| property.id == id);
            filled_from(property.ok_or_else(Problem::not_found)?)
        }
        Err(_) if PropertyKind::CODES.contains(&begun.kind.as_str()) => Filled::default().with("kind", begun.kind),
        Err(_) => return Err(Problem::not_found()),
    };
    show(&page_with(&member, &file, None, filled))
}

/// `GET /forms/{id}/fields/{key}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let file = web.app().forms.fields(&member.0.actor, parse(&id)?).await?;
    let field = find(&file, &key)?;
    show(&page_with(&member, &file, Some(field), filled_with(field)))
}

/// `POST /forms/{id}/fields/new`
pub async fn add(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    keep(&web, &member, &headers, parse(&id)?, None, &posted).await
}

/// `POST /forms/{id}/fields/{key}`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    keep(&web, &member, &headers, parse(&id)?, Some(&key), &posted).await
}

/// `POST /forms/{id}/fields/new/preview`: the form as it would be with the field as it is typed. Nothing is kept.
pub async fn preview_new(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    look(&web, &member, &headers, parse(&id)?, None, posted).await
}

/// `POST /forms/{id}/fields/{key}/preview`: the same of a field that is there.
pub async fn preview_change(
    State(web): State<Web>,
    member: Member,
    Path((id, key)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    look(&web, &member, &headers, parse(&id)?, Some(&key), posted).await
}

async fn keep(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    id: FormId,
    key: Option<&str>,
    posted: &Posted,
) -> Result<Response, Problem> {
    let (typed, t) = (Typed::read(posted)?, member.text());
    let seen = typed.seen()?;
    let file = web.app().forms.fields(&member.0.actor, id).await?;
    let former = key.map(|key| find(&file, key)).transpose()?;
    let outcome = match typed.parse(former, file.fields()) {
        Ok(field) => {
            let edit = match key {
                Some(key) => FieldEdit::Change { key: key.to_owned(), seen, field },
                None => FieldEdit::Add(field),
            };
            web.app().forms.edit_fields(&member.0.actor, id, edit).await
        }
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(back(id)),
        Err(Error::Invalid(faults)) if wants_page(headers) => {
            let filled = typed.filled().faulty_all(&faults, t);
            let page = show(&page_with(member, &file, former, filled))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::Stale) if wants_page(headers) => {
            let file = web.app().forms.fields(&member.0.actor, id).await?;
            let present = find(&file, key.unwrap_or_default())?;
            let page = show(&page_with(member, &file, Some(present), typed.beside(present, t)))?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn find<'a>(file: &'a FieldsFile, key: &str) -> Result<&'a FormField, Problem> {
    file.fields().iter().find(|field| field.key() == key).ok_or_else(Problem::not_found)
}

async fn look(
    web: &Web,
    member: &Member,
    headers: &HeaderMap,
    id: FormId,
    key: Option<&str>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (wish, posted) = preview::wish(posted)?;
    let (typed, t) = (Typed::read(&posted)?, member.text());
    let file = web.app().forms.fields(&member.0.actor, id).await?;
    let former = key.map(|key| find(&file, key)).transpose()?;
    let (whole, faults) = match tried(&file, former, &typed) {
        Ok(whole) => (Some(whole), Violations::default()),
        Err(Error::Invalid(faults)) if wants_page(headers) => (None, faults),
        Err(error) => return Err(error.into()),
    };
    let mut preview = previewed(member, &file, former, whole, wish);
    if !faults.is_empty() {
        preview = preview.faulty(preview::told(&faults, t, |name| part(t, name)), headers);
    }
    let page = page(member, &file, former, typed.filled().faulty_all(&faults, t), preview);
    Ok((preview::status(headers, &faults), show(&page)?).into_response())
}

/// The form with the field as it is typed, and the word of the field.
fn tried(file: &FieldsFile, former: Option<&FormField>, typed: &Typed) -> Result<(FormSettings, String), Error> {
    let field = typed.as_seen().parse(former, file.fields())?;
    let key = field.key().to_owned();
    // Whether somebody else has changed it meanwhile is told when it is to be kept.
    let edit = match former {
        Some(former) => FieldEdit::Change { key: former.key().to_owned(), seen: None, field },
        None => FieldEdit::Add(field),
    };
    Ok((file.after(edit)?, key))
}

/// The preview of the form with that field; of the form as it is kept where the field is not whole.
fn previewed(
    member: &Member,
    file: &FieldsFile,
    former: Option<&FormField>,
    whole: Option<(FormSettings, String)>,
    wish: Option<Language>,
) -> Preview {
    let t = member.text();
    let kept = || (file.settings(), former.map(|field| field.key().to_owned()).unwrap_or_default());
    let (settings, key) = whole.unwrap_or_else(kept);
    let at = format!("{}/preview", address(file.form.id, former));
    let preview = Preview::of(t.get("fields-preview"), at, &settings, &member.0.organization, wish);
    preview.following().editing(&key, t)
}

/// How a part of a field is called on its page.
fn part(t: Text, name: &str) -> String {
    let in_language = |key, language| t.with(key, "language", choices::language_name(language));
    match name {
        "label_en" => in_language("field-label", Language::English),
        "label_fr" => in_language("field-label", Language::French),
        "help_en" => in_language("field-help", Language::English),
        "help_fr" => in_language("field-help", Language::French),
        "choices" => t.get("property-choices"),
        "least" => t.get("field-least"),
        "most" => t.get("field-most"),
        "purpose" => t.get("property-purpose"),
        "tells" => t.get("field-tells"),
        "hidden" => t.get("field-hidden"),
        "key" => t.get("property-key"),
        _ => String::new(),
    }
}

/// Where a field is sent to be kept.
fn address(id: FormId, field: Option<&FormField>) -> String {
    format!("/forms/{id}/fields/{}", field.map_or("new", FormField::key))
}

/// The page with what stands in its fields, and the form as it would be with that.
fn page_with(member: &Member, file: &FieldsFile, field: Option<&FormField>, filled: Filled) -> FieldPage {
    let whole = tried(file, field, &Typed::of(&filled)).ok();
    page(member, file, field, filled, previewed(member, file, field, whole, None))
}

fn page(member: &Member, file: &FieldsFile, field: Option<&FormField>, filled: Filled, preview: Preview) -> FieldPage {
    let (t, id) = (member.text(), file.form.id);
    let own = field.map_or(Some(filled.value("kind")), |field| field.asks.own().map(|own| own.kind.code()));
    FieldPage {
        page: Page::of(&member.0, "forms", t.get("fields-title")),
        id,
        name: file.form.settings.name.to_string(),
        title: field.map_or_else(|| t.get("field-new"), |field| label(field, t)),
        action: address(id, field),
        key: field.map(|field| field.key().to_owned()).unwrap_or_default(),
        own: own.map(|code| Offers {
            has_choices: matches!(code, "choice" | "multiple_choice"),
            has_limits: Limits::KINDS.contains(&code),
            may_hide: code == "text",
        }),
        kind: own.map(|code| choices::property_kind(t, code)).unwrap_or_default(),
        tells: told_of_leads(own.unwrap_or_default(), &file.properties, t),
        filled,
        preview,
    }
}

/// What of a lead a field of that kind can tell.
fn told_of_leads(kind: &str, properties: &[Property], t: Text) -> Vec<(String, String)> {
    let nothing = (String::new(), t.get("field-tells-nothing"));
    let company = (LeadField::Company.to_string(), t.get("company"));
    let fitting = properties.iter().filter(|property| !property.is_archived && property.kind.code() == kind);
    let own = fitting.map(|property| (LeadField::Property(property.id).to_string(), property.name.to_string()));
    let built_in = Some(company).filter(|_| kind == "text");
    [nothing].into_iter().chain(built_in).chain(own).collect()
}
