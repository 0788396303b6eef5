//! How webhooks come to the product where no test carries them.

use std::{
    collections::{BTreeMap, VecDeque},
    net::Ipv4Addr,
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{Delivery, FakeProvider};

/// Whether a webhook is due is looked at this often.
const LOOKING: Duration = Duration::from_millis(200);
/// A webhook is answered after so long, or it was not.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many of the last ones are remembered.
const REMEMBERED: usize = 12;

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It was answered with that status.
    Answered(u16),
    /// Nobody answered.
    Unanswered,
    /// It got lost on its way, and nobody knows.
    Lost,
}

/// What became of the webhooks that were carried.
#[derive(Default)]
pub(crate) struct Carried {
    pub(crate) counts: BTreeMap<Outcome, usize>,
    /// The last ones, the latest first: when, what, how often before, and what became of it.
    pub(crate) last: VecDeque<(Timestamp, String, usize, Outcome)>,
}

impl Carried {
    fn note(&mut self, at: Timestamp, delivery: &Delivery, outcome: Outcome) {
        *self.counts.entry(outcome).or_default() += 1;
        self.last.push_front((at, delivery.event.clone(), delivery.tries, outcome));
        self.last.truncate(REMEMBERED);
    }
}

impl FakeProvider {
    /// Carries the webhooks that are due to that port of this machine, and no further, for as long as it is polled.
    pub async fn carry(&self, port: u16, path: &str) {
        loop {
            for delivery in self.take_deliveries() {
                let is_lost = self.state().is_losing;
                let posted = if is_lost { None } else { timeout(PATIENCE, post(port, path, &delivery)).await.ok() };
                let outcome = match posted.flatten() {
                    Some(status) => Outcome::Answered(status),
                    None if is_lost => Outcome::Lost,
                    None => Outcome::Unanswered,
                };
                let mut state = self.state();
                let now = state.now;
                state.carried.note(now, &delivery, outcome);
                match outcome {
                    Outcome::Answered(status) => state.answered(&delivery, status),
                    Outcome::Unanswered => state.answered(&delivery, 0),
                    Outcome::Lost => {}
                }
            }
            sleep(LOOKING).await;
        }
    }
}

/// Posts a webhook. Tells what was answered, if anything was.
async fn post(port: u16, path: &str, delivery: &Delivery) -> Option<u16> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let line = tokio::spawn(connection);
    let request = Request::post(path)
        .header(HOST, format!("127.0.0.1:{port}"))
        .header(CONTENT_TYPE, "application/json")
        .header("X-Event-Name", &delivery.event)
        .header("X-Signature", &delivery.signature)
        .body(Full::new(Bytes::from(delivery.body.clone())));
    let answer = sender.send_request(request.ok()?).await;
    line.abort();
    Some(answer.ok()?.status().as_u16())
}
