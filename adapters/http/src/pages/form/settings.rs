//! How a form is set: what it tells and asks consent for, what holds spam back, what follows.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    form::{Form, FormSettings, Purpose},
    id::FormId,
    language::Language,
    violation::Violations,
};
use qualify_usecases::Error;

use super::{
    back_to,
    fields::told_faults,
    parse,
    preview::{self, Preview},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{
        choices,
        form_settings::{self, Typed},
    },
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form/settings.html")]
struct SettingsPage {
    page: Page,
    filled: Filled,
    id: FormId,
    name: String,
    version: i32,
    preview: Preview,
}

/// `GET /forms/{id}/settings`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let form = web.app().forms.fields(&member.0.actor, parse(&id)?).await?.form;
    let filled = form_settings::of(&form.settings);
    show(&page(&member, &form, filled, previewed(&member, &form, &form.settings, None)))
}

/// `POST /forms/{id}/settings`
pub async fn change(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id: FormId = parse(&id)?;
    let typed = Typed::read(&posted)?;
    let version: i32 = typed.version.parse().map_err(|_| Problem::bad_request())?;
    let (forms, actor) = (&web.app().forms, &member.0.actor);
    let form = forms.fields(actor, id).await?.form;
    let outcome = match typed.parse(form.settings.fields.clone()) {
        Ok(settings) => forms.change(actor, id, version, settings).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let t = member.text();
    let (status, filled) = match outcome {
        Ok(()) => return Ok(back_to(id, "saved")),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            // What is wrong with the fields has no place on this page.
            let words = [t.get("form-not-published"), told_faults(&of_fields(&faults), t)].join(" ");
            let filled = typed.filled().faulty("form", words.trim_end());
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t))
        }
        Err(Error::Stale) if wants_page(&headers) => {
            (StatusCode::CONFLICT, typed.filled().faulty("form", t.get("form-stale")))
        }
        Err(error) => return Err(error.into()),
    };
    // Read again: whoever was quicker is what the next try is compared with.
    let form = forms.fields(actor, id).await?.form;
    let settings = typed.parse(form.settings.fields.clone()).unwrap_or_else(|_| form.settings.clone());
    let page = page(&member, &form, filled, previewed(&member, &form, &settings, None));
    Ok((status, show(&page)?).into_response())
}

/// `POST /forms/{id}/settings/preview`: what visitors would read by the settings as they are typed. Nothing is kept.
pub async fn look(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (wish, posted) = preview::wish(posted)?;
    let (typed, t) = (Typed::read(&posted)?, member.text());
    let form = web.app().forms.fields(&member.0.actor, parse(&id)?).await?.form;
    let (settings, faults) = match typed.parse(form.settings.fields.clone()) {
        Ok(settings) => (settings, Violations::default()),
        Err(faults) if wants_page(&headers) => (form.settings.clone(), faults),
        Err(faults) => return Err(Error::Invalid(faults).into()),
    };
    let mut preview = previewed(&member, &form, &settings, wish);
    if !faults.is_empty() {
        preview = preview.faulty(preview::told(&faults, t, |name| part(t, name)), &headers);
    }
    let page = page(&member, &form, typed.filled().faulty_all(&faults, t), preview);
    Ok((preview::status(&headers, &faults), show(&page)?).into_response())
}

/// What visitors read of a form with these settings.
fn previewed(member: &Member, form: &Form, settings: &FormSettings, wish: Option<Language>) -> Preview {
    let (title, at) = (member.text().get("form-told"), format!("/forms/{}/settings/preview", form.id));
    Preview::of(title, at, settings, &member.0.organization, wish).following().without_fields()
}

/// How a part of the settings is called on their page.
fn part(t: Text, name: &str) -> String {
    let purpose = Purpose::ALL.into_iter().find(|one| one.field() == name);
    match (purpose, name) {
        (Some(purpose), _) => choices::purpose(t, purpose),
        (None, "name") => t.get("form-name"),
        (None, "language") => t.get("form-language"),
        (None, "legal_basis") => t.get("legal-basis"),
        (None, "consent_wording") => t.get("consent-wording"),
        (None, "allowed_origins") => t.get("form-origins"),
        (None, "thank_you") => t.get("form-thank-you"),
        (None, "known_person") => t.get("known-person"),
        (None, "controller" | "contact" | "purpose" | "retention" | "recipients") => t.get(&format!("notice-{name}")),
        _ => String::new(),
    }
}

fn of_fields(faults: &Violations) -> Violations {
    let mut told = Violations::default();
    let found = faults.iter().filter(|fault| fault.field.starts_with("fields"));
    found.for_each(|fault| told.add(fault.field.clone(), fault.rule));
    told
}

fn page(member: &Member, form: &Form, filled: Filled, preview: Preview) -> SettingsPage {
    SettingsPage {
        page: Page::of(&member.0, "forms", member.text().get("form-settings")),
        filled,
        id: form.id,
        name: form.settings.name.to_string(),
        version: form.version,
        preview,
    }
}
