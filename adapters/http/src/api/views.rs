//! `/api/v1/views`: the views of the list that everybody in the organization sees.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::ViewId,
    text::Name,
    view::{View, ViewSettings, ViewWish},
    violation::{Rule, Violations},
};
use qualify_usecases::{ChangeView, Error};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{
    body::{Nothing, Object},
    door::Caller,
    leads::{self, invalid},
    query, told, version,
    wire::{ColumnCode, DensityCode, FilterBody, GroupCode, LayoutCode, SortCode, ViewBody, ViewsBody},
};
use crate::{fields::Unreadable, problem::Problem, text::Text, web::Web};

const FIELDS: [&str; 7] = ["name", "filter", "sort", "group", "columns", "density", "layout"];

/// List the views.
#[utoipa::path(get, path = "/api/v1/views", operation_id = "listViews",
    responses((status = 200, description = "The views.", body = ViewsBody)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let views = web.app().views.list(&caller.program.actor).await?.views;
    Ok(told(StatusCode::OK, &ViewsBody { items: views.iter().map(Into::into).collect() }))
}

/// Read a view.
#[utoipa::path(get, path = "/api/v1/views/{id}", operation_id = "readView",
    params(
        ("id" = Uuid, Path, description = "The view's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`: if the view still has it, the answer is 304 without a body."),
    ),
    responses(
        (status = 200, description = "The view.", body = ViewBody, headers(("ETag" = String, description = "The view's version, for `If-Match`."))),
        (status = 304, description = "The view has not changed.", headers(("ETag" = String, description = "The view's version."))),
    ))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let view = web.app().views.open(&caller.program.actor, view_id(&id)?).await?;
    Ok(version::unless_known(&headers, view.version, || ViewBody::from(&view)))
}

/// A view to be kept for everybody. What is left out is as usual: all leads, the newest first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewView {
    /// What to call it: no other view for everybody is called so.
    #[schema(min_length = 1, max_length = 100, example = "Open leads")]
    name: String,
    /// Which leads.
    filter: Option<FilterBody>,
    /// In which order.
    sort: Option<SortCode>,
    /// By what they are put together.
    group: Option<GroupCode>,
    /// What is shown of them, each once.
    #[schema(max_items = 30)]
    columns: Option<Vec<ColumnCode>>,
    /// How close they stand.
    density: Option<DensityCode>,
    /// As what.
    layout: Option<LayoutCode>,
}

/// What to change of a view. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct ViewChange {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "Open leads")]
    name: Option<String>,
    /// Which leads.
    filter: Option<FilterBody>,
    /// In which order.
    sort: Option<SortCode>,
    /// By what they are put together; null is nothing.
    group: Option<GroupCode>,
    /// What is shown of them, each once.
    #[schema(max_items = 30)]
    columns: Option<Vec<ColumnCode>>,
    /// How close they stand.
    density: Option<DensityCode>,
    /// As what.
    layout: Option<LayoutCode>,
}

/// Keep a view.
///
/// Everybody in the organization sees it.
#[utoipa::path(post, path = "/api/v1/views", operation_id = "createView", request_body = NewView,
    responses((status = 201, description = "The view is kept.", body = ViewBody, headers(("ETag" = String, description = "The view's version, for `If-Match`.")))))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &FIELDS, caller.text).await?;
    let mut reading = Reading::of(&object);
    let name = reading.name(true);
    let settings = reading.settings(ViewSettings::default());
    let name = reading.or(name, caller.text)?.ok_or_else(Problem::bad_request)?;
    let wish = ViewWish { name, shared: true, settings };
    let view = web.app().views.make(&caller.program.actor, wish).await.map_err(|error| refusal(error, caller.text))?;
    Ok(shown(StatusCode::CREATED, &view))
}

/// Change a view.
#[utoipa::path(patch, path = "/api/v1/views/{id}", operation_id = "changeView",
    params(
        ("id" = Uuid, Path, description = "The view's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the view as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = ViewChange,
    responses((status = 200, description = "The view is changed.", body = ViewBody, headers(("ETag" = String, description = "The view's version now.")))))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = view_id(&id)?;
    let (headers, object) = Object::read(request, &FIELDS, caller.text).await?;
    let before = web.app().views.open(&caller.program.actor, id).await?;
    let mut reading = Reading::of(&object);
    let name = reading.name(false);
    let settings = Some(reading.settings(before.settings));
    let name = reading.or(name, caller.text)?;
    let version = Some(version::expected(&headers)?);
    let change = ChangeView { name, settings, version, shared: None };
    let view = web.app().views.change(&caller.program.actor, id, change).await;
    Ok(shown(StatusCode::OK, &view.map_err(|error| refusal(error, caller.text))?))
}

/// Delete a view.
#[utoipa::path(delete, path = "/api/v1/views/{id}", operation_id = "deleteView",
    params(("id" = Uuid, Path, description = "The view's id.")),
    responses((status = 204, description = "The view is deleted.")))]
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    web.app().views.remove(&caller.program.actor, view_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Bring a deleted view back.
///
/// As it was. Its name must be free: another view may have taken it since.
#[utoipa::path(post, path = "/api/v1/views/{id}/restoration", operation_id = "restoreView",
    params(("id" = Uuid, Path, description = "The view's id.")),
    request_body = Nothing,
    responses((status = 200, description = "The view.", body = ViewBody, headers(("ETag" = String, description = "The view's version.")))))]
pub async fn restore(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (id, actor) = (view_id(&id)?, &caller.program.actor);
    Object::read(request, &[], caller.text).await?;
    match web.app().views.restore(actor, id).await {
        // One that was never deleted needs nothing: whether it is there is told when it is read.
        Ok(()) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(refusal(error, caller.text)),
    }
    Ok(shown(StatusCode::OK, &web.app().views.open(actor, id).await?))
}

/// The fields of a view as a program sent them, with all that is wrong.
struct Reading<'a> {
    object: &'a Object,
    unreadable: Vec<Unreadable>,
    faults: Violations,
}

impl<'a> Reading<'a> {
    fn of(object: &'a Object) -> Self {
        Self { object, unreadable: Vec::new(), faults: Violations::default() }
    }

    fn name(&mut self, needed: bool) -> Option<Name> {
        match self.object.text("name", &mut self.unreadable) {
            Some(text) => self.faults.keep("name", Name::parse(&text)),
            None if needed => self.faults.keep("name", Err(Rule::Required)),
            None => None,
        }
    }

    /// The settings, with what was sent in place of what was there.
    fn settings(&mut self, before: ViewSettings) -> ViewSettings {
        let filter = match self.object.value("filter") {
            None => before.filter,
            value => leads::filter(value).map_err(|rule| self.unreadable.push(("filter", rule))).unwrap_or_default(),
        };
        ViewSettings {
            filter,
            sort: self.code("sort").unwrap_or(before.sort),
            group: if self.object.value("group").is_some_and(serde_json::Value::is_null) {
                None
            } else {
                self.code("group").or(before.group)
            },
            columns: self.code("columns").unwrap_or(before.columns),
            density: self.code("density").unwrap_or(before.density),
            layout: self.code("layout").unwrap_or(before.layout),
        }
    }

    fn code<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.object.value(name).filter(|value| !value.is_null())?;
        self.faults.keep(name, T::deserialize(value).map_err(|_| Rule::NotAChoice))
    }

    fn or<T>(self, value: T, text: Text) -> Result<T, Problem> {
        if self.unreadable.is_empty() && self.faults.is_empty() {
            Ok(value)
        } else {
            Err(invalid(&self.unreadable, &self.faults, text))
        }
    }
}

fn view_id(raw: &str) -> Result<ViewId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

fn shown(status: StatusCode, view: &View) -> Response {
    version::shown(status, view.version, &ViewBody::from(view))
}

fn refusal(error: Error, text: Text) -> Problem {
    match error {
        Error::Stale => version::stale(),
        Error::Invalid(faults) => invalid(&[], &faults, text),
        Error::Conflict("view") => invalid(&[("name", "rule-same-name")], &Violations::default(), text),
        error => error.into(),
    }
}
