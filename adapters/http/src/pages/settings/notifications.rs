//! How the member is told of what concerns them.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    notification::{Choice, NotificationKind, Wishes},
    violation::Violations,
};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    problem::{Problem, wants_page},
    web::Web,
};

/// The fields: one per kind, by its stable name.
const FIELDS: [&str; 6] = [
    NotificationKind::CHOSEN[0].code(),
    NotificationKind::CHOSEN[1].code(),
    NotificationKind::CHOSEN[2].code(),
    NotificationKind::CHOSEN[3].code(),
    NotificationKind::CHOSEN[4].code(),
    NotificationKind::CHOSEN[5].code(),
];

#[derive(Template)]
#[template(path = "pages/settings/notifications.html")]
struct NotificationsPage {
    page: Page,
    filled: Filled,
    choices: Vec<(&'static str, String)>,
    kinds: Vec<Kind>,
}

/// A row of the table.
struct Kind {
    name: &'static str,
    words: String,
    about: String,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    saved: String,
}

/// `GET /settings/notifications`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let wishes = web.app().notifications.wishes(&member.0.actor).await?;
    let filled = NotificationKind::CHOSEN
        .into_iter()
        .fold(Filled::default(), |filled, kind| filled.with(kind.code(), wishes.of(kind).code()));
    let saved = coming.is_ok_and(|Query(coming)| !coming.saved.is_empty());
    page(&member, filled, saved)
}

fn page(member: &Member, filled: Filled, saved: bool) -> Result<Response, Problem> {
    let t = member.text();
    let mut page = super::page(&member.0, "/settings/notifications");
    if saved {
        page.toast = t.get("settings-saved");
    }
    let key = |part: &str, code: &str| t.get(&format!("{part}-{}", code.replace('_', "-")));
    let choices = Choice::ALL.map(|choice| (choice.code(), key("tell", choice.code())));
    let kinds = NotificationKind::CHOSEN.map(|kind| Kind {
        name: kind.code(),
        words: key("tell-of", kind.code()),
        about: key("tell-about", kind.code()),
    });
    show(&NotificationsPage { page, filled, choices: choices.to_vec(), kinds: kinds.into() })
}

/// `POST /settings/notifications`
pub async fn choose(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let sent = posted.only(FIELDS)?;
    let mut faults = Violations::default();
    let mut wishes = Wishes::default();
    for (kind, sent) in NotificationKind::CHOSEN.into_iter().zip(&sent) {
        if let Some(choice) = faults.keep(kind.code(), sent.parse::<Choice>()) {
            wishes = wishes.with(kind, choice);
        }
    }
    match faults.or(Some(wishes)) {
        Ok(wishes) => {
            web.app().notifications.choose(&member.0.actor, &wishes).await?;
            Ok(Redirect::to("/settings/notifications?saved=1").into_response())
        }
        Err(faults) if wants_page(&headers) => {
            let filled =
                FIELDS.into_iter().zip(sent).fold(Filled::default(), |filled, (name, sent)| filled.with(name, sent));
            let page = page(&member, filled.faulty_all(&faults, member.text()), false)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(faults) => Err(Problem::invalid(faults)),
    }
}
