//! Tells endpoints over HTTP (WEB-7).
//!
//! Where a request goes is somebody else's choice, and so nothing is left to a library: names are looked up here, each
//! address is judged, and the one that was judged is dialled. There is no proxy and no redirection, and of an answer its
//! status is all that is kept.

mod door;
mod set_up;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use qualify_domain::hook::{Answer, Obstacle};
use qualify_ports::{
    hooks::{Attempt, HookSender},
    plugin::Adapter,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use self::door::Door;

/// Tells endpoints over HTTP.
pub const SENDER: Adapter<dyn HookSender> =
    Adapter { name: "webhook", keys: set_up::KEYS, build: |settings| Ok(Arc::new(Webhook::build(&settings)?)) };

/// A connection is there after so long, or never.
const CONNECTING: Duration = Duration::from_secs(10);
/// And the answer after so long in all.
const WHOLE: Duration = Duration::from_secs(15);
/// So much of an answer is read, and no more.
const MOST_READ: usize = 64 << 10;

/// Tells endpoints over HTTP.
pub struct Webhook {
    door: Door,
    connecting: Duration,
    whole: Duration,
}

/// The connection on which an answer comes. It ends with it.
struct Line(JoinHandle<()>);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[async_trait]
impl HookSender for Webhook {
    async fn send(&self, attempt: &Attempt) -> Answer {
        self.post(attempt).await.map_or_else(Answer::None, |status| Answer::Status(status.as_u16()))
    }
}

impl Webhook {
    async fn post(&self, attempt: &Attempt) -> Result<StatusCode, Obstacle> {
        let (begin, host) = (Instant::now(), attempt.url.host());
        let request = request(attempt).ok_or(Obstacle::Broken)?;
        // What comes too late now never came: nothing was said yet.
        let connected = timeout_at(begin + self.connecting, self.door.connect(host)).await;
        let stream = connected.map_err(|_| Obstacle::Unreachable)??;
        timeout_at(begin + self.whole, exchange(stream, request, begin + self.whole))
            .await
            .map_err(|_| Obstacle::Late)?
    }
}

/// What is posted.
fn request(attempt: &Attempt) -> Option<Request<Full<Bytes>>> {
    let body = attempt.body.0.clone().into_bytes();
    Request::post(attempt.url.target())
        .header(HOST, attempt.url.host())
        .header(USER_AGENT, "Qualify-CRM")
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_LENGTH, body.len())
        .header(CONNECTION, "close")
        .header("webhook-id", attempt.id.to_string())
        .header("webhook-timestamp", attempt.at.as_second())
        .header("webhook-signature", &attempt.signatures)
        .body(Full::new(body.into()))
        .ok()
}

/// Says it, and hears the answer to its end, as far as that is read.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, until: Instant) -> Result<StatusCode, Obstacle>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shaken = http1::Builder::new().max_buf_size(MOST_READ).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|_| Obstacle::Broken)?;
    let _line = Line(tokio::spawn(async move { drop(connection.await) }));
    let answer = sender.send_request(request).await.map_err(|_| Obstacle::Broken)?;
    let status = answer.status();
    // Whoever hangs up on somebody who speaks may be taken for one who did not listen; the status stands either way.
    let _ = timeout_at(until - (until - Instant::now()) / 10, drained(answer.into_body())).await;
    Ok(status)
}

async fn drained(mut body: Incoming) {
    let mut read = 0;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, Bytes::len);
        if read >= MOST_READ {
            return;
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
