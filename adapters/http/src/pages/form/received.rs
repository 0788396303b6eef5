//! What a form received, as its page shows it: everything or what is held back, a part at a time.

use std::iter;

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use qualify_domain::{
    access::Permission,
    form::Form,
    id::{FormId, SubmissionId},
    spam::{SpamReason, Verdict},
    submission::Submission,
    text::Phone,
};
use qualify_ports::storage::{Received, SubmissionCursor};
use qualify_usecases::SubmissionList;

use super::{
    Coming, parse, snippets,
    tabs::{self, Tab},
};
use crate::{
    actor::Member,
    moment::{Calendar, Moment},
    page::{Page, show},
    pages::facts::{self, Fact},
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/form/submissions.html")]
struct SubmissionsPage {
    page: Page,
    tabs: Vec<Tab>,
    id: FormId,
    name: String,
    said: String,
    hosted_url: String,
    part: Part,
    submissions: Vec<Row>,
    older: Option<Part>,
    may_release: bool,
}

/// How many submissions are shown at once.
const SHOWN: u16 = 25;

/// Which part of the list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Part {
    /// Everything, or what is held back.
    pub which: Received,
    /// The place after which it begins; the newest if none.
    pub after: Option<SubmissionCursor>,
}

impl Default for Part {
    fn default() -> Self {
        Self { which: Received::All, after: None }
    }
}

impl Part {
    /// The part that an address asks for; none if it is no address of ours.
    pub fn read(show: &str, after: &str) -> Option<Self> {
        let which = match show {
            "" => Received::All,
            "quarantine" => Received::Quarantined,
            _ => return None,
        };
        let after = if after.is_empty() { None } else { Some(read_place(after)?) };
        Some(Self { which, after })
    }

    /// Whether it is of what is held back.
    pub fn is_quarantine(&self) -> bool {
        self.which == Received::Quarantined
    }

    /// The part that begins after that place.
    pub fn older(self, after: SubmissionCursor) -> Self {
        Self { after: Some(after), ..self }
    }

    /// The part that begins with the newest.
    pub fn newest(self) -> Self {
        Self { after: None, ..self }
    }

    /// How an address asks for it; nothing for the newest of everything.
    pub fn query(&self) -> String {
        let pairs = self.pairs().collect::<Vec<_>>().join("&");
        if pairs.is_empty() { pairs } else { format!("?{pairs}") }
    }

    fn pairs(&self) -> impl Iterator<Item = String> {
        let show = self.is_quarantine().then(|| "show=quarantine".to_owned());
        let after = self.after.map(|place| format!("after={}_{}", place.at.as_microsecond(), place.id));
        show.into_iter().chain(after)
    }

    fn back_to(&self, id: FormId, said: &str) -> Response {
        let pairs = iter::once(format!("said={said}")).chain(self.pairs()).collect::<Vec<_>>().join("&");
        Redirect::to(&format!("/forms/{id}/submissions?{pairs}")).into_response()
    }
}

fn read_place(raw: &str) -> Option<SubmissionCursor> {
    let (at, id) = raw.split_once('_')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    Some(SubmissionCursor { at, id: id.parse().ok()? })
}

/// The submissions of a part; none for whoever may not see them.
pub(super) async fn list(web: &Web, member: &Member, form: FormId, part: Part) -> Result<SubmissionList, Problem> {
    let actor = &member.0.actor;
    if !actor.may(Permission::ReadSubmissions) {
        return Ok(SubmissionList { items: Vec::new(), next: None });
    }
    Ok(web.app().submissions.of_form(actor, form, part.which, part.after, SHOWN).await?)
}

/// A submission as the page shows it.
pub(super) struct Row {
    pub(super) id: SubmissionId,
    pub(super) person: String,
    pub(super) reach: String,
    pub(super) message: String,
    pub(super) own: Vec<Fact>,
    pub(super) lead: String,
    pub(super) reasons: String,
    pub(super) at: Moment,
}

/// `GET /forms/{id}/submissions`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let (t, actor) = (member.text(), &member.0.actor);
    let coming = Coming::read(coming)?;
    let part = coming.part()?;
    let said = match coming.said.as_str() {
        "released" => t.get("released"),
        "discarded" => t.get("discarded"),
        _ => String::new(),
    };
    let form = web.app().forms.open(actor, parse(&id)?).await?.form;
    let found = list(&web, &member, form.id, part).await?;
    let calendar = web.calendar(&member.0);
    show(&SubmissionsPage {
        page: Page::of(&member.0, "forms", t.get("form-submissions")),
        tabs: tabs::of(&member.0, form.id, "submissions"),
        id: form.id,
        name: form.settings.name.to_string(),
        said,
        hosted_url: snippets::hosted_url(web.site(), &form),
        part,
        submissions: found.items.iter().map(|one| row(one, &form, t, &calendar)).collect(),
        older: found.next.map(|next| part.older(next)),
        may_release: actor.may(Permission::ReleaseSubmission),
    })
}

/// `POST /forms/{id}/submissions/{submission}/release`
pub async fn release(
    State(web): State<Web>,
    member: Member,
    Path((id, submission)): Path<(String, String)>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let (id, part) = (parse(&id)?, Coming::read(coming)?.part()?);
    web.app().submissions.release(&member.0.actor, parse(&submission)?).await?;
    Ok(part.back_to(id, "released"))
}

/// `POST /forms/{id}/submissions/{submission}/removal`
pub async fn discard(
    State(web): State<Web>,
    member: Member,
    Path((id, submission)): Path<(String, String)>,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let (id, part) = (parse(&id)?, Coming::read(coming)?.part()?);
    web.app().submissions.discard(&member.0.actor, parse(&submission)?).await?;
    Ok(part.back_to(id, "discarded"))
}

/// The row of a submission of that form.
pub(super) fn row(submission: &Submission, form: &Form, t: Text, calendar: &Calendar) -> Row {
    let answers = &submission.answers;
    let phone = answers.phone.as_ref().map(Phone::written);
    let mut known = [answers.name.as_deref(), answers.email.as_deref(), phone].into_iter().flatten();
    let person = known.next().map_or_else(|| t.get("nameless"), str::to_owned);
    let reasons = match &submission.verdict {
        Verdict::Accepted => String::new(),
        // Nobody gets here with what is sealed.
        Verdict::Quarantined(reasons) | Verdict::Sealed(reasons) => {
            reasons.iter().map(|reason| told(t, *reason)).collect::<Vec<_>>().join(", ")
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_survives_its_address() {
        let place = SubmissionCursor {
            at: "2026-11-24T12:00:00.123456Z".parse().unwrap(),
            id: "01939c5e-0000-7000-8000-000000000001".parse().unwrap(),
        };
        let held = Part { which: Received::Quarantined, after: None };
        for part in [Part::default(), held, held.older(place), Part::default().older(place)] {
            let value = |key: &str| {
                let query = part.query();
                let mut pairs = query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
                pairs.find(|pair| pair.0 == key).map_or_else(String::new, |pair| pair.1.to_owned())
            };
            assert_eq!(Part::read(&value("show"), &value("after")), Some(part), "{}", part.query());
        }
        for (show, after) in [("all", ""), ("", "_"), ("", "1_2"), ("", "x_01939c5e-0000-7000-8000-000000000001")] {
            assert_eq!(Part::read(show, after), None, "{show} {after}");
        }
    }
}
