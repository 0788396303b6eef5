use std::{io::Write, time::Duration};

use tokio::process::Command;

use super::{CLIENTS, DATABASE, ceiling};
use crate::{Fallible, load, server::Server, stand::Stand};

/// Who keeps submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// The database, asked by `pgbench`: one statement, hence one round trip and one commit, per submission.
    Ceiling,
    /// The same, the way it is usually written: a transaction of five statements.
    Statements,
    /// The bare endpoint, with a plain transaction.
    Bare,
    /// The product, with its worker at work on what comes in.
    Served,
    /// The product, its worker elsewhere.
    ServedOnly,
}

pub const CONTENDERS: &[Contender] =
    &[Contender::Ceiling, Contender::Statements, Contender::Bare, Contender::Served, Contender::ServedOnly];

/// What a contender managed.
#[derive(Debug)]
pub struct Run {
    pub answered: u64,
    pub rate: f64,
    /// Half of the submissions were answered within this; unknown where the tool does not tell.
    pub half_within: Option<Duration>,
    /// 99 % were.
    pub most_within: Option<Duration>,
    /// What the process that served used of the processors.
    pub processor: Option<Duration>,
}

impl Run {
    pub fn summary(&self) -> String {
        let micros = self.processor.map(|used| used.as_micros() / u128::from(self.answered.max(1)));
        let used = micros.map(|micros| format!(", {micros} µs of processor time each")).unwrap_or_default();
        let most = self.most_within.map(|time| format!(", p99 {:.1} ms", time.as_secs_f64() * 1e3));
        format!("{:6.0}/s{}{used}", self.rate, most.unwrap_or_default())
    }
}

impl Contender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ceiling => "pgbench, one statement",
            Self::Statements => "pgbench, statement by statement",
            Self::Bare => "bare axum + sqlx",
            Self::Served => "`qualify serve`",
            Self::ServedOnly => "`qualify serve --no-work`",
        }
    }

    pub async fn run(self, stand: &Stand, time: Duration, round: usize) -> Fallible<Run> {
        match self {
            Self::Ceiling => ceiling::run(stand, ceiling::ONE_STATEMENT, time).await,
            Self::Statements => ceiling::run(stand, ceiling::STATEMENT_BY_STATEMENT, time).await,
            Self::Bare => press(bare(stand).await?, time, round).await,
            Self::Served => press(stand.serve(DATABASE, &[]).await?, time, round).await,
            Self::ServedOnly => press(stand.serve(DATABASE, &["--no-work"]).await?, time, round).await,
        }
    }
}

async fn bare(stand: &Stand) -> Fallible<Server> {
    let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare", &stand.superuser_url(DATABASE)]).env("LISTEN", address.to_string());
    Server::start(command, address, "/", &stand.folder().join("bare.log")).await
}

/// Sends submissions from all clients, then ends the server.
async fn press(server: Server, time: Duration, round: usize) -> Fallible<Run> {
    let first = u64::try_from(round)? * 100_000_000;
    let before = server.processor_time()?;
    let tally = load::run(server.address, CLIENTS, time, first, compose, 201).await?;
    let processor = server.processor_time()?.saturating_sub(before);
    server.stop().await?;
    Ok(Run {
        answered: tally.answered,
        rate: tally.rate(),
        half_within: Some(tally.percentile(50)),
        most_within: Some(tally.percentile(99)),
        processor: Some(processor),
    })
}

/// A submission that nobody sent before, to one of the forms in turn.
fn compose(number: u64, request: &mut Vec<u8>) {
    let form = number % 20;
    let body = format!(
        "{{\"name\":\"Anna Berg {number}\",\"email\":\"anna.berg.{number}@example.com\",\"phone\":\"+33 6 12 {:02} {:02} \
         {:02}\",\"message\":\"Please call me back about the offer on your website, number {number}.\"}}",
        number / 10_000 % 100,
        number / 100 % 100,
        number % 100,
    );
    // Writing to memory cannot fail.
    let _ = write!(
        request,
        "POST /f/00000003-0000-7000-8000-{form:012x} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
}
