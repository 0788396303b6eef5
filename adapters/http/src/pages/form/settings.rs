//! How a form is set: what it tells and asks consent for, what holds spam back, what follows.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{form::Form, id::FormId, violation::Violations};
use qualify_usecases::Error;

use super::{back_to, fields::told_faults, parse};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::form_settings::{self, Typed},
    problem::{Problem, wants_page},
    public::{
        consents::{self, Consent},
        notice::{self, Part},
    },
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
    consents: Vec<Consent>,
    notice: Vec<Part>,
}

/// `GET /forms/{id}/settings`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let form = web.app().forms.fields(&member.0.actor, parse(&id)?).await?.form;
    let filled = form_settings::of(&form.settings);
    settings_page(&member, &form, filled)
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
    Ok((status, settings_page(&member, &form, filled)?).into_response())
}

fn of_fields(faults: &Violations) -> Violations {
    let mut told = Violations::default();
    let found = faults.iter().filter(|fault| fault.field.starts_with("fields"));
    found.for_each(|fault| told.add(fault.field.clone(), fault.rule));
    told
}

fn settings_page(member: &Member, form: &Form, filled: Filled) -> Result<Response, Problem> {
    let settings = &form.settings;
    let visitors = Text::new(settings.language);
    show(&SettingsPage {
        page: Page::of(&member.0, "forms", member.text().get("form-settings")),
        filled,
        id: form.id,
        name: settings.name.to_string(),
        version: form.version,
        consents: consents::asked(settings, &[]),
        notice: notice::parts(settings, &member.0.organization, visitors),
    })
}
