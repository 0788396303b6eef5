//! A lead's file on its way into words.

mod work;

use std::collections::BTreeSet;

use askama::Template;
use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, Author, Move, What},
    id::{FormId, LeadId, MergeId, PipelineId, ReasonId, StageId, UserId},
    lead_field::LeadField,
    mention,
    pipeline::StageKind,
    submission::Submission,
    text::Phone,
};
use qualify_usecases::{LeadFile, NoteKind};

use super::{
    consents::ConsentLine,
    notice::{News, Notice, Twin},
    older::Older,
    property::{Edit, Row, property_name},
};
use crate::{
    actor::Member,
    filled::Filled,
    moment::{Calendar, Moment},
    page::{Face, Page},
    pages::{
        choices,
        facts::{self, Fact},
        leads::{Neighbours, StageChip, stage_chips},
        score_card::ScoreCard,
        tasks::{TaskLine, reminders, task_line},
    },
    text::Text,
};

/// What is asked of the page beside the lead itself.
#[derive(Default)]
pub(super) struct Ask {
    pub filled: Filled,
    pub edit: Option<Edit>,
    pub near: Neighbours,
    pub news: News,
    pub older: Older,
}

#[derive(Template)]
#[template(path = "pages/lead.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what the reader may do, and how the lead stands, do not depend on each other"
)]
pub(super) struct LeadPage {
    page: Page,
    near: Neighbours,
    filled: Filled,
    id: LeadId,
    version: i32,
    person: Face,
    company: String,
    notice: Option<Notice>,
    twins: Vec<Twin>,
    rows: Vec<Row>,
    may_change: bool,
    may_erase: bool,
    opened: Moment,
    last_wrote: Moment,
    form_id: String,
    form_name: String,
    may_note: bool,
    note_kinds: Vec<(&'static str, String)>,
    members: Vec<(String, String)>,
    mentionable: Vec<String>,
    reminders: Vec<(&'static str, String)>,
    tasks: Vec<TaskLine>,
    may_move: bool,
    may_copy: bool,
    entries: Vec<Entry>,
    newest: String,
    older: String,
    stages: Vec<StageChip>,
    stage_id: String,
    stage_name: String,
    stage_kind: &'static str,
    since: Moment,
    is_stale: bool,
    reason: String,
    asks_reason: bool,
    reasons: Vec<(String, String)>,
    score: Option<ScoreCard>,
    pipelines: Vec<(String, String)>,
    owner: String,
    owner_id: String,
    owners: Vec<(String, String)>,
    first_touch: Vec<Fact>,
    last_touch: Vec<Fact>,
    legal_basis: String,
    brought_from: String,
    consents: Vec<ConsentLine>,
}

struct Entry {
    id: String,
    kind: &'static str,
    icon: &'static str,
    who: String,
    did: String,
    /// What was written, in parts; whether each is a mention.
    words: Vec<(String, bool)>,
    at: Moment,
    facts: Option<Vec<Fact>>,
    /// The merge that can be undone.
    undo: String,
}

pub(super) struct Told<'a> {
    pub file: &'a LeadFile,
    pub t: Text,
    pub calendar: Calendar,
}

impl Told<'_> {
    pub fn page(&self, member: &Member, ask: &Ask) -> LeadPage {
        let (lead, t, actor) = (&self.file.lead, self.t, &member.0.actor);
        let title = super::title(lead, t);
        let stage = self.file.pipelines.stage(lead.stage);
        let pipeline = self.file.pipelines.of_stage(lead.stage);
        let filled = ask.filled.clone().or("kind", "note").or("reminder", "on_the_day");
        let last = facts::attribution(t, &lead.last_touch);
        let first = facts::attribution(t, &lead.first_touch);
        LeadPage {
            page: Page::of(&member.0, "leads", &title),
            near: ask.near.clone(),
            id: lead.id,
            version: lead.version,
            person: Face::new(title),
            company: lead.company.as_deref().unwrap_or_default().to_owned(),
            notice: self.notice(&ask.news, member),
            twins: self.twins(),
            rows: self.rows(ask.edit.as_ref().filter(|_| actor.may(Permission::ChangeLead))),
            may_change: actor.may(Permission::ChangeLead),
            may_erase: actor.may(Permission::EraseLead),
            opened: self.calendar.moment(lead.created_at),
            last_wrote: self.calendar.moment(lead.last_submission_at),
            form_id: lead.form.map(|form| form.to_string()).unwrap_or_default(),
            form_name: lead.form.and_then(|form| self.form_name(form)).unwrap_or_default(),
            may_note: actor.may(Permission::NoteLead),
            note_kinds: NoteKind::ALL.map(|kind| (kind.code(), t.get(&format!("note-kind-{}", kind.code())))).to_vec(),
            members: self.members(actor),
            mentionable: self.mentionable(actor),
            reminders: reminders(t),
            tasks: self
                .file
                .tasks
                .iter()
                .map(|task| task_line(task, |user| self.member(user), t, &self.calendar))
                .collect(),
            may_move: actor.may(Permission::QualifyLead),
            may_copy: actor.may(Permission::CopyPerson),
            entries: self.file.activities.iter().map(|activity| self.entry(activity, member)).collect(),
            newest: ask.older.newest(lead.id),
            older: self.file.older.map(|place| ask.older.address(lead.id, place)).unwrap_or_default(),
            stages: pipeline.map(stage_chips).unwrap_or_default(),
            stage_id: if filled.value("stage").is_empty() {
                lead.stage.to_string()
            } else {
                filled.value("stage").to_owned()
            },
            stage_name: self.stage(lead.stage),
            stage_kind: stage.map_or("", |stage| stage.kind.code()),
            since: self.calendar.moment(lead.stage_entered_at),
            is_stale: self.file.pipelines.is_stale(lead.stage, lead.last_activity_at, self.calendar.now()),
            reason: lead.reason.map(|reason| self.reason(reason)).unwrap_or_default(),
            asks_reason: self.asks_reason(&filled),
            reasons: self.reasons(),
            score: self.score(),
            pipelines: self.other_pipelines(pipeline.map(|pipeline| pipeline.id)),
            owner: lead.owner.map(|owner| self.member(owner)).unwrap_or_default(),
            owner_id: lead.owner.map(|owner| owner.to_string()).unwrap_or_default(),
            owners: self.owners(actor),
            last_touch: if last == first { Vec::new() } else { last },
            first_touch: first,
            legal_basis: choices::legal_basis(t, lead.legal_basis),
            brought_from: self.file.brought_from.as_deref().unwrap_or_default().to_owned(),
            consents: self.consents(),
            filled,
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

    /// Who may have something to do: the reader first.
    fn members(&self, actor: &Actor) -> Vec<(String, String)> {
        let mut users: Vec<UserId> = self.file.members.iter().map(|member| member.membership.user).collect();
        users.sort_by_key(|user| actor.user() != Some(*user));
        users.into_iter().map(|user| (user.to_string(), self.member(user))).collect()
    }

    /// The names of the reader's colleagues, each once: a mention tells all who bear it.
    fn mentionable(&self, actor: &Actor) -> Vec<String> {
        let users = self.file.members.iter().map(|member| member.membership.user);
        let others = users.filter(|user| actor.user() != Some(*user));
        let mut seen = BTreeSet::new();
        others.map(|user| self.member(user)).filter(|name| seen.insert(name.clone())).collect()
    }

    fn reasons(&self) -> Vec<(String, String)> {
        let offered = self.file.reasons.iter().filter(|reason| !reason.is_archived);
        offered.map(|reason| (reason.id.to_string(), reason.name.to_string())).collect()
    }

    fn other_pipelines(&self, present: Option<PipelineId>) -> Vec<(String, String)> {
        let others = self.file.pipelines.live.iter().filter(|pipeline| Some(pipeline.id) != present);
        others.map(|pipeline| (pipeline.id.to_string(), pipeline.name.to_string())).collect()
    }

    /// Whether the stage that was chosen gives leads up.
    fn asks_reason(&self, filled: &Filled) -> bool {
        let chosen = filled.value("stage").parse().ok();
        let stage = chosen.and_then(|id: StageId| self.file.pipelines.stage(id));
        stage.is_some_and(|stage| stage.kind == StageKind::Disqualified)
    }

    fn entry(&self, activity: &Activity, member: &Member) -> Entry {
        let t = self.t;
        let author = match activity.author {
            Some(Author::Member(user)) => self.member(user),
            Some(Author::Program(_)) => t.get("program"),
            None => t.get("somebody"),
        };
        let (kind, icon, who, did, facts) = match &activity.what {
            What::Submitted(id) => {
                let submission = self.file.submissions.iter().find(|submission| submission.id == *id);
                let form = submission.and_then(|submission| self.form_name(submission.form));
                let did =
                    form.map_or_else(|| t.get("did-submitted-somehow"), |form| t.with("did-submitted", "form", form));
                ("submitted", "send", self.sender(submission), did, submission.map(|s| self.facts(s)))
            }
            What::Noted(_) => ("noted", "notebook-pen", author, t.get("did-noted"), None),
            What::Called(_) => ("called", "phone", author, t.get("did-called"), None),
            What::Mailed(_) => ("mailed", "mail", author, t.get("did-mailed"), None),
            What::Met(_) => ("met", "users", author, t.get("did-met"), None),
            What::Assigned(given) => ("assigned", "user-check", author, self.assigned(*given, activity.author), None),
            What::Planned(todo) => ("planned", "list-plus", author, self.planned(todo, activity.author), None),
            What::Replanned(todo, fields) => ("replanned", "list-todo", author, self.replanned(todo, fields), None),
            What::Finished(_) => ("finished", "check", author, t.get("did-finished"), None),
            What::Reopened(_) => ("reopened", "list-restart", author, t.get("did-reopen"), None),
            What::Dropped(_) => ("dropped", "list-x", author, t.get("did-drop"), None),
            What::Created => ("created", "plus", author, t.get("did-created"), None),
            What::Changed(fields) => ("changed", "notebook-pen", author, self.changed(fields), None),
            What::Moved(moved) => ("moved", "move-right", author, self.moved(moved), None),
            What::Graded { from, to } => {
                let grades = [("from", &*from.to_string()), ("to", &*to.to_string())];
                ("graded", "gauge", t.get("grader"), t.with_all("did-graded", grades), None)
            }
            What::Merged(id) => ("merged", "git-merge", author, self.merged(*id, "did-merge"), None),
            What::Separated(id) => ("separated", "split", author, self.merged(*id, "did-separate"), None),
        };
        let merge = if let What::Merged(id) = activity.what { self.merge(id) } else { None };
        let undo = merge.map(|merge| self.undoable(merge, member)).unwrap_or_default();
        let at = self.calendar.moment(activity.at);
        Entry { id: activity.id.to_string(), kind, icon, who, did, words: self.words(activity), at, facts, undo }
    }

    /// What was written, with the members who are named in it.
    fn words(&self, activity: &Activity) -> Vec<(String, bool)> {
        let what = &activity.what;
        if let What::Submitted(id) = what {
            let submission = self.file.submissions.iter().find(|submission| submission.id == *id);
            let message = submission.and_then(|submission| submission.answers.message.as_deref());
            return message.map(|message| (message.to_owned(), false)).into_iter().collect();
        }
        let written = what.task().map(|title| &**title).or(what.words().map(|words| &**words));
        let parts = written.map(|written| mention::parts(written, &self.file.members)).unwrap_or_default();
        parts.into_iter().map(|part| (part.text.to_owned(), part.is_mention())).collect()
    }

    fn changed(&self, fields: &[LeadField]) -> String {
        let name = |field: &LeadField| match field {
            LeadField::Property(id) => property_name(self.t, &self.file.properties, *id),
            field => self.t.get(&field.to_string()).to_lowercase(),
        };
        let names: Vec<String> = fields.iter().map(name).collect();
        if names.is_empty() {
            self.t.get("did-changed")
        } else {
            self.t.with("did-changed-fields", "fields", names.join(", "))
        }
    }

    fn merged(&self, id: MergeId, key: &str) -> String {
        let merge = self.merge(id);
        let told = self.t.with(key, "name", merge.map(|merge| self.merged_title(merge)).unwrap_or_default());
        match merge.and_then(|merge| merge.undone_at).filter(|_| key == "did-merge") {
            Some(_) => format!("{told} · {}", self.t.get("merge-undone")),
            None => told,
        }
    }

    fn moved(&self, moved: &Move) -> String {
        let stages = [("from", &*self.stage(moved.from)), ("to", &*self.stage(moved.to))];
        let mut told = self.t.with_all("did-moved", stages);
        if let Some(seconds) = moved.spent_seconds {
            told = format!("{told} · {}", self.t.with("moved-after", "time", self.span(seconds)));
        }
        if let Some(reason) = moved.reason {
            told = format!("{told} · {}", self.reason(reason));
        }
        told
    }

    /// A span of time in its largest unit.
    fn span(&self, seconds: u64) -> String {
        let (key, count) = match seconds {
            0..3_600 => ("span-minutes", seconds / 60),
            3_600..86_400 => ("span-hours", seconds / 3_600),
            _ => ("span-days", seconds / 86_400),
        };
        self.t.times(key, "", i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn reason(&self, id: ReasonId) -> String {
        let reason = self.file.reasons.iter().find(|reason| reason.id == id);
        reason.map(|reason| reason.name.to_string()).unwrap_or_default()
    }

    fn sender(&self, submission: Option<&Submission>) -> String {
        let named = submission.and_then(|submission| submission.answers.name.as_deref());
        let name = named.unwrap_or(self.file.lead.title());
        if name.is_empty() { self.t.get("nameless") } else { name.to_owned() }
    }

    fn facts(&self, submission: &Submission) -> Vec<Fact> {
        let answers = &submission.answers;
        let phone = answers.phone.as_ref().map(Phone::written);
        let consent = submission.consent_wording.as_deref().filter(|_| answers.consented);
        let said = [
            ("email", answers.email.as_deref()),
            ("phone", phone),
            ("submission-consented", consent),
            ("notice-shown", Some(&*submission.notice)),
        ];
        let said = said.into_iter().filter_map(|(key, value)| Some((self.t.get(key), value?.to_owned())));
        let form = self.file.forms.iter().find(|form| form.id == submission.form);
        let agreed = answers.purposes.iter().filter(|one| one.agreed);
        let said = said.chain(agreed.map(|one| (choices::purpose(self.t, one.purpose), one.wording.to_string())));
        let said = said.chain(facts::own_answers(answers, form, self.t, &self.calendar));
        said.chain(facts::attribution(self.t, &submission.attribution)).collect()
    }

    fn score(&self) -> Option<ScoreCard> {
        let (forms, own) = (&self.file.forms, &self.file.properties);
        self.file.score.as_ref().map(|kept| ScoreCard::of(self.t, &self.calendar, kept, forms, own))
    }

    pub(super) fn form_name(&self, id: FormId) -> Option<String> {
        self.file.forms.iter().find(|form| form.id == id).map(|form| form.settings.name.to_string())
    }

    fn stage(&self, id: StageId) -> String {
        self.file.pipelines.stage(id).map(|stage| stage.name.to_string()).unwrap_or_default()
    }

    pub(super) fn member(&self, id: UserId) -> String {
        self.named(id).unwrap_or_else(|| self.t.get("somebody"))
    }

    fn named(&self, id: UserId) -> Option<String> {
        let member = self.file.members.iter().find(|member| member.membership.user == id)?;
        Some(format!("{} {}", member.first_name, member.last_name))
    }
}
