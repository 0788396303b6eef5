//! News for open pages, as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::StreamExt;
use http::HeaderValue;
use qualify_ports::live::Change;

use crate::{actor::Member, problem::Problem, web::Web};

/// A stream ends after this long; the browser comes again, and is asked again who it is (SES-4).
const LIFE: Duration = Duration::from_mins(5);
/// How often something is said, so that proxies keep the line open.
const BREATH: Duration = Duration::from_secs(15);

/// `GET /live`: names what changed within the member's reach. Ids only; a page that shows it fetches it with its own permission.
pub async fn stream(State(web): State<Web>, Member(member): Member) -> Result<Response, Problem> {
    let changes = web.app().leads.watch(&member.actor)?;
    let over = async move {
        tokio::select! {
            () = tokio::time::sleep(LIFE) => (),
            () = web.stop().cancelled_owned() => (),
        }
    };
    let events = changes.map(|change| Ok::<_, Infallible>(Event::default().event("changed").data(topics(change))));
    let mut response =
        Sse::new(events.take_until(Box::pin(over))).keep_alive(KeepAlive::new().interval(BREATH)).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// What a page may show that has changed; the words stand in its `data-live` attributes.
fn topics(change: Change) -> String {
    match change {
        Change::Lead(id) => format!("leads lead:{id}"),
        Change::Submission(id) => format!("form:{id}"),
        // Streams hear of their own member's only.
        Change::Notification(_) => "bell".to_owned(),
        Change::Job(id, _) => format!("jobs job:{id}"),
        Change::Missed => "all".to_owned(),
    }
}
