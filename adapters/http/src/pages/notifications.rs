//! What the member was told of, and the bell that counts it.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use qualify_domain::{
    id::{NotificationId, UserId},
    notification::NotificationKind,
    organization::Member as Colleague,
    text::Phone,
};
use qualify_ports::storage::{NotificationCursor, NotificationRow, Subject};
use serde::Deserialize;

use crate::{
    actor::Member,
    fields::Posted,
    moment::{Calendar, Moment},
    page::{Face, Page, show},
    pages::{jobs, retention},
    problem::Problem,
    text::Text,
    web::Web,
};

/// What the address of the list says.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "pages/notifications.html")]
struct NotificationsPage {
    page: Page,
    rows: Vec<Row>,
    unread: bool,
    paged: bool,
    older: String,
}

/// A notification as the page shows it.
struct Row {
    id: NotificationId,
    person: Face,
    is_job: bool,
    what: String,
    at: Moment,
    unread: bool,
}

#[derive(Template)]
#[template(path = "bell.html")]
struct Bell {
    t: Text,
    unread: u16,
}

/// `GET /notifications`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| Problem::bad_request())?;
    let after =
        if asked.after.is_empty() { None } else { Some(parse_place(&asked.after).ok_or_else(Problem::bad_request)?) };
    let list = web.app().notifications.list(&member.0.actor, after).await?;
    let t = member.text();
    let calendar = web.calendar(&member.0);
    let rows = list.notifications.items.iter().map(|told| row(told, &list.members, t, &calendar));
    show(&NotificationsPage {
        page: Page::of(&member.0, "notifications", t.get("bell-title")),
        rows: rows.collect(),
        unread: list.unread > 0,
        paged: after.is_some(),
        older: list.notifications.next.map(older).unwrap_or_default(),
    })
}

/// `GET /notifications/count`: the bell's count, for a page that is open.
pub async fn count(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let unread = web.app().notifications.unread(&member.0.actor).await?;
    show(&Bell { t: member.text(), unread })
}

/// `POST /notifications/{id}/open`: reads one, and goes where it points.
pub async fn open(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let [] = posted.only([])?;
    let place = match web.app().notifications.read(&member.0.actor, id).await? {
        Subject { lead: Some(lead), .. } => format!("/leads/{lead}"),
        Subject { job: Some(job), .. } => format!("/jobs/{job}"),
        Subject { kind: NotificationKind::LeadsEnd, .. } => retention::HERE.to_owned(),
        Subject { .. } => "/notifications".to_owned(),
    };
    Ok(Redirect::to(&place).into_response())
}

/// `POST /notifications/read`: reads all.
pub async fn read_all(State(web): State<Web>, member: Member, posted: Posted) -> Result<Response, Problem> {
    let [] = posted.only([])?;
    web.app().notifications.read_all(&member.0.actor).await?;
    Ok(Redirect::to("/notifications").into_response())
}

fn older(after: NotificationCursor) -> String {
    format!("/notifications?after={}_{}", after.at.as_microsecond(), after.id)
}

fn parse_place(raw: &str) -> Option<NotificationCursor> {
    let (at, id) = raw.split_once('_')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    Some(NotificationCursor { at, id: id.parse().ok()? })
}

fn row(told: &NotificationRow, members: &[Colleague], t: Text, calendar: &Calendar) -> Row {
    let (name, email) = (told.name.as_deref(), told.email.as_deref());
    let name = name.or(email).or(told.phone.as_ref().map(Phone::written));
    let notification = &told.notification;
    let (name, what) = match &told.job {
        Some((kind, state)) => (jobs::kind_words(kind, t), jobs::state_words(*state, t)),
        None if notification.kind == NotificationKind::LeadsEnd => {
            (t.get("tab-retention"), words(notification.kind, notification.actor, members, t))
        }
        None => (
            name.map_or_else(|| t.get("nameless"), str::to_owned),
            words(notification.kind, notification.actor, members, t),
        ),
    };
    Row {
        id: notification.id,
        person: Face::new(name),
        is_job: notification.job.is_some(),
        what,
        at: calendar.moment(notification.at),
        unread: notification.read_at.is_none(),
    }
}

fn words(kind: NotificationKind, actor: Option<UserId>, members: &[Colleague], t: Text) -> String {
    let by = members.iter().find(|member| Some(member.membership.user) == actor);
    match (kind, by) {
        (NotificationKind::NewLead, _) => t.get("bell-new-lead"),
        (NotificationKind::JobOver, _) => t.get("job-over"),
        (NotificationKind::LeadsEnd, _) => t.get("bell-leads-end"),
        (NotificationKind::Answer, _) => t.get("bell-answer"),
        (NotificationKind::Reminder, _) => t.get("bell-reminder"),
        (NotificationKind::Assignment, None) => t.get("bell-assignment"),
        (NotificationKind::Mention, None) => t.get("bell-mention"),
        (NotificationKind::Task, None) => t.get("bell-task"),
        (kind, Some(by)) => {
            t.with(&format!("bell-{}-by", kind.code()), "name", format!("{} {}", by.first_name, by.last_name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_survives_its_address() {
        let place = NotificationCursor {
            at: "2026-11-24T12:00:00.123456Z".parse().unwrap(),
            id: "01939c5e-0000-7000-8000-000000000001".parse().unwrap(),
        };
        let address = older(place);
        assert_eq!(parse_place(address.split("after=").nth(1).unwrap()), Some(place));
        for nonsense in ["", "_", "1_2", "x_01939c5e-0000-7000-8000-000000000001"] {
            assert_eq!(parse_place(nonsense), None, "{nonsense}");
        }
    }
}
