//! How a form comes onto a website: what to paste, and the address that it has there.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use qualify_domain::{access::Permission, id::FormId};

use super::{
    Coming, parse,
    received::{self, Part, Row},
    snippets::{self, Snippets},
    tabs::{self, Tab},
};
use crate::{
    actor::Member,
    page::{Page, show},
    problem::Problem,
    web::Web,
};

/// How many submissions stand there: whoever pastes the form sees the first arrive.
const ARRIVED: usize = 3;

#[derive(Template)]
#[template(path = "pages/form/embed.html")]
struct EmbedPage {
    page: Page,
    tabs: Vec<Tab>,
    id: FormId,
    name: String,
    said: String,
    hosted_url: String,
    snippets: Snippets,
    /// The websites that may use it.
    origins: Vec<String>,
    sees_submissions: bool,
    /// The latest submissions.
    arrived: Vec<Row>,
    may_manage: bool,
}

/// `GET /forms/{id}/embed`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let (t, actor) = (member.text(), &member.0.actor);
    let said = match Coming::read(coming)?.said.as_str() {
        "created" => t.get("form-created"),
        "rotated" => t.get("rotated"),
        _ => String::new(),
    };
    let form = web.app().forms.open(actor, parse(&id)?).await?.form;
    let latest = received::list(&web, &member, form.id, Part::default()).await?.items;
    let calendar = web.calendar(&member.0);
    show(&EmbedPage {
        page: Page::of(&member.0, "forms", t.get("form-embed")),
        tabs: tabs::of(&member.0, form.id, "embed"),
        id: form.id,
        name: form.settings.name.to_string(),
        said,
        hosted_url: snippets::hosted_url(web.site(), &form),
        snippets: Snippets::of(web.site(), &form, &member.0.organization),
        origins: form.settings.allowed_origins.iter().map(|origin| (**origin).to_owned()).collect(),
        sees_submissions: actor.may(Permission::ReadSubmissions),
        arrived: latest.iter().take(ARRIVED).map(|one| received::row(one, &form, t, &calendar)).collect(),
        may_manage: actor.may(Permission::ManageForms),
    })
}
