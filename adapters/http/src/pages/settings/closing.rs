//! The end of the organization: its owner asks for it by typing its name, and undoes it with one word (RET-6, RET-7).

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use qualify_usecases::{Broken, Error};

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, closing, show},
    problem::Problem,
    web::Web,
};

const HERE: &str = "/settings/organization/deletion";

#[derive(Template)]
#[template(path = "pages/settings/closing.html")]
struct ClosingPage {
    page: Page,
    filled: Filled,
    organization: String,
    /// When it will be deleted, in words; empty if it goes on.
    ends: String,
}

/// `GET /settings/organization/deletion`
pub async fn open(member: Member) -> Result<Response, Problem> {
    closing_page(&member, Filled::default())
}

fn closing_page(member: &Member, filled: Filled) -> Result<Response, Problem> {
    let title = member.text().get("closing-title");
    let page = Page { title, ..super::page(&member.0, super::organization::HERE) };
    let ends = member.0.closing.map(|ends| closing(&member.0, ends, member.text())).unwrap_or_default();
    show(&ClosingPage { page, filled, organization: member.0.organization.to_string(), ends })
}

/// `POST /settings/organization/deletion`
pub async fn close(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [name] = posted.only(["name"])?;
    match web.app().closings.close(&member.0.actor, &name).await {
        Ok(_) => Ok(Redirect::to(HERE).into_response()),
        Err(Error::Rule(Broken::NotConfirmed)) => {
            let filled = Filled::default().faulty("name", member.text().get("closing-other-name"));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, closing_page(&member, filled)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /settings/organization/reopening`
pub async fn reopen(State(web): State<Web>, member: Member, posted: Posted) -> Result<Redirect, Problem> {
    let [] = posted.only([])?;
    web.app().closings.reopen(&member.0.actor).await?;
    Ok(Redirect::to(HERE))
}
