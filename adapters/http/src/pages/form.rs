//! A form at a glance: what it asks, how it is set, which versions there were. Each part of it has a tab.

mod details;
pub mod editions;
pub mod embed;
pub mod field;
pub mod fields;
mod marks;
mod preview;
pub mod received;
pub mod settings;
mod snippets;
mod tabs;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{access::Permission, form::Form, id::FormId};
use qualify_usecases::{Error, FormFile};
use serde::Deserialize;

use self::{editions::EditionRow, received::Part, tabs::Tab};
use crate::{
    actor::Member,
    fields::Posted,
    moment::Calendar,
    page::{Page, show},
    pages::{choices, facts::Fact},
    problem::{Problem, wants_page},
    public::inputs::label,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form.html")]
struct FormPage {
    page: Page,
    tabs: Vec<Tab>,
    trouble: String,
    id: FormId,
    name: String,
    version: i32,
    said: String,
    hosted_url: String,
    undeclared: Vec<String>,
    editions: Vec<EditionRow>,
    has_older_editions: bool,
    asked: Vec<String>,
    has_draft: bool,
    may_manage: bool,
    facts: Vec<Fact>,
}

/// How many versions the page shows; the others have a page of their own.
const EDITIONS: usize = 5;

/// What the address of a form's page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    said: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    after: String,
}

impl Coming {
    fn read(coming: Result<Query<Self>, QueryRejection>) -> Result<Self, Problem> {
        coming.map(|Query(coming)| coming).map_err(|_| Problem::bad_request())
    }

    fn part(&self) -> Result<Part, Problem> {
        Part::read(&self.show, &self.after).ok_or_else(Problem::bad_request)
    }
}

/// `GET /forms/{id}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let t = member.text();
    let said = match Coming::read(coming)?.said.as_str() {
        "published" => t.get("form-published"),
        "restored" => t.get("form-restored"),
        _ => String::new(),
    };
    let page = form_page(&web, &member, parse(&id)?).await?;
    show(&FormPage { said, ..page })
}

fn parse<I: std::str::FromStr>(raw: &str) -> Result<I, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

/// `POST /forms/{id}/editions/{version}/restoration`
pub async fn restore(
    State(web): State<Web>,
    member: Member,
    Path((id, edition)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [version] = posted.only(["version"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let (id, edition) = (parse(&id)?, parse(&edition)?);
    let t = member.text();
    let (status, words) = match web.app().forms.restore(&member.0.actor, id, version, edition).await {
        Ok(()) => return Ok(back_to(id, "restored")),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let faults = fields::told_faults(&faults, t);
            (StatusCode::UNPROCESSABLE_ENTITY, t.with("form-not-restored", "faults", faults))
        }
        Err(Error::Stale) if wants_page(&headers) => (StatusCode::CONFLICT, t.get("form-stale")),
        Err(error) => return Err(error.into()),
    };
    let page = FormPage { trouble: words, ..form_page(&web, &member, id).await? };
    Ok((status, show(&page)?).into_response())
}

/// `POST /forms/{id}/public-id`
pub async fn rotate(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = parse(&id)?;
    web.app().forms.rotate(&member.0.actor, id).await?;
    Ok(Redirect::to(&format!("/forms/{id}/embed?said=rotated")).into_response())
}

fn back_to(id: FormId, said: &str) -> Response {
    Redirect::to(&format!("/forms/{id}?said={said}")).into_response()
}

async fn form_page(web: &Web, member: &Member, id: FormId) -> Result<FormPage, Problem> {
    let file = web.app().forms.open(&member.0.actor, id).await?;
    let t = member.text();
    let (form, actor) = (&file.form, &member.0.actor);
    let calendar = web.calendar(&member.0);
    let name = form.settings.name.to_string();
    let hint = |field: &qualify_ports::storage::UndeclaredField| t.times("undeclared-hint", &field.name, field.times);
    Ok(FormPage {
        page: Page::of(&member.0, "forms", &name),
        tabs: tabs::of(&member.0, id, ""),
        trouble: String::new(),
        id: form.id,
        name,
        version: form.version,
        said: String::new(),
        hosted_url: snippets::hosted_url(web.site(), form),
        undeclared: file.undeclared.iter().map(hint).collect(),
        editions: editions(&file, t, &calendar),
        has_older_editions: file.editions.len() > EDITIONS,
        asked: form.settings.fields.iter().map(|field| label(field, t)).collect(),
        has_draft: file.has_draft,
        may_manage: actor.may(Permission::ManageForms),
        facts: settings_in_words(form, t),
    })
}

/// The latest versions, each beside the one before it.
fn editions(file: &FormFile, t: Text, calendar: &Calendar) -> Vec<EditionRow> {
    let latest = file.editions.iter().take(EDITIONS).enumerate();
    let former = |place: usize| file.editions.get(place + 1);
    let row =
        |(place, edition)| EditionRow::of(edition, former(place), file.form.version, &file.members, (t, calendar));
    latest.map(row).collect()
}

/// The settings at a glance.
fn settings_in_words(form: &Form, t: Text) -> Vec<Fact> {
    let settings = &form.settings;
    let origins: Vec<&str> = settings.allowed_origins.iter().map(|origin| &**origin).collect();
    let purposes = settings.purposes.iter().map(|one| (choices::purpose(t, one.purpose), one.wording.to_string()));
    let facts = [
        (t.get("form-language"), choices::language_name(settings.language).to_owned()),
        (t.get("legal-basis"), choices::legal_basis(t, settings.legal_basis)),
        (t.get("consent-wording"), settings.consent_wording.as_deref().unwrap_or_default().to_owned()),
        (t.get("form-notice"), settings.notice.written().to_string()),
        (t.get("form-origins"), origins.join("\n")),
        (t.get("form-thank-you"), settings.thank_you.as_deref().unwrap_or_default().to_owned()),
    ];
    facts.into_iter().chain(purposes).filter(|(_, value)| !value.is_empty()).collect()
}
