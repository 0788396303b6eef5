//! The page that the link of a change of address opens (AUTH-12).

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::HeaderMap;

use crate::{
    actor::Reader,
    page::{Page, show},
    problem::Problem,
    session,
    source::Whence,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/email_change.html")]
struct ChangePage {
    page: Page,
    from: String,
    to: String,
}

/// `GET /email-change/{token}`: looking uses nothing up.
pub async fn open(State(web): State<Web>, Reader(t): Reader, Path(link): Path<String>) -> Result<Response, Problem> {
    let (user, email) = web.app().accounts.changing_email(&link).await?;
    let page = Page { suffix: "Qualify CRM".into(), ..Page::plain(t, t.get("email-change-title")) };
    show(&ChangePage { page, from: user.email.to_string(), to: email.to_string() })
}

/// `POST /email-change/{token}`: whoever is signed in stays so.
pub async fn change(
    State(web): State<Web>,
    whence: Whence,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let from = whence.0.clone();
    let (viewer, granted) = session::perhaps(&web, &headers, whence).await;
    let viewer = viewer?;
    let changed = web.app().accounts.change_email(&link, viewer.as_ref(), &from).await;
    let mut response = match changed {
        Ok(()) if viewer.is_some() => Redirect::to("/settings").into_response(),
        Ok(()) => Redirect::to("/sign-in?after=email").into_response(),
        Err(error) => Problem::from(error).into_response(),
    };
    if let Some(granted) = granted {
        session::keep(response.headers_mut(), &granted);
    }
    Ok(response)
}
