//! The audit trail: who did what, newest first.

mod export;
mod row;

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use jiff::civil::Date;
use qualify_domain::{
    access::Permission,
    audit::{Action, EntryFilter},
    id::UserId,
};
use serde::Deserialize;
use uuid::Uuid;

pub use self::export::download;
use self::row::{Names, Row};
use crate::{
    actor::Member,
    moment::Calendar,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

/// What the address of the page says, or the form of the export.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "pages/settings/audit.html")]
struct AuditTemplate {
    page: Page,
    asked: Asked,
    actors: Vec<(String, String)>,
    actions: Vec<(String, String)>,
    rows: Vec<Row>,
    may_export: bool,
    filtered: bool,
    older: String,
}

impl Asked {
    /// Which entries are asked for.
    fn filter(&self, calendar: &Calendar) -> Result<EntryFilter, Problem> {
        let begin = |day: Date| calendar.begin_of(day).ok_or_else(Problem::bad_request);
        let last =
            part(&self.until)?.map(|last: Date| last.tomorrow().map_err(|_| Problem::bad_request())).transpose()?;
        Ok(EntryFilter {
            actor: part::<UserId>(&self.actor)?,
            action: match &*self.action {
                "" => None,
                code => Some(Action::of_code(code).ok_or_else(Problem::bad_request)?),
            },
            target: part::<Uuid>(&self.target)?,
            from: part(&self.from)?.map(begin).transpose()?,
            until: last.map(begin).transpose()?,
        })
    }

    /// The address of the page with all this, and the place where it goes on.
    fn address(&self, before: i64) -> String {
        let before = before.to_string();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("actor", &self.actor),
            ("action", &self.action),
            ("target", &self.target),
            ("from", &self.from),
            ("until", &self.until),
            ("before", &before),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/settings/audit?{}", query.finish())
    }
}

/// What stands in one part of the address, if anything does.
fn part<I: std::str::FromStr>(raw: &str) -> Result<Option<I>, Problem> {
    if raw.is_empty() { Ok(None) } else { raw.parse().map(Some).map_err(|_| Problem::bad_request()) }
}

/// `GET /settings/audit`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Query(asked)| asked).map_err(|_| Problem::bad_request())?;
    let t = member.text();
    let calendar = web.calendar(&member.0);
    let filter = asked.filter(&calendar)?;
    let before = part(&asked.before)?;
    let actor = &member.0.actor;
    let found = web.app().audit.list(actor, &filter, before).await?;
    let names = Names::new(&found, t);
    show(&AuditTemplate {
        page: super::page(&member.0, "/settings/audit"),
        actors: names.members(),
        actions: actions(t),
        rows: found.entries.items.iter().map(|entry| Row::of(entry, &names, &calendar)).collect(),
        may_export: actor.may(Permission::ExportAudit),
        filtered: !filter.is_empty() || before.is_some(),
        older: found.entries.next.map(|next| asked.address(next)).unwrap_or_default(),
        asked,
    })
}

/// Every action with its words, in their alphabetical order.
fn actions(t: Text) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        Action::all().map(|action| (action.code().to_owned(), row::words(t, action.code()))).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

#[cfg(test)]
mod tests {
    use qualify_domain::language::Language;

    use super::*;

    #[test]
    fn log_3_every_action_has_words_in_every_language() {
        for language in [Language::English, Language::French] {
            let t = Text::new(language);
            for action in Action::all() {
                assert!(t.find(&row::key("did", action.code())).is_some(), "{}: {}", t.code(), action.code());
            }
            for kind in qualify_domain::audit::Target::KINDS {
                assert!(t.find(&row::key("target", kind)).is_some(), "{}: {kind}", t.code());
            }
        }
    }

    #[test]
    fn a_day_that_is_asked_for_is_there_from_its_first_to_its_last_moment() {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        let calendar = Calendar::new(Language::French, jiff::tz::TimeZone::get("Europe/Paris").unwrap(), now);
        let day = || "2026-11-24".to_owned();
        let filter = Asked { from: day(), until: day(), ..Asked::default() }.filter(&calendar).unwrap();
        assert_eq!(filter.from.unwrap().to_string(), "2026-11-23T23:00:00Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-11-24T23:00:00Z");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let calendar = Calendar::new(Language::English, jiff::tz::TimeZone::UTC, jiff::Timestamp::UNIX_EPOCH);
        let wrong = || "nonsense".to_owned();
        for asked in [
            Asked { actor: wrong(), ..Asked::default() },
            Asked { action: wrong(), ..Asked::default() },
            Asked { target: wrong(), ..Asked::default() },
            Asked { from: wrong(), ..Asked::default() },
            Asked { until: "9999-12-31".to_owned(), ..Asked::default() },
        ] {
            assert!(asked.filter(&calendar).is_err(), "{asked:?}");
        }
    }

    #[test]
    fn the_next_part_keeps_the_filter() {
        let asked = Asked { actor: "a".into(), from: "2026-11-24".into(), before: "9".into(), ..Asked::default() };
        assert_eq!(asked.address(5), "/settings/audit?actor=a&from=2026-11-24&before=5");
    }
}
