//! A lead: who it is, what happened, where it stands.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, Author, What},
    id::{LeadId, StageId, UserId},
    submission::Submission,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{AssignLead, Broken, Error, LeadFile, MoveLead, NoteLead};

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Face, Page, show},
    pages::{
        choices,
        facts::{self, Fact},
        leads::{StageChip, stage_chips},
        score_card::ScoreCard,
    },
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/lead.html")]
struct LeadPage {
    page: Page,
    filled: Filled,
    id: LeadId,
    version: i32,
    person: Face,
    email: String,
    phone: String,
    phone_call: String,
    opened: Moment,
    last_wrote: Moment,
    form_id: String,
    form_name: String,
    may_note: bool,
    may_move: bool,
    entries: Vec<Entry>,
    stages: Vec<StageChip>,
    stage_id: String,
    stage_name: String,
    stage_kind: &'static str,
    owner: String,
    owner_id: String,
    owners: Vec<(String, String)>,
    score: Option<ScoreCard>,
    attribution: Vec<Fact>,
    legal_basis: String,
    consent: String,
}

struct Entry {
    id: String,
    kind: &'static str,
    who: String,
    did: String,
    words: String,
    at: Moment,
    facts: Option<Vec<Fact>>,
}

/// `GET /leads/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    lead_page(&web, &member, id, Filled::default()).await
}

async fn lead_page(web: &Web, member: &Member, id: LeadId, filled: Filled) -> Result<Response, Problem> {
    let file = web.app().leads.open(&member.0.actor, id).await?;
    show(&Told { file: &file, t: member.text(), calendar: web.calendar(&member.0) }.page(member, filled))
}

/// `POST /leads/{id}/notes`
pub async fn note(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id: LeadId = id.parse().map_err(|_| Problem::not_found())?;
    let [note] = posted.only(["note"])?;
    let mut faults = Violations::default();
    let parsed = faults.keep("note", Message::parse(&note));
    let outcome = match faults.or(parsed) {
        Ok(text) => web.app().leads.note(&member.0.actor, id, NoteLead { text }).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    match outcome {
        Ok(()) => Ok(back_to(id)),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = Filled::default().with("note", note).faulty_all(&faults, member.text());
            let page = lead_page(&web, &member, id, filled).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /leads/{id}/stage`
pub async fn move_to(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id: LeadId = id.parse().map_err(|_| Problem::not_found())?;
    let [stage, version] = posted.only(["stage", "version"])?;
    let mut faults = Violations::default();
    let stage = faults.keep("stage", stage.parse::<StageId>().map_err(|_| Rule::NotAChoice));
    let version = faults.keep("version", version.parse().map_err(|_| Rule::NotAChoice));
    let outcome = match faults.or(stage.zip(version)) {
        Ok((stage, version)) => web.app().leads.move_to(&member.0.actor, id, MoveLead { stage, version }).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    let (status, words) = match outcome {
        Ok(()) | Err(Error::Rule(Broken::Stage(qualify_domain::lead::StageError::Same))) => return Ok(back_to(id)),
        Err(Error::Stale) if wants_page(&headers) => (StatusCode::CONFLICT, member.text().get("error-stale-about")),
        Err(Error::Rule(Broken::Stage(_))) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, member.text().get("stage-unknown"))
        }
        Err(error) => return Err(error.into()),
    };
    let page = lead_page(&web, &member, id, Filled::default().faulty("stage", words)).await?;
    Ok((status, page).into_response())
}

/// `POST /leads/{id}/owner`
pub async fn assign(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id: LeadId = id.parse().map_err(|_| Problem::not_found())?;
    let [owner, version] = posted.only(["owner", "version"])?;
    let version = version.parse().map_err(|_| Problem::bad_request())?;
    let owner = if owner.is_empty() { None } else { Some(owner.parse().map_err(|_| Problem::bad_request())?) };
    let (status, words) = match web.app().leads.assign(&member.0.actor, id, AssignLead { owner, version }).await {
        Ok(()) => return Ok(back_to(id)),
        Err(Error::Stale) if wants_page(&headers) => (StatusCode::CONFLICT, member.text().get("error-stale-about")),
        Err(Error::Rule(Broken::Assignment)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, member.text().get("assign-refused"))
        }
        Err(error) => return Err(error.into()),
    };
    let page = lead_page(&web, &member, id, Filled::default().faulty("owner", words)).await?;
    Ok((status, page).into_response())
}

fn back_to(id: LeadId) -> Response {
    Redirect::to(&format!("/leads/{id}")).into_response()
}

/// A lead's file on its way into words.
struct Told<'a> {
    file: &'a LeadFile,
    t: Text,
    calendar: Calendar,
}

impl Told<'_> {
    fn page(&self, member: &Member, filled: Filled) -> LeadPage {
        let lead = &self.file.lead;
        let title = if lead.title().is_empty() { self.t.get("nameless") } else { lead.title().to_owned() };
        let stage = self.file.pipeline.stage(lead.stage);
        let phone = lead.phone.as_ref();
        let consented = self.file.submissions.iter().find(|submission| submission.answers.consented);
        LeadPage {
            page: Page::of(&member.0, "leads", &title),
            filled,
            id: lead.id,
            version: lead.version,
            person: Face::new(title),
            email: lead.email.as_deref().unwrap_or_default().to_owned(),
            phone: phone.map(|phone| phone.written().to_owned()).unwrap_or_default(),
            phone_call: phone.and_then(|phone| phone.e164()).unwrap_or_default().to_owned(),
            opened: self.calendar.moment(lead.created_at),
            last_wrote: self.calendar.moment(lead.last_submission_at),
            form_id: lead.form.map(|form| form.to_string()).unwrap_or_default(),
            form_name: lead.form.and_then(|form| self.form(form)).unwrap_or_default(),
            may_note: member.0.actor.may(Permission::NoteLead),
            may_move: member.0.actor.may(Permission::QualifyLead),
            entries: self.file.activities.iter().map(|activity| self.entry(activity)).collect(),
            stages: stage_chips(&self.file.pipeline),
            stage_id: lead.stage.to_string(),
            stage_name: self.stage(lead.stage),
            stage_kind: stage.map_or("", |stage| stage.kind.code()),
            owner: lead.owner.map(|owner| self.member(owner)).unwrap_or_default(),
            owner_id: lead.owner.map(|owner| owner.to_string()).unwrap_or_default(),
            owners: self.owners(&member.0.actor),
            score: self.file.score.as_ref().map(|kept| ScoreCard::of(self.t, &self.calendar, kept, &self.file.forms)),
            attribution: facts::attribution(self.t, &lead.first_touch),
            legal_basis: choices::legal_basis(self.t, lead.legal_basis),
            consent: consented.and_then(|s| s.consent_wording.as_deref()).unwrap_or_default().to_owned(),
        }
    }

    /// To whom the lead may be given: nobody, and those the reader may choose.
    fn owners(&self, actor: &Actor) -> Vec<(String, String)> {
        let Ok(scope) = actor.permit(Permission::AssignLead) else { return Vec::new() };
        let users = self.file.members.iter().map(|member| member.membership.user);
        let within = users.filter(|user| scope.may_give_to(Some(*user)));
        let members = within.map(|user| (user.to_string(), self.member(user)));
        std::iter::once((String::new(), self.t.get("owner-none"))).chain(members).collect()
    }

    fn entry(&self, activity: &Activity) -> Entry {
        let author = match activity.author {
            Some(Author::Member(user)) => self.member(user),
            Some(Author::Program(_)) => self.t.get("program"),
            None => self.t.get("somebody"),
        };
        let (kind, who, did, words, facts) = match &activity.what {
            What::Submitted(id) => {
                let submission = self.file.submissions.iter().find(|submission| submission.id == *id);
                let form = submission.and_then(|submission| self.form(submission.form));
                let did = form.map_or_else(
                    || self.t.get("did-submitted-somehow"),
                    |form| self.t.with("did-submitted", "form", form),
                );
                let words = submission.and_then(|s| s.answers.message.as_deref()).unwrap_or_default().to_owned();
                ("submitted", self.sender(submission), did, words, submission.map(|s| self.facts(s)))
            }
            What::Noted(words) => ("noted", author, self.t.get("did-noted"), words.to_string(), None),
            What::Created => ("created", author, self.t.get("did-created"), String::new(), None),
            What::Changed => ("changed", author, self.t.get("did-changed"), String::new(), None),
            What::Moved { from, to } => {
                let stages = [("from", &*self.stage(*from)), ("to", &*self.stage(*to))];
                ("moved", author, self.t.with_all("did-moved", stages), String::new(), None)
            }
            What::Graded { from, to } => {
                let grades = [("from", &*from.to_string()), ("to", &*to.to_string())];
                ("graded", self.t.get("grader"), self.t.with_all("did-graded", grades), String::new(), None)
            }
        };
        Entry { id: activity.id.to_string(), kind, who, did, words, at: self.calendar.moment(activity.at), facts }
    }

    fn sender(&self, submission: Option<&Submission>) -> String {
        let named = submission.and_then(|submission| submission.answers.name.as_deref());
        let name = named.unwrap_or(self.file.lead.title());
        if name.is_empty() { self.t.get("nameless") } else { name.to_owned() }
    }

    fn facts(&self, submission: &Submission) -> Vec<Fact> {
        let answers = &submission.answers;
        let phone = answers.phone.as_ref().map(qualify_domain::text::Phone::written);
        let consent = submission.consent_wording.as_deref().filter(|_| answers.consented);
        let said = [
            ("email", answers.email.as_deref()),
            ("phone", phone),
            ("submission-consented", consent),
            ("notice-shown", Some(&*submission.notice)),
        ];
        let said = said.into_iter().filter_map(|(key, value)| Some((self.t.get(key), value?.to_owned())));
        said.chain(facts::attribution(self.t, &submission.attribution)).collect()
    }

    fn form(&self, id: qualify_domain::id::FormId) -> Option<String> {
        self.file.forms.iter().find(|form| form.id == id).map(|form| form.settings.name.to_string())
    }

    fn stage(&self, id: StageId) -> String {
        self.file.pipeline.stage(id).map(|stage| stage.name.to_string()).unwrap_or_default()
    }

    fn member(&self, id: UserId) -> String {
        let member = self.file.members.iter().find(|member| member.membership.user == id);
        member.map_or_else(|| self.t.get("somebody"), |member| format!("{} {}", member.first_name, member.last_name))
    }
}
