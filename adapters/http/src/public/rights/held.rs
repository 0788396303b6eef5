//! What is kept of whoever came in by a link, and what they can ask further.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use qualify_domain::{
    consent::{Consent, Matter, Standing, State as Standings},
    form::LegalBasis,
    id::FormId,
    lead::Source,
    rights_request::Right,
    submission::Submission,
    text::{Line, Message, Phone},
    violation::Violations,
};
use qualify_ports::storage::Wish;
use qualify_usecases::{Broken, Error, Further, Held, HeldLead, PrivacyDoor, Served};

use super::{
    link::{erased, over},
    page_of, right_name, text_in,
};
use crate::{
    actor::Reader,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Page, show},
    pages::{
        choices,
        facts::{self, Fact},
        lead::zipped,
        score_card::ScoreCard,
    },
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "public/rights/held.html")]
struct HeldPage {
    page: Page,
    slug: String,
    organization: String,
    /// What lets the next form of this page know who sends it.
    session: String,
    address: String,
    filled: Filled,
    said: String,
    leads: Vec<Part>,
    loose: Vec<Sent>,
    rights: Vec<(&'static str, String)>,
    /// What happens at once.
    further: String,
}

/// One lead, as its person sees it.
struct Part {
    facts: Vec<Fact>,
    submissions: Vec<Sent>,
    consents: Vec<Fact>,
    score: Option<ScoreCard>,
    notes: Vec<(Moment, String)>,
}

/// One submission.
struct Sent {
    at: Moment,
    form: String,
    facts: Vec<Fact>,
}

/// `POST /o/{slug}/privacy/held`
pub async fn look(
    State(web): State<Web>,
    Path(slug): Path<String>,
    Reader(browser): Reader,
    posted: Posted,
) -> Result<Response, Problem> {
    let [session, lang] = posted.only(["session", "lang"])?;
    let t = text_in(&lang, browser);
    let door = web.app().rights.door(&slug).await?;
    held_page(&web, &door, t, &session, Filled::default(), String::new()).await
}

/// `POST /o/{slug}/privacy/copy`
pub async fn copy(
    State(web): State<Web>,
    Path(slug): Path<String>,
    Reader(browser): Reader,
    posted: Posted,
) -> Result<Response, Problem> {
    let [session, lang] = posted.only(["session", "lang"])?;
    let t = text_in(&lang, browser);
    let door = web.app().rights.door(&slug).await?;
    match web.app().rights.copy(&door.actor, &session).await {
        Ok(bytes) => Ok(zipped(bytes, web.public_calendar(t).today())),
        Err(Error::TooOften(seconds)) => {
            let filled = Filled::default().faulty("form", t.get("rights-many"));
            let page = held_page(&web, &door, t, &session, filled, String::new()).await?;
            Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        // Which one it is, is the organization's own affair.
        Err(Error::Rule(Broken::ExportRuns(_, seconds))) => {
            let filled = Filled::default().faulty("form", t.get("rights-copy-runs"));
            let page = held_page(&web, &door, t, &session, filled, String::new()).await?;
            Ok((StatusCode::CONFLICT, [(header::RETRY_AFTER, seconds.to_string())], page).into_response())
        }
        Err(error) => over(error, &door, t),
    }
}

/// `POST /o/{slug}/privacy/requests`
pub async fn ask(
    State(web): State<Web>,
    Path(slug): Path<String>,
    Reader(browser): Reader,
    posted: Posted,
) -> Result<Response, Problem> {
    let fields = ["session", "right", "words", "name", "phone", "company", "lang"];
    let [session, right, words, name, phone, company, lang] = posted.only(fields)?;
    let t = text_in(&lang, browser);
    let door = web.app().rights.door(&slug).await?;
    let filled = Filled::default()
        .with("right", &*right)
        .with("words", &*words)
        .with("name", &*name)
        .with("phone", &*phone)
        .with("company", &*company);
    let mut faults = Violations::default();
    let wanted = faults.keep("right", right.parse::<Right>());
    let said = faults.keep("words", Message::parse_optional(&words));
    let name = faults.keep("name", Line::parse_optional(&name)).flatten();
    let phone = faults.keep("phone", Line::parse_optional(&phone)).flatten();
    let company = faults.keep("company", Line::parse_optional(&company)).flatten();
    let outcome = match (wanted, said) {
        (Some(right), Some(words)) if faults.is_empty() => {
            let wish = Wish { name, phone, company };
            let command = Further { right, words, wish, language: t.language() };
            web.app().rights.ask_further(&door.actor, &session, command).await
        }
        _ => Err(Error::Invalid(faults)),
    };
    let (status, filled, said, wait) = match outcome {
        Ok(Served::Erased) => return erased(&door, t),
        Ok(Served::Done) => (StatusCode::OK, Filled::default(), t.get("rights-served"), None),
        Ok(Served::Left) => (StatusCode::OK, Filled::default(), t.get("rights-taken"), None),
        Err(Error::Invalid(faults)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, t), String::new(), None)
        }
        Err(Error::TooOften(seconds)) => {
            let filled = filled.faulty("form", t.get("rights-many"));
            (StatusCode::TOO_MANY_REQUESTS, filled, String::new(), Some(seconds))
        }
        Err(error) => return over(error, &door, t),
    };
    let page = held_page(&web, &door, t, &session, filled, said).await?;
    // What the link opened may be closed by now: then the page says that.
    if page.status() != StatusCode::OK {
        return Ok(page);
    }
    let wait = wait.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    Ok((status, wait, page).into_response())
}

/// The page with all that is kept.
pub(super) async fn held_page(
    web: &Web,
    door: &PrivacyDoor,
    t: Text,
    session: &str,
    filled: Filled,
    said: String,
) -> Result<Response, Problem> {
    let held = match web.app().rights.held(&door.actor, session).await {
        Ok(held) => held,
        Err(error) => return over(error, door, t),
    };
    let calendar = web.public_calendar(t);
    let teller = Teller { held: &held, t, calendar: &calendar };
    let asks = Right::ALL.iter().filter(|right| **right != Right::Access);
    let page = HeldPage {
        page: page_of(t, door),
        slug: door.slug.to_string(),
        organization: door.organization.to_string(),
        session: session.to_owned(),
        address: held.address.to_string(),
        filled,
        said,
        leads: held.leads.iter().map(|lead| teller.part(lead)).collect(),
        loose: held.loose.iter().map(|one| teller.sent(one)).collect(),
        rights: asks.map(|right| (right.code(), right_name(t, *right))).collect(),
        further: t.get(if held.erases { "rights-further-erases" } else { "rights-further-help" }),
    };
    show(&page)
}

/// Tells what is kept.
struct Teller<'a> {
    held: &'a Held,
    t: Text,
    calendar: &'a Calendar,
}

impl Teller<'_> {
    fn part(&self, held: &HeldLead) -> Part {
        let (t, lead) = (self.t, &held.lead);
        let score = held.score.as_ref();
        let day = |at| self.calendar.moment(at).full;
        let source = match lead.source {
            Source::Form => t.get("rights-source-form"),
            Source::Api(_) => t.get("rights-source-api"),
            Source::Import(_) => t.get("rights-source-import"),
            Source::Member => t.get("rights-source-member"),
        };
        let source = held.brought_from.as_ref().map_or(source.clone(), |from| format!("{source} ({from})"));
        let basis = match lead.legal_basis {
            LegalBasis::Consent => t.get("public-basis-consent"),
            LegalBasis::LegitimateInterest => t.get("public-basis-legitimate-interest"),
        };
        let text = |words: Option<&str>| words.unwrap_or_default().to_owned();
        let known = [
            ("name", text(lead.name.as_deref())),
            ("email", text(lead.email.as_deref())),
            ("phone", text(lead.phone.as_ref().map(Phone::written))),
            ("company", text(lead.company.as_deref())),
        ];
        let about = [
            ("rights-source", source),
            ("notice-basis", basis),
            ("rights-since", day(lead.created_at)),
            ("rights-last", day(lead.last_submission_at)),
            ("rights-tags", lead.tags.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        ];
        let own = self.held.properties.iter().filter_map(|property| {
            let value = lead.properties.get(property.id)?;
            Some((property.name.to_string(), value.written()))
        });
        let facts = known.into_iter().chain(about).filter(|(_, words)| !words.is_empty());
        Part {
            facts: facts.map(|(key, words)| (t.get(key), words)).chain(own).collect(),
            submissions: held.submissions.iter().map(|one| self.sent(one)).collect(),
            consents: held.consents.iter().map(|one| self.consent(one, &held.standings)).collect(),
            score: score.map(|score| ScoreCard::of(t, self.calendar, score, &self.held.forms, &self.held.properties)),
            notes: held.notes.iter().map(|(at, words)| (self.calendar.moment(*at), words.to_string())).collect(),
        }
    }

    fn sent(&self, submission: &Submission) -> Sent {
        let (t, answers) = (self.t, &submission.answers);
        let form = self.held.forms.iter().find(|form| form.id == submission.form);
        let text = |words: Option<&str>| words.unwrap_or_default().to_owned();
        let built_in = [
            ("name", text(answers.name.as_deref())),
            ("email", text(answers.email.as_deref())),
            ("phone", text(answers.phone.as_ref().map(Phone::written))),
            ("message", text(answers.message.as_deref())),
            ("rights-ip", submission.ip.map(|ip| ip.to_string()).unwrap_or_default()),
        ];
        let built_in = built_in.into_iter().filter(|(_, words)| !words.is_empty());
        let own = facts::own_answers(answers, form, t, self.calendar);
        let visit = facts::attribution(t, &submission.attribution);
        Sent {
            at: self.calendar.moment(submission.received_at),
            form: self.form_name(submission.form),
            facts: built_in.map(|(key, words)| (t.get(key), words)).chain(own).chain(visit).collect(),
        }
    }

    fn consent(&self, consent: &Consent, standings: &[Standing]) -> Fact {
        let t = self.t;
        let matter = match consent.matter() {
            Matter::Request => t.get("consent-request"),
            Matter::Further(purpose) => choices::purpose(t, purpose),
        };
        let told = consent.given.as_ref().unwrap_or(&consent.last);
        let key = match Standing::of(consent.matter(), standings).map(|one| one.state) {
            Some(Standings::Withdrawn) => "rights-consent-withdrawn",
            Some(Standings::Objected) => "rights-consent-objected",
            _ if consent.given.is_some() => "rights-consent-given",
            _ => "rights-consent-not",
        };
        (matter, format!("{} « {} »", t.with(key, "when", self.calendar.moment(told.at).full), told.wording))
    }

    fn form_name(&self, id: FormId) -> String {
        let form = self.held.forms.iter().find(|form| form.id == id);
        form.map(|form| form.settings.name.to_string()).unwrap_or_default()
    }
}
