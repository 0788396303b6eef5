//! Many clients at once, each asking again as soon as it was answered.

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{task::LocalSet, time::sleep};

use crate::{Fallible, client::Connection};

/// A run ends after its time or this many requests, whatever comes first.
const MOST: u64 = 5_000_000;

/// How many ask alongside other work.
const OTHERS: usize = 2;
/// Between two requests of one of them.
const THOUGHT: Duration = Duration::from_millis(20);

/// What a run of requests came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were answered as wanted; others end the run with an error.
    pub answered: u64,
    pub elapsed: Duration,
    latencies: Vec<Duration>,
}

impl Tally {
    pub fn new(mut latencies: Vec<Duration>, elapsed: Duration) -> Self {
        latencies.sort_unstable();
        Self { answered: latencies.len() as u64, elapsed, latencies }
    }

    /// How many a second.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.elapsed.as_secs_f64()
    }

    /// The time within which this share of the requests, in percent, was answered.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = self.latencies.len().saturating_sub(1) * percent / 100;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Writes the request of that number into the buffer.
pub type Compose = fn(u64, &mut Vec<u8>);

/// Asks over so many kept connections for so long. Requests are numbered on from `first`; each is to be answered with
/// `status`.
pub async fn run(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    first: u64,
    compose: Compose,
    status: u16,
) -> Fallible<Tally> {
    let next = Rc::new(Cell::new(first));
    let last = first + MOST;
    let clients = LocalSet::new();
    let start = Instant::now();
    let mut running = Vec::with_capacity(connections);
    for _ in 0..connections {
        let next = next.clone();
        running.push(clients.spawn_local(async move {
            let mut connection = Connection::open(address).await?;
            let (mut request, mut latencies) = (Vec::with_capacity(1024), Vec::with_capacity(16 * 1024));
            while start.elapsed() < time && next.get() < last {
                request.clear();
                compose(next.replace(next.get() + 1), &mut request);
                let asked = Instant::now();
                let answer = connection.ask(&request).await?;
                if answer.status != status {
                    let body = String::from_utf8_lossy(answer.body);
                    return Fallible::Err(format!("answered {} instead of {status}: {body}", answer.status).into());
                }
                latencies.push(asked.elapsed());
            }
            Ok(latencies)
        }));
    }
    clients.await;
    let elapsed = start.elapsed();
    let mut latencies = Vec::new();
    for client in running {
        latencies.append(&mut client.await??);
    }
    Ok(Tally::new(latencies, elapsed))
}

/// A request by its number.
pub type Numbered = Rc<dyn Fn(u64) -> String>;

/// Asks from a few connections, with a thought between, as long as something else goes on. To be run in a [`LocalSet`].
pub async fn alongside(address: SocketAddr, compose: Numbered, status: u16, going: Rc<Cell<bool>>) -> Fallible<Tally> {
    let (start, number) = (Instant::now(), Rc::new(Cell::new(0)));
    let mut running = Vec::new();
    for _ in 0..OTHERS {
        let (compose, going, number) = (compose.clone(), going.clone(), number.clone());
        running.push(tokio::task::spawn_local(async move {
            let (mut browser, mut times) = (Connection::open(address).await?, Vec::new());
            while going.get() {
                let request = compose(number.replace(number.get() + 1));
                let asked = Instant::now();
                ask(&mut browser, &request, status).await?;
                times.push(asked.elapsed());
                sleep(THOUGHT).await;
            }
            Fallible::Ok(times)
        }));
    }
    let mut times = Vec::new();
    for one in running {
        times.append(&mut one.await??);
    }
    Ok(Tally::new(times, start.elapsed()))
}

/// Asks once; anything but that status is an error that says what came instead.
pub async fn ask(browser: &mut Connection, request: &str, status: u16) -> Fallible<()> {
    let answer = browser.ask(request.as_bytes()).await?;
    if answer.status == status {
        return Ok(());
    }
    Err(format!("answered {} instead of {status}: {}", answer.status, String::from_utf8_lossy(answer.body)).into())
}

/// A submission that nobody sent before.
pub fn submission(address: SocketAddr, form: &str, number: u64) -> String {
    let body =
        format!("{{\"email\":\"anna.berg.{number}@example.com\",\"message\":\"Please call me, number {number}.\"}}");
    format!(
        "POST /f/{form} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\nx-forwarded-for: 10.1.1.2\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_measured_times() {
        let tally = Tally::new((1..=200).rev().map(Duration::from_millis).collect(), Duration::from_secs(2));
        assert_eq!((tally.percentile(50).as_millis(), tally.percentile(99).as_millis()), (100, 198));
        assert!((tally.rate() - 100.0).abs() < 1e-9);
        assert_eq!(Tally::default().percentile(50), Duration::ZERO);
    }
}
