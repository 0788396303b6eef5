//! How a form is set: `POST /api/v1/forms`, `PUT /api/v1/forms/{id}/settings`.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    form::{FormField, FormSettings},
    id::FormId,
    violation::{Rule, Violations},
};
use qualify_usecases::{CreateForm, WrittenForm};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::{refusal, shown};
use crate::{
    api::{
        body::Object,
        door::Caller,
        leads::invalid,
        query, version,
        wire::{BasisCode, FormBody, LanguageCode, NoticeBody, PurposeBody},
    },
    problem::Problem,
    web::Web,
};

const SETTINGS: [&str; 11] = [
    "name",
    "language",
    "legal_basis",
    "notice",
    "consent_wording",
    "purposes",
    "allowed_origins",
    "thank_you",
    "requires_token",
    "requires_work",
    "known_person",
];

/// How a form is to be set. What may be left out is then as usual: nothing asked for, nowhere allowed, nothing held back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct FormSettingsBody {
    /// How members call it.
    #[schema(min_length = 1, max_length = 100, example = "Contact")]
    name: String,
    /// The language its visitors read.
    language: LanguageCode,
    /// The ground for collecting.
    legal_basis: BasisCode,
    /// What visitors are told; all its parts.
    notice: NoticeBody,
    /// The wording beside the box, needed where the ground is consent.
    #[schema(max_length = 5000)]
    consent_wording: Option<String>,
    /// For what else consent is asked.
    #[schema(max_items = 4)]
    purposes: Option<Vec<PurposeBody>>,
    /// The websites that may send it from a script or show it in a frame.
    #[schema(max_items = 100)]
    allowed_origins: Option<Vec<String>>,
    /// Where visitors land after sending, an `https` address.
    #[schema(max_length = 2048)]
    thank_you: Option<String>,
    /// Whether a submission without our signed token is quarantined.
    requires_token: Option<bool>,
    /// Whether a submission is quarantined whose sender did not do the work that a page asks for.
    requires_work: Option<bool>,
    /// What becomes of a submission by somebody who is known: `append`, `always_new` or `new_if_closed`.
    known_person: Option<String>,
}

/// Make a form.
///
/// It is published at once, with a public address of its own, and asks for name, e-mail, phone and message until its fields
/// are replaced.
#[utoipa::path(post, path = "/api/v1/forms", operation_id = "createForm", request_body = FormSettingsBody,
    responses((status = 201, description = "The form.", body = FormBody, headers(("ETag" = String, description = "The form's version, for `If-Match`.")))))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &SETTINGS, caller.text).await?;
    let settings = read(&object, FormField::usual()).map_err(|faults| invalid(&[], &faults, caller.text))?;
    let made = web.app().forms.create(&caller.program.actor, CreateForm { settings }).await;
    let id = made.map_err(|error| refusal(error, &caller))?;
    shown(&web, &caller, id, StatusCode::CREATED).await
}

/// Publish other settings of a form.
///
/// All settings, in place of those that hold now: a new version of the form, which visitors see from now on. What it asks
/// stays.
#[utoipa::path(put, path = "/api/v1/forms/{id}/settings", operation_id = "replaceFormSettings",
    params(
        ("id" = Uuid, Path, description = "The form's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the form as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = FormSettingsBody,
    responses((status = 200, description = "The form.", body = FormBody, headers(("ETag" = String, description = "The form's version now.")))))]
pub async fn replace(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id: FormId = id.parse().map_err(|_| Problem::not_found())?;
    let (headers, object) = Object::read(request, &SETTINGS, caller.text).await?;
    let expected = version::expected(&headers)?;
    let (forms, actor) = (&web.app().forms, &caller.program.actor);
    let fields = forms.fields(actor, id).await?.form.settings.fields;
    let settings = read(&object, fields).map_err(|faults| invalid(&[], &faults, caller.text))?;
    forms.change(actor, id, expected, settings).await.map_err(|error| refusal(error, &caller))?;
    shown(&web, &caller, id, StatusCode::OK).await
}

/// The settings of a form that asks these fields.
fn read(object: &Object, fields: Vec<FormField>) -> Result<FormSettings, Violations> {
    let mut faults = Violations::default();
    let written = written(object, &mut faults);
    // Of what is no text or object at all, nothing more is told.
    let is_told = |field: &str| faults.iter().any(|told| field.starts_with(&*told.field));
    match written.parse(fields) {
        Ok(settings) => faults.or(Some(settings)),
        Err(more) => {
            let more: Vec<_> = more.iter().filter(|fault| !is_told(&fault.field)).cloned().collect();
            for fault in more {
                faults.add(fault.field, fault.rule);
            }
            Err(faults)
        }
    }
}

fn written(object: &Object, faults: &mut Violations) -> WrittenForm {
    let notice = faults.keep("notice", body::<NoticeBody>(object, "notice")).flatten().map(NoticeBody::written);
    let purposes = faults.keep("purposes", body::<Vec<PurposeBody>>(object, "purposes")).flatten();
    let origins = faults.keep("allowed_origins", body(object, "allowed_origins")).flatten();
    let mut text = |name: &'static str| faults.keep(name, body::<String>(object, name)).flatten().unwrap_or_default();
    let [name, language, legal_basis] = ["name", "language", "legal_basis"].map(&mut text);
    let [consent_wording, thank_you, known_person] = ["consent_wording", "thank_you", "known_person"].map(&mut text);
    let mut yes = |name: &'static str| faults.keep(name, body(object, name)).flatten().unwrap_or_default();
    let [requires_token, requires_work] = ["requires_token", "requires_work"].map(&mut yes);
    WrittenForm {
        name,
        language,
        legal_basis,
        notice: notice.unwrap_or_default(),
        consent_wording,
        purposes: purposes.unwrap_or_default().into_iter().map(PurposeBody::written).collect(),
        allowed_origins: origins.unwrap_or_default(),
        thank_you,
        requires_token,
        requires_work,
        known_person,
    }
}

/// What a field holds; nothing where it is left out or null.
fn body<T: DeserializeOwned>(object: &Object, name: &str) -> Result<Option<T>, Rule> {
    match object.value(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => T::deserialize(value).map(Some).map_err(|_| Rule::NotAChoice),
    }
}
