//! Leaving the organization: an action of its own, so that nobody does it by accident.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_usecases::{Broken, Error};

use crate::{
    actor::Member,
    filled::Filled,
    page::{Page, show},
    pages::settings::members::words,
    problem::{Problem, wants_page},
    session,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/departure.html")]
struct DeparturePage {
    page: Page,
    filled: Filled,
}

/// `GET /departure`
pub async fn show_departure(member: Member) -> Result<Response, Problem> {
    departure_page(&member, Filled::default())
}

fn departure_page(member: &Member, filled: Filled) -> Result<Response, Problem> {
    let title = member.text().with("departure-title", "organization", &member.0.organization);
    show(&DeparturePage { page: Page::of(&member.0, "settings", title), filled })
}

/// `POST /departure`
pub async fn leave(State(web): State<Web>, member: Member, headers: HeaderMap) -> Result<Response, Problem> {
    match web.app().members.leave(&member.0.actor).await {
        Ok(()) => {
            let mut response = Redirect::to("/sign-in?after=sign-out").into_response();
            session::forget(response.headers_mut());
            Ok(response)
        }
        Err(Error::Rule(Broken::Member(rule))) if wants_page(&headers) => {
            let page = departure_page(&member, Filled::default().faulty("form", words(member.text(), rule)))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
