//! What somebody may do with a record, and why.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::Response,
};
use qualify_domain::id::UserId;
use qualify_usecases::{Answer, Nearness};
use serde::Deserialize;

use super::members::{name, read};
use crate::{
    actor::Member,
    page::{Page, show},
    pages::choices,
    problem::Problem,
    text::Text,
    web::Web,
};

#[derive(Template)]
#[template(path = "pages/settings/access.html")]
struct AccessPage {
    page: Page,
    id: UserId,
    about: String,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    may: bool,
    why: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct About {
    #[serde(default)]
    lead: String,
}

/// `GET /settings/members/{user}/access`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(user): Path<String>,
    about: Result<Query<About>, QueryRejection>,
) -> Result<Response, Problem> {
    let (t, user) = (member.text(), read(&user)?);
    let About { lead } = about.map(|Query(about)| about).unwrap_or_default();
    let lead = if lead.is_empty() { None } else { Some(read(&lead)?) };
    let explained = web.app().members.explain(&member.0.actor, user, lead).await?;
    let title = |lead: &qualify_domain::lead::Lead| match lead.title() {
        "" => t.get("nameless"),
        title => title.to_owned(),
    };
    let who = name(&explained.member);
    let about = match explained.lead.as_ref().map(title) {
        None => t.with("access-of", "name", who),
        Some(lead) => t.with_all("access-of-with", [("name", &*who), ("lead", &*lead)]),
    };
    show(&AccessPage {
        page: Page { title: t.get("access-title"), ..super::page(&member.0, "/settings/members") },
        id: user,
        about,
        rows: explained.answers.iter().map(|answer| row(t, answer)).collect(),
    })
}

fn row(t: Text, answer: &Answer) -> Row {
    let near = match &answer.lead {
        None => String::new(),
        Some(Nearness::All) => t.get("access-near-all"),
        Some(Nearness::Own) => t.get("access-near-own"),
        Some(Nearness::Queue) => t.get("access-near-queue"),
        Some(Nearness::OneTeam) => t.get("access-near-one-team"),
        Some(Nearness::Team(team)) => t.with("access-near-team", "team", team),
        Some(Nearness::Beyond) => t.get("access-beyond"),
    };
    let roles: Vec<String> = answer.by.iter().map(|(role, _)| choices::role(t, *role)).collect();
    let by = match (roles.is_empty(), answer.granted) {
        (false, _) => t.with("access-by", "role", roles.join(", ")),
        (true, Some(_)) => t.get("access-by-grant"),
        (true, None) => t.get("access-by-none"),
    };
    Row {
        what: t.get(&format!("may-{}", answer.permission.code())),
        may: (!answer.by.is_empty() || answer.granted.is_some()) && answer.lead != Some(Nearness::Beyond),
        why: if near.is_empty() { by } else { format!("{by} · {near}") },
    }
}

#[cfg(test)]
mod tests {
    use qualify_domain::{
        access::{Permission, Reach, Role},
        language::Language,
    };

    use super::*;

    #[test]
    fn every_permission_of_a_role_has_words() {
        for role in Role::ALL {
            for (permission, reach) in role.grants() {
                let answer = Answer { permission: *permission, by: vec![(role, *reach)], granted: None, lead: None };
                assert!(!row(Text::new(Language::French), &answer).what.starts_with("may-"), "{permission:?}");
            }
        }
        let answer = Answer { permission: Permission::ReadLeads, by: vec![], granted: None, lead: None };
        assert!(!row(Text::new(Language::English), &answer).may);
        assert!(row(Text::new(Language::English), &Answer { granted: Some(Reach::All), ..answer }).may);
    }
}
