use qualify_domain::{
    audit::{AuditActor, Entry, FieldChange, Target},
    id::{ApiKeyId, UserId},
};
use qualify_usecases::AuditPage;
use uuid::Uuid;

use crate::{
    moment::{Calendar, Moment},
    page::Face,
    text::Text,
};

/// An entry as the page shows it.
pub(super) struct Row {
    pub sequence: i64,
    pub who: Face,
    pub did: String,
    pub target: Option<Shown>,
    pub changes: Vec<String>,
    pub times: i32,
    pub at: Moment,
}

/// What something was done to, as the page shows it.
pub(super) struct Shown {
    pub id: Uuid,
    pub name: String,
    /// Its page, if it has one.
    pub link: String,
}

/// The names that stand in place of ids.
pub(super) struct Names {
    t: Text,
    members: Vec<(Uuid, String)>,
    stages: Vec<(Uuid, String)>,
}

impl Names {
    pub(super) fn new(page: &AuditPage, t: Text) -> Self {
        let name = |member: &qualify_domain::organization::Member| {
            (member.membership.user.0, format!("{} {}", member.first_name, member.last_name))
        };
        let stages = page.pipelines.stages();
        Self {
            t,
            members: page.members.iter().map(name).collect(),
            stages: stages.map(|stage| (stage.id.0, stage.name.to_string())).collect(),
        }
    }

    /// The members for a choice.
    pub(super) fn members(&self) -> Vec<(String, String)> {
        self.members.iter().map(|(id, name)| (id.to_string(), name.clone())).collect()
    }

    /// Who did it, by name where there still is one.
    pub(super) fn who(&self, entry: &Entry) -> String {
        match entry.who() {
            Some(AuditActor::Member(user)) => self.member(user),
            Some(AuditActor::ApiKey(ApiKeyId(id))) => self.t.with("audit-who-api-key", "id", short(id)),
            Some(AuditActor::Support(_)) => self.t.get("audit-who-support"),
            Some(AuditActor::Product) => self.t.get("audit-who-product"),
            Some(AuditActor::Nobody) => self.t.get("audit-who-nobody"),
            None => entry.actor_kind.clone(),
        }
    }

    fn member(&self, UserId(id): UserId) -> String {
        let known = self.members.iter().find(|(known, _)| *known == id);
        known.map_or_else(|| self.t.with("audit-who-former", "id", short(id)), |(_, name)| name.clone())
    }

    fn target(&self, target: Target) -> Shown {
        let id = target.id();
        let name = match target {
            Target::Member(user) => self.member(user),
            Target::Organization(_) => self.t.get("audit-target-organization"),
            other => format!("{} {}", self.t.get(&key("target", other.kind())), short(id)),
        };
        let link = match target {
            Target::Lead(lead) => format!("/leads/{lead}"),
            Target::Form(form) => format!("/forms/{form}"),
            Target::Endpoint(hook) => format!("/settings/webhooks/{hook}"),
            _ => String::new(),
        };
        Shown { id, name, link }
    }

    /// A changed field in words, with its values where they were kept.
    pub(super) fn change(&self, kept: &str) -> String {
        let Ok(change) = kept.parse::<FieldChange>() else { return kept.to_owned() };
        let field = self.t.find(&key("field", &change.field)).unwrap_or_else(|| change.field.clone());
        match change.values {
            Some((before, after)) if before.is_empty() => format!("{field}: {}", self.value(&after)),
            Some((before, after)) => format!("{field}: {} → {}", self.value(&before), self.value(&after)),
            None => field,
        }
    }

    fn value(&self, kept: &str) -> String {
        let Ok(id) = kept.parse::<Uuid>() else {
            return if kept.is_empty() { "–".to_owned() } else { kept.replace(',', ", ").replace('_', " ") };
        };
        let known = self.members.iter().chain(&self.stages).find(|(known, _)| *known == id);
        known.map_or_else(|| short(id), |(_, name)| name.clone())
    }
}

impl Row {
    pub(super) fn of(entry: &Entry, names: &Names, calendar: &Calendar) -> Self {
        Self {
            sequence: entry.sequence,
            who: Face::new(names.who(entry)),
            did: words(names.t, &entry.action),
            target: entry.on().map(|target| names.target(target)).filter(|shown| Some(shown.id) != entry.actor),
            changes: entry.changes.iter().map(|change| names.change(change)).collect(),
            times: entry.times,
            at: calendar.moment(entry.at),
        }
    }
}

/// What an action is called; its code, if this program does not know it any more.
pub(super) fn words(t: Text, code: &str) -> String {
    t.find(&key("did", code)).unwrap_or_else(|| code.replace('_', " "))
}

/// The key of a code in the catalogue.
pub(super) fn key(part: &str, code: &str) -> String {
    format!("audit-{part}-{}", code.replace('_', "-"))
}

/// The end of an id: its beginning is the same for all that is made in the same moment.
fn short(id: Uuid) -> String {
    format!("…{}", id.simple().to_string().split_off(24))
}
