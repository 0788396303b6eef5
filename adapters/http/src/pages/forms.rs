//! The forms of the organization, and a new one.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::Permission,
    form::{FormField, Notice},
    id::FormId,
};
use qualify_usecases::{Broken, CreateForm, Error};

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{
        choices,
        form_settings::{Sections, Typed, suggested},
    },
    problem::{Problem, wants_page},
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/forms.html")]
struct FormsPage {
    page: Page,
    forms: Vec<Tile>,
    may_manage: bool,
}

struct Tile {
    id: FormId,
    name: String,
    language: &'static str,
    legal_basis: String,
    made: String,
}

#[derive(Template)]
#[template(path = "pages/form_new.html")]
struct NewFormPage {
    page: Page,
    filled: Filled,
    shown: Sections,
}

/// `GET /forms`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let t = member.text();
    let calendar = web.calendar(&member.0);
    let forms = web.app().forms.list(&member.0.actor).await?;
    let tiles = forms.iter().map(|form| Tile {
        id: form.id,
        name: form.settings.name.to_string(),
        language: choices::language_name(form.settings.language),
        legal_basis: choices::legal_basis(t, form.settings.legal_basis),
        made: calendar.day(form.created_at),
    });
    show(&FormsPage {
        page: Page::of(&member.0, "forms", t.get("nav-forms")),
        forms: tiles.collect(),
        may_manage: member.0.actor.may(Permission::ManageForms),
    })
}

/// `GET /forms/new`
pub async fn new(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let language = web.app().settings.language(&member.0.actor).await?;
    // Who is responsible stays the same from form to form.
    let latest = web.app().forms.list(&member.0.actor).await?.pop();
    let usual = || Notice::usual(&member.0.organization, &member.0.email, language).map_err(|_| Problem::bad_request());
    let notice = latest.map_or_else(usual, |form| Ok(form.settings.notice))?;
    new_form_page(&member, suggested(language, &notice))
}

fn new_form_page(member: &Member, filled: Filled) -> Result<Response, Problem> {
    let page = Page::of(&member.0, "forms", member.text().get("form-new"));
    show(&NewFormPage { page, filled, shown: Sections::all() })
}

/// `POST /forms`
pub async fn create(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let typed = Typed::read(&posted)?;
    let outcome = match typed.parse(FormField::usual()) {
        Ok(settings) => web.app().forms.create(&member.0.actor, CreateForm { settings }).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(id) => Ok(Redirect::to(&format!("/forms/{id}/embed?said=created")).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = new_form_page(&member, typed.filled().faulty_all(&faults, member.text()))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Error::Rule(Broken::PlanFull(refused))) if wants_page(&headers) => {
            let page = new_form_page(&member, typed.filled().full(refused, member.text()))?;
            Ok((StatusCode::PAYMENT_REQUIRED, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
