//! The versions of a form that were published, its public address, and what is sent to it without being declared:
//! `/api/v1/forms/{id}/editions`, `/api/v1/forms/{id}/public-id`, `/api/v1/forms/{id}/undeclared`.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{id::FormId, violation::Rule};

use super::{refusal, shown};
use crate::{
    api::{
        body::{Nothing, Object},
        cursor,
        door::Caller,
        query::{self, Query, USUAL, limit},
        told, version,
        wire::{EditionBody, EditionList, FormBody, UndeclaredList},
    },
    problem::Problem,
    web::Web,
};

/// Which versions.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct WantedEditions {
    /// How many versions a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^[1-9][0-9]{0,8}$")]
    after: Option<String>,
}

/// List the versions of a form.
///
/// Each that was published, the latest first, with the places of what was new in it.
#[utoipa::path(get, path = "/api/v1/forms/{id}/editions", operation_id = "listEditions",
    params(("id" = Uuid, Path, description = "The form's id."), WantedEditions),
    responses((status = 200, description = "A part of the list.", body = EditionList)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["limit", "after"], caller.text);
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let before = query.take("after", |text| cursor::read_version(text).ok_or(Rule::NotAPlace));
    let id = form_id(&query.or(id)?)?;
    let history = web.app().forms.history(&caller.program.actor, id, before, limit).await?;
    Ok(told(StatusCode::OK, &EditionList::from(&history)))
}

/// Read a version of a form.
///
/// As it was published, with what it held otherwise than the one before: what it was and what it became.
#[utoipa::path(get, path = "/api/v1/forms/{id}/editions/{version}", operation_id = "readEdition",
    params(
        ("id" = Uuid, Path, description = "The form's id."),
        ("version" = i32, Path, description = "The version of the form.", minimum = 1, maximum = 999_999_999, example = 1),
    ),
    responses((status = 200, description = "The version.", body = EditionBody)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path((id, edition)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (id, edition) = (form_id(&id)?, cursor::read_version(&edition).ok_or_else(Problem::not_found)?);
    let file = web.app().forms.edition(&caller.program.actor, id, edition).await?;
    Ok(told(StatusCode::OK, &EditionBody::from(&file)))
}

/// Publish a version of a form again.
///
/// The form is published as it was then: a new version, which visitors see from now on. One that no longer holds together
/// is refused with what is wrong with it.
#[utoipa::path(post, path = "/api/v1/forms/{id}/editions/{version}/restoration", operation_id = "restoreEdition",
    params(
        ("id" = Uuid, Path, description = "The form's id."),
        ("version" = i32, Path, description = "The version of the form.", minimum = 1, maximum = 999_999_999, example = 1),
        ("If-Match" = String, Header, description = "The `ETag` of the form as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = Nothing,
    responses((status = 200, description = "The form.", body = FormBody, headers(("ETag" = String, description = "The form's version now.")))))]
pub async fn restore(
    State(web): State<Web>,
    caller: Caller,
    Path((id, edition)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (id, edition) = (form_id(&id)?, cursor::read_version(&edition).ok_or_else(Problem::not_found)?);
    let (headers, _) = Object::read(request, &[], caller.text).await?;
    let expected = version::expected(&headers)?;
    let restored = web.app().forms.restore(&caller.program.actor, id, expected, edition).await;
    restored.map_err(|error| refusal(error, &caller))?;
    shown(&web, &caller, id, StatusCode::OK).await
}

/// Give a form another public address.
///
/// The one it had goes on working for seven more days.
#[utoipa::path(post, path = "/api/v1/forms/{id}/public-id", operation_id = "rotatePublicId",
    params(("id" = Uuid, Path, description = "The form's id.")),
    request_body = Nothing,
    responses((status = 200, description = "The form, with its new address.", body = FormBody, headers(("ETag" = String, description = "The form's version.")))))]
pub async fn rotate(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = form_id(&id)?;
    Object::read(request, &[], caller.text).await?;
    web.app().forms.rotate(&caller.program.actor, id).await?;
    shown(&web, &caller, id, StatusCode::OK).await
}

/// List what is sent to a form without being declared.
///
/// The names of the fields and how often they came, never what was in them: that is not kept.
#[utoipa::path(get, path = "/api/v1/forms/{id}/undeclared", operation_id = "listUndeclared",
    params(("id" = Uuid, Path, description = "The form's id.")),
    responses((status = 200, description = "The fields.", body = UndeclaredList)))]
pub async fn undeclared(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let file = web.app().forms.open(&caller.program.actor, form_id(&id)?).await?;
    Ok(told(StatusCode::OK, &UndeclaredList::from(&*file.undeclared)))
}

fn form_id(raw: &str) -> Result<FormId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}
