//! Views of the list: what is kept of how somebody looks at it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::ViewId,
    view::{ViewSettings, ViewWish},
    violation::Violations,
};
use qualify_usecases::{ChangeView, Error};

use askama::Template;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/view.html")]
struct ViewPage {
    page: Page,
    filled: Filled,
    /// Where the form is sent.
    action: String,
    settings: String,
    may_share: bool,
    is_new: bool,
    view: String,
}

fn read_id(id: &str) -> Result<ViewId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

fn read_settings(text: &str) -> Result<ViewSettings, Problem> {
    serde_json::from_str(text).map_err(|_| Problem::bad_request())
}

fn read_shared(text: &str) -> Result<bool, Problem> {
    match text {
        "" => Ok(false),
        _ if text.chars().all(|c| !c.is_control()) => Ok(true),
        _ => Err(Problem::bad_request()),
    }
}

fn to(id: ViewId) -> Response {
    Redirect::to(&format!("/leads?view={id}")).into_response()
}

/// `GET /views/{id}`: what a view is called, and who sees it.
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let view = web.app().views.open(&member.0.actor, read_id(&id)?).await?;
    if !view.is_kept_by(&member.0.actor) {
        return Err(Error::Forbidden(qualify_domain::access::Forbidden(view.keeper())).into());
    }
    let shared = if view.is_shared() { "1" } else { "" };
    let filled = Filled::default().with("name", view.name.to_string()).with("shared", shared);
    show(&form(&member, filled, Some(view.id), String::new()))
}

/// `POST /views`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name, shared, settings] = posted.only(["name", "shared", "settings"])?;
    let (is_shared, wanted) = (read_shared(&shared)?, read_settings(&settings)?);
    let outcome = match ViewWish::parse(&name, is_shared, wanted) {
        Ok(wish) => web.app().views.make(&member.0.actor, wish).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(view) => Ok(to(view.id)),
        Err(error) => {
            let filled = Filled::default().with("name", name).with("shared", shared);
            again(&member, &headers, filled, None, settings, error)
        }
    }
}

/// `POST /views/{id}`: keeps how the list is looked at now.
pub async fn save(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let [settings, version] = posted.only(["settings", "version"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let settings = Some(read_settings(&settings)?);
    let change = ChangeView { settings, version: Some(version), ..ChangeView::default() };
    web.app().views.change(&member.0.actor, id, change).await?;
    Ok(to(id))
}

/// `POST /views/{id}/name`: what it is called, and who sees it.
pub async fn rename(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    let [name, shared] = posted.only(["name", "shared"])?;
    let is_shared = read_shared(&shared)?;
    let mut faults = Violations::default();
    let parsed = faults.keep("name", name.parse());
    let outcome = match faults.or(parsed) {
        Ok(name) => {
            let change = ChangeView { name: Some(name), shared: Some(is_shared), ..ChangeView::default() };
            web.app().views.change(&member.0.actor, id, change).await
        }
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(view) => Ok(to(view.id)),
        Err(error) => {
            let filled = Filled::default().with("name", name).with("shared", shared);
            again(&member, &headers, filled, Some(id), String::new(), error)
        }
    }
}

/// `POST /views/{id}/removal`
pub async fn remove(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    web.app().views.remove(&member.0.actor, id).await?;
    Ok(Redirect::to(&format!("/leads?removed={id}")).into_response())
}

/// `POST /views/{id}/restoration`
pub async fn restore(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = read_id(&id)?;
    web.app().views.restore(&member.0.actor, id).await?;
    Ok(to(id))
}

/// `POST /views/default`
pub async fn choose(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [view] = posted.only(["view"])?;
    let view = if view.is_empty() { None } else { Some(view.parse().map_err(|_| Problem::bad_request())?) };
    web.app().views.choose(&member.0.actor, view).await?;
    Ok(Redirect::to("/leads").into_response())
}

fn form(member: &Member, filled: Filled, id: Option<ViewId>, settings: String) -> ViewPage {
    let t = member.text();
    ViewPage {
        page: Page::of(&member.0, "leads", t.get(if id.is_some() { "view-title" } else { "view-new" })),
        filled,
        action: id.map_or_else(|| "/views".to_owned(), |id| format!("/views/{id}/name")),
        settings,
        may_share: member.0.actor.may(qualify_domain::access::Permission::ManageViews),
        is_new: id.is_none(),
        view: id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// The form again, with what went wrong at its field.
fn again(
    member: &Member,
    headers: &HeaderMap,
    filled: Filled,
    id: Option<ViewId>,
    settings: String,
    error: Error,
) -> Result<Response, Problem> {
    let t: Text = member.text();
    let (status, filled) = match error {
        Error::Invalid(faults) if wants_page(headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t))
        }
        Error::Conflict("view") if wants_page(headers) => {
            (StatusCode::CONFLICT, filled.faulty("name", t.get("view-same-name")))
        }
        error => return Err(error.into()),
    };
    Ok((status, show(&form(member, filled, id, settings))?).into_response())
}
