//! How a form is set: what it tells and asks consent for, what holds spam back, what follows. Each section has a tab, and
//! all of them are sent together: what a tab does not show goes with it as it was.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
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
    Coming,
    fields::told_faults,
    parse,
    preview::{self, Preview},
    tabs::{self, Tab},
};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{
        choices,
        form_settings::{self, Section, Sections, Typed},
    },
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form/settings.html")]
struct SettingsPage {
    page: Page,
    tabs: Vec<Tab>,
    said: String,
    filled: Filled,
    id: FormId,
    name: String,
    version: i32,
    /// The word of the section whose tab is open.
    open: &'static str,
    shown: Sections,
    /// What the other sections hold: the names of their fields, and the values.
    kept: Vec<(&'static str, String)>,
    preview: Preview,
}

/// What the address of a tab may say.
type Said = Result<Query<Coming>, QueryRejection>;

/// `GET /forms/{id}/settings`
pub async fn general(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Problem> {
    open(&web, &member, &id, said, Section::General).await
}

/// `GET /forms/{id}/notice`
pub async fn notice(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Problem> {
    open(&web, &member, &id, said, Section::Notice).await
}

/// `GET /forms/{id}/spam`
pub async fn spam(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Problem> {
    open(&web, &member, &id, said, Section::Spam).await
}

/// `GET /forms/{id}/after`
pub async fn after(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    said: Said,
) -> Result<Response, Problem> {
    open(&web, &member, &id, said, Section::After).await
}

async fn open(web: &Web, member: &Member, id: &str, said: Said, section: Section) -> Result<Response, Problem> {
    let is_saved = Coming::read(said)?.said == "saved";
    let said = if is_saved { member.text().get("form-saved") } else { String::new() };
    let form = web.app().forms.fields(&member.0.actor, parse(id)?).await?.form;
    let filled = form_settings::of(&form.settings);
    let preview = previewed(member, &form, &form.settings, None);
    let shown = Sections::of(section, &Violations::default());
    show(&SettingsPage { said, ..page(member, &form, (section, shown), filled, preview) })
}

/// The section whose tab was open, and the rest of what was sent.
fn opened(posted: Posted) -> Result<(Section, Posted), Problem> {
    let (word, posted) = posted.apart("tab")?;
    let section = Section::read(&word).ok_or_else(Problem::bad_request)?;
    Ok((section, posted))
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
    let (section, posted) = opened(posted)?;
    let typed = Typed::read(&posted)?;
    let version: i32 = typed.version.parse().map_err(|_| Problem::bad_request())?;
    let (forms, actor) = (&web.app().forms, &member.0.actor);
    let form = forms.fields(actor, id).await?.form;
    let outcome = match typed.parse(form.settings.fields.clone()) {
        Ok(settings) => forms.change(actor, id, version, settings).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let t = member.text();
    let (status, filled, faults, seen) = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("/forms/{id}/{}?said=saved", section.word())).into_response()),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            // What is wrong with the fields has no place on this page.
            let words = [t.get("form-not-published"), told_faults(&of_fields(&faults), t)].join(" ");
            let filled = typed.filled().faulty("form", words.trim_end()).faulty_all(&faults, t);
            (StatusCode::UNPROCESSABLE_ENTITY, filled, faults, Some(version))
        }
        Err(Error::Stale) if wants_page(&headers) => {
            (StatusCode::CONFLICT, typed.filled().faulty("form", t.get("form-stale")), Violations::default(), None)
        }
        Err(error) => return Err(error.into()),
    };
    // Read again: whoever was quicker is what the next try is compared with, once it has been seen.
    let form = forms.fields(actor, id).await?.form;
    let (version, shown) = match seen {
        Some(version) => (version, Sections::of(section, &faults)),
        None => (form.version, Sections::differing(section, &filled, &form_settings::of(&form.settings))),
    };
    let settings = typed.parse(form.settings.fields.clone()).unwrap_or_else(|_| form.settings.clone());
    let preview = previewed(&member, &form, &settings, None);
    let page = page(&member, &form, (section, shown), filled, preview);
    Ok((status, show(&SettingsPage { version, ..page })?).into_response())
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
    let (section, posted) = opened(posted)?;
    let (typed, t) = (Typed::read(&posted)?, member.text());
    let version: i32 = typed.version.parse().map_err(|_| Problem::bad_request())?;
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
    let shown = Sections::of(section, &faults);
    let page = page(&member, &form, (section, shown), typed.filled().faulty_all(&faults, t), preview);
    Ok((preview::status(&headers, &faults), show(&SettingsPage { version, ..page })?).into_response())
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

/// The page of a section, or of several where one alone would not tell what is to be seen.
fn page(
    member: &Member,
    form: &Form,
    (section, shown): (Section, Sections),
    filled: Filled,
    preview: Preview,
) -> SettingsPage {
    let open = shown.open(section);
    SettingsPage {
        page: Page::of(&member.0, "forms", member.text().get(open.title())),
        tabs: tabs::of(&member.0, form.id, open.word()),
        said: String::new(),
        kept: shown.kept(&filled),
        filled,
        open: open.word(),
        shown,
        id: form.id,
        name: form.settings.name.to_string(),
        version: form.version,
        preview,
    }
}
