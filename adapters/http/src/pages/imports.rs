//! People taken over from files: the list, and the form that takes a file.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::ImportId,
    import::{Import, ImportState, MOST_BYTES, MOST_ROWS},
    text::Name,
};
use qualify_usecases::{Broken, Error, ImportLimits, NewImport};

use crate::{
    actor::Member,
    filled::Filled,
    imported::file_fault,
    moment::Moment,
    page::{Page, show},
    problem::{Problem, wants_page},
    text::Text,
    upload::Upload,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/imports.html")]
struct ImportsPage {
    page: Page,
    filled: Filled,
    limits: String,
    rows: Vec<Row>,
}

struct Row {
    id: ImportId,
    file: String,
    state: String,
    badge: &'static str,
    rows: String,
    at: Moment,
}

/// `GET /imports`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    imports_page(&web, &member, Filled::default()).await
}

/// `POST /imports`: takes a file.
pub async fn upload(
    State(web): State<Web>,
    member: Member,
    upload: Upload,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let t = member.text();
    let Some((name, bytes)) = upload.file()? else {
        return refuse(&web, &member, &headers, t.get("import-fault-empty")).await;
    };
    let name = Name::parse(&file_name(&name)).or_else(|_| Name::parse("import.csv"));
    let name = name.map_err(|_| Problem::bad_request())?;
    let (new, limits) = (NewImport::named(name), ImportLimits::default());
    match web.app().imports.upload(&member.0.actor, new, bytes.into(), limits).await {
        Ok(id) => Ok(Redirect::to(&format!("/imports/{id}")).into_response()),
        Err(Error::Rule(Broken::File(fault))) => refuse(&web, &member, &headers, file_fault(fault, t)).await,
        Err(error) => Err(error.into()),
    }
}

async fn refuse(web: &Web, member: &Member, headers: &HeaderMap, words: String) -> Result<Response, Problem> {
    if !wants_page(headers) {
        return Err(Problem::status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let page = imports_page(web, member, Filled::default().faulty("file", words)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn imports_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let (t, calendar) = (member.text(), web.calendar(&member.0));
    let imports = web.app().imports.list(&member.0.actor).await?;
    let row = |import: &Import| Row {
        id: import.id,
        file: import.file.to_string(),
        state: state_words(import.state, t),
        badge: badge(import.state),
        rows: t.number(import.rows.into()),
        at: calendar.moment(import.created_at),
    };
    let most = (MOST_BYTES / 1024 / 1024).to_string();
    show(&ImportsPage {
        page: Page::of(&member.0, "leads", t.get("imports-title")),
        filled,
        limits: t.with_all("import-limits", [("megabytes", &most), ("rows", &t.number(MOST_ROWS.into()))]),
        rows: imports.iter().map(row).collect(),
    })
}

/// The last part of a path, cut to what a name may have.
fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// How far an import is, in words.
pub(super) fn state_words(state: ImportState, t: Text) -> String {
    t.get(&format!("import-state-{}", state.code()))
}

/// The colour of that.
pub(super) const fn badge(state: ImportState) -> &'static str {
    match state {
        ImportState::Draft => "",
        ImportState::Running | ImportState::Undoing => "open",
        ImportState::Done => "won",
        ImportState::Undone => "warn",
    }
}
