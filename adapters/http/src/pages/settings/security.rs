//! Where the member is signed in, and when and from where their account was used.

use askama::Template;
use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    response::{IntoResponse, Redirect, Response},
};
use jiff::Timestamp;
use qualify_domain::{
    access::Permission, circumstances::Circumstances, connection::ConnectionEvent, connection::ConnectionKind,
};
use qualify_ports::storage::ConnectionCursor;
use qualify_usecases::SignedInAt;
use serde::Deserialize;

use crate::{
    actor::Member,
    moment::{Calendar, Moment},
    page::{Page, show},
    problem::Problem,
    source::Whence,
    text::Text,
    web::Web,
};

const HERE: &str = "/settings/security";

#[derive(Template)]
#[template(path = "pages/settings/security.html")]
struct SecurityPage {
    page: Page,
    sessions: Vec<SessionShown>,
    has_others: bool,
    events: Vec<EventShown>,
    older: String,
    paged: bool,
    sees_factors: bool,
}

struct SessionShown {
    id: String,
    device: String,
    place: String,
    began: Moment,
    seen: Moment,
    is_this: bool,
}

struct EventShown {
    did: String,
    badge: &'static str,
    device: String,
    place: String,
    at: Moment,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    after: String,
    #[serde(default)]
    ended: String,
    #[serde(default)]
    changed: String,
}

/// `GET /settings/security`
pub async fn open(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let (t, Query(coming)) = (member.text(), coming.map_err(|_| Problem::bad_request())?);
    let after = match coming.after.as_str() {
        "" => None,
        place => Some(parse_place(place).ok_or_else(Problem::bad_request)?),
    };
    let sessions = web.app().sessions.list(&member.0).await?;
    let history = web.app().sessions.history(&member.0, after).await?;
    let calendar = web.calendar(&member.0);
    let mut page = super::page(&member.0, HERE);
    if !coming.ended.is_empty() {
        page.toast = t.get("sessions-ended");
    }
    if !coming.changed.is_empty() {
        page.toast = t.get("password-changed");
    }
    show(&SecurityPage {
        page,
        has_others: sessions.iter().any(|session| !session.is_this),
        sessions: sessions.into_iter().map(|session| SessionShown::of(t, &calendar, session)).collect(),
        events: history.items.iter().map(|event| EventShown::of(t, &calendar, event)).collect(),
        older: history.next.map(|next| format!("{HERE}?after={}#log", place(next))).unwrap_or_default(),
        paged: after.is_some(),
        sees_factors: member.0.actor.may(Permission::SecureAccount),
    })
}

/// `POST /settings/security/sessions/{id}/end`
pub async fn end(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    web.app().sessions.end(&member, id, &from).await?;
    Ok(Redirect::to("/settings/security?ended=1").into_response())
}

/// `POST /settings/security/sessions/end`: all but the one that asks.
pub async fn end_others(
    State(web): State<Web>,
    Member(member): Member,
    Whence(from): Whence,
) -> Result<Response, Problem> {
    web.app().sessions.end_others(&member, &from).await?;
    Ok(Redirect::to("/settings/security?ended=1").into_response())
}

impl SessionShown {
    fn of(t: Text, calendar: &Calendar, SignedInAt { session, is_this }: SignedInAt) -> Self {
        Self {
            id: session.id.to_string(),
            device: device(t, &session.from),
            place: network_address(t, &session.from),
            began: calendar.moment(session.created_at),
            seen: calendar.moment(session.seen_at),
            is_this,
        }
    }
}

impl EventShown {
    fn of(t: Text, calendar: &Calendar, event: &ConnectionEvent) -> Self {
        let (key, badge) = match event.kind {
            ConnectionKind::SignIn => ("connection-sign-in", "won"),
            ConnectionKind::Failure => ("connection-failure", "bad"),
            ConnectionKind::Refresh => ("connection-refresh", "bare"),
            ConnectionKind::SignOut => ("connection-sign-out", "bare"),
            ConnectionKind::Revoked => ("connection-revoked", "warn"),
        };
        Self {
            did: t.get(key),
            badge,
            device: device(t, &event.from),
            place: network_address(t, &event.from),
            at: calendar.moment(event.at),
        }
    }
}

/// A device as its owner would call it.
fn device(t: Text, from: &Circumstances) -> String {
    let device = from.device();
    match (device.browser, device.system) {
        (Some(browser), Some(system)) => t.with_all("device-on", [("browser", browser), ("system", system)]),
        (Some(known), None) | (None, Some(known)) => known.to_owned(),
        (None, None) => t.get("device-unknown"),
    }
}

fn network_address(t: Text, from: &Circumstances) -> String {
    from.ip.map_or_else(|| t.get("place-unknown"), |ip| ip.to_string())
}

fn place((at, id): ConnectionCursor) -> String {
    format!("{}_{id}", at.as_microsecond())
}

fn parse_place(raw: &str) -> Option<ConnectionCursor> {
    let (at, id) = raw.split_once('_')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use qualify_domain::{id::ConnectionId, language::Language};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_place_in_the_log_is_found_again() {
        let cursor = (Timestamp::from_microsecond(1_700_000_000_123_456).unwrap(), ConnectionId(Uuid::max()));
        assert_eq!(parse_place(&place(cursor)), Some(cursor));
        for bad in ["x", "1_x", "_", "99999999999999999999_00000000-0000-0000-0000-000000000000"] {
            assert_eq!(parse_place(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_device_is_called_in_the_readers_language() {
        let firefox = Circumstances::of(None, "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0");
        assert_eq!(device(Text::new(Language::English), &firefox), "Firefox on Linux");
        assert_eq!(device(Text::new(Language::French), &firefox), "Firefox sur Linux");
        assert_eq!(device(Text::new(Language::English), &Circumstances::of(None, "curl/8.1")), "curl");
        assert_eq!(device(Text::new(Language::English), &Circumstances::default()), "Unknown device");
    }
}
