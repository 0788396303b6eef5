//! A form: what to paste into a website, what it received, how it is set.

pub mod field;
pub mod fields;
pub mod settings;
mod snippets;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::Permission,
    activity::Author,
    form::{Edition, Form, changes},
    id::{FormId, SubmissionId},
    spam::{SpamReason, Verdict},
    submission::Submission,
};
use qualify_usecases::{Error, FormFile};
use serde::Deserialize;

use self::snippets::Snippets;
use crate::{
    actor::Member,
    fields::Posted,
    moment::{Calendar, Moment},
    page::{Page, show},
    pages::{
        choices,
        facts::{self, Fact},
    },
    problem::{Problem, wants_page},
    public::inputs::label,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form.html")]
#[expect(clippy::struct_excessive_bools, reason = "what the page shows or leaves out")]
struct FormPage {
    page: Page,
    trouble: String,
    id: FormId,
    name: String,
    version: i32,
    said: String,
    hosted_url: String,
    snippets: Snippets,
    sees_submissions: bool,
    submissions: Vec<Row>,
    undeclared: Vec<String>,
    editions: Vec<EditionRow>,
    asked: Vec<String>,
    has_draft: bool,
    may_manage: bool,
    may_release: bool,
    facts: Vec<Fact>,
}

/// An edition, and what was new in it.
struct EditionRow {
    version: i32,
    at: Moment,
    who: String,
    changes: Vec<String>,
    is_current: bool,
}

struct Row {
    id: SubmissionId,
    person: String,
    reach: String,
    message: String,
    own: Vec<Fact>,
    lead: String,
    reasons: String,
    at: Moment,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    said: String,
}

/// `GET /forms/{id}`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let t = member.text();
    let said = match coming.map(|Query(coming)| coming.said).unwrap_or_default().as_str() {
        "created" => t.get("form-created"),
        "saved" => t.get("form-saved"),
        "rotated" => t.get("rotated"),
        "released" => t.get("released"),
        "discarded" => t.get("discarded"),
        "published" => t.get("form-published"),
        "restored" => t.get("form-restored"),
        _ => String::new(),
    };
    let file = web.app().forms.open(&member.0.actor, parse(&id)?).await?;
    show(&form_page(&web, &member, &file, String::new(), said))
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
    let file = web.app().forms.open(&member.0.actor, id).await?;
    Ok((status, show(&form_page(&web, &member, &file, words, String::new()))?).into_response())
}

/// `POST /forms/{id}/public-id`
pub async fn rotate(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = parse(&id)?;
    web.app().forms.rotate(&member.0.actor, id).await?;
    Ok(back_to(id, "rotated"))
}

/// `POST /forms/{id}/submissions/{submission}/release`
pub async fn release(
    State(web): State<Web>,
    member: Member,
    Path((id, submission)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = parse(&id)?;
    web.app().submissions.release(&member.0.actor, parse(&submission)?).await?;
    Ok(back_to(id, "released"))
}

/// `POST /forms/{id}/submissions/{submission}/removal`
pub async fn discard(
    State(web): State<Web>,
    member: Member,
    Path((id, submission)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = parse(&id)?;
    web.app().submissions.discard(&member.0.actor, parse(&submission)?).await?;
    Ok(back_to(id, "discarded"))
}

fn back_to(id: FormId, said: &str) -> Response {
    Redirect::to(&format!("/forms/{id}?said={said}")).into_response()
}

fn form_page(web: &Web, member: &Member, file: &FormFile, trouble: String, said: String) -> FormPage {
    let t = member.text();
    let (form, actor) = (&file.form, &member.0.actor);
    let calendar = web.calendar(&member.0);
    let name = form.settings.name.to_string();
    let hint = |field: &qualify_ports::storage::UndeclaredField| t.times("undeclared-hint", &field.name, field.times);
    FormPage {
        page: Page::of(&member.0, "forms", &name),
        trouble,
        id: form.id,
        name,
        version: form.version,
        said,
        hosted_url: snippets::hosted_url(web.site(), form),
        snippets: Snippets::of(web.site(), form, &member.0.organization),
        sees_submissions: actor.may(Permission::ReadSubmissions),
        submissions: file.submissions.iter().map(|submission| row(submission, form, t, &calendar)).collect(),
        undeclared: file.undeclared.iter().map(hint).collect(),
        editions: editions(file, t, &calendar),
        asked: form.settings.fields.iter().map(|field| label(field, t)).collect(),
        has_draft: file.has_draft,
        may_manage: actor.may(Permission::ManageForms),
        may_release: actor.may(Permission::ReleaseSubmission),
        facts: settings_in_words(form, t),
    }
}

fn editions(file: &FormFile, t: Text, calendar: &Calendar) -> Vec<EditionRow> {
    let who = |author: Option<Author>| match author {
        Some(Author::Member(user)) => {
            let member = file.members.iter().find(|member| member.membership.user == user);
            member.map(|member| format!("{} {}", member.first_name, member.last_name)).unwrap_or_default()
        }
        _ => String::new(),
    };
    let former = |edition: &Edition| file.editions.iter().find(|other| other.version < edition.version);
    let row = |edition: &Edition| EditionRow {
        version: edition.version,
        at: calendar.moment(edition.at),
        who: who(edition.author),
        changes: former(edition)
            .map(|former| changes(&former.settings, &edition.settings).iter().map(|one| fields::told(one, t)).collect())
            .unwrap_or_default(),
        is_current: edition.version == file.form.version,
    };
    file.editions.iter().map(row).collect()
}

fn row(submission: &Submission, form: &Form, t: Text, calendar: &Calendar) -> Row {
    let answers = &submission.answers;
    let phone = answers.phone.as_ref().map(qualify_domain::text::Phone::written);
    let mut known = [answers.name.as_deref(), answers.email.as_deref(), phone].into_iter().flatten();
    let person = known.next().map_or_else(|| t.get("nameless"), str::to_owned);
    let reasons = match &submission.verdict {
        Verdict::Accepted => String::new(),
        Verdict::Quarantined(reasons) => reasons.iter().map(|reason| told(t, *reason)).collect::<Vec<_>>().join(", "),
    };
    Row {
        id: submission.id,
        person,
        reach: known.next().unwrap_or_default().to_owned(),
        message: answers.message.as_deref().unwrap_or_default().to_owned(),
        own: facts::own_answers(answers, Some(form), t, calendar),
        lead: submission.lead.map(|lead| lead.to_string()).unwrap_or_default(),
        reasons,
        at: calendar.moment(submission.received_at),
    }
}

fn told(t: Text, reason: SpamReason) -> String {
    match reason {
        SpamReason::Honeypot => t.get("spam-honeypot"),
        SpamReason::TokenMissing => t.get("spam-token-missing"),
        SpamReason::TokenForged => t.get("spam-token-forged"),
        SpamReason::TooFast => t.get("spam-too-fast"),
        SpamReason::TooOld => t.get("spam-too-old"),
        SpamReason::WorkMissing => t.get("spam-work-missing"),
        SpamReason::WorkInvalid => t.get("spam-work-invalid"),
        SpamReason::WorkReused => t.get("spam-work-reused"),
    }
}

/// The settings for those who may look but not change.
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
