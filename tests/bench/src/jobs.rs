//! Long work as a program has it done: leads taken away and taken in as files, and all leads scored anew.

use std::{
    cell::Cell,
    fmt::Write as _,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{task::LocalSet, time::sleep};

use crate::{
    Fallible,
    arguments::Arguments,
    client::Connection,
    load::{Numbered, Tally, alongside, submission},
    organization,
    report::{Report, say},
    server::Server,
    size::megabytes,
    stand::Stand,
};

/// Leads of the organization whose score is made anew, and into which files are read.
const SCORED: i64 = 200_000;
/// A file has at most so many rows (WEB-5).
const ROWS: usize = 50_000;
const FILES: usize = 2;
/// More than this a stream or a file may not add to the memory of the process.
const GROWTH: u64 = 64_000_000;
/// How often is asked how far something is: a key may ask 100 times a minute.
const PAUSE: Duration = Duration::from_secs(1);
/// Nothing here takes longer, or something is wrong.
const LONGEST: Duration = Duration::from_mins(20);

pub async fn measure(stand: &Stand, arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    export(stand, arguments.leads, report).await?;
    let place = Place::make(stand, "jobs", SCORED, &[]).await?;
    scores(&place, report).await?;
    import(&place, report).await?;
    place.leave(stand).await
}

/// An organization of so many leads, the program that serves it, and a key to it.
struct Place {
    database: &'static str,
    pool: PgPool,
    server: Server,
    key: String,
}

impl Place {
    async fn make(stand: &Stand, database: &'static str, leads: i64, arguments: &[&str]) -> Fallible<Self> {
        say(&format!("{database}, {leads} leads …"));
        let pool = stand.database(database).await?;
        organization::sign_up(stand, database).await?;
        organization::seed(&pool, leads, 1).await?;
        let server = stand.serve(database, arguments).await?;
        let key = key(server.address).await?;
        Ok(Self { database, pool, server, key })
    }

    async fn leave(self, stand: &Stand) -> Fallible<()> {
        self.server.stop().await?;
        self.pool.close().await;
        stand.drop_database(self.database).await
    }

    /// Asks, and reads the answer.
    async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Fallible<(u16, Value)> {
        let mut connection = Connection::open(self.server.address).await?;
        let answer = connection.ask(self.request(method, path, headers, body).as_bytes()).await?;
        Ok((answer.status, serde_json::from_slice(answer.body).unwrap_or_default()))
    }

    /// The same of what must succeed.
    async fn get(&self, path: &str) -> Fallible<Value> {
        match self.ask("GET", path, "", "").await? {
            (200, answer) => Ok(answer),
            (status, answer) => Err(format!("{path} answered {status}: {answer}").into()),
        }
    }

    fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let (host, key, length) = (self.server.address, &self.key, body.len());
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
    }
}

/// A key of the owner for all of this.
async fn key(address: SocketAddr) -> Fallible<String> {
    let mut browser = Connection::open(address).await?;
    let cookies = organization::sign_in(&mut browser, address).await?;
    let home = organization::home(&mut browser, address, &cookies).await?;
    let mut fields = vec![("name", "Bench"), ("role", "owner"), ("days", "30"), ("_organization", &home)];
    fields.extend(["leads:read", "leads:export", "leads:import", "score:write"].map(|scope| (scope, "on")));
    let answer = browser.ask(organization::form(address, "/settings/api-keys", &cookies, &fields).as_bytes()).await?;
    let page = std::str::from_utf8(answer.body)?;
    let key = page.split_once("Bearer ").and_then(|(_, rest)| rest.split(|c: char| !is_of_key(c)).next());
    key.map(str::to_owned).ok_or_else(|| format!("no key: {} {page}", answer.status).into())
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// All leads as a stream.
async fn export(stand: &Stand, leads: i64, report: &mut Report) -> Fallible<()> {
    let place = Place::make(stand, "export", leads, &["--no-work"]).await?;
    let before = place.server.peak()?;
    let start = Instant::now();
    let request = place.request("GET", "/api/v1/leads/export", "connection: close\r\n", "");
    let (bytes, lines) = Connection::open(place.server.address).await?.drain(request.as_bytes()).await?;
    let took = start.elapsed();
    if lines < leads.unsigned_abs() {
        return Err(format!("{lines} lines came of {leads} leads").into());
    }
    report.tell(format!("export of {leads} leads, {}", megabytes(bytes)), format!("{:.1} s", took.as_secs_f64()));
    judge_memory(format!("export of {leads} leads, memory"), before, place.server.peak()?, report);
    place.leave(stand).await
}

fn judge_memory(what: String, before: u64, peak: u64, report: &mut Report) {
    let grown = peak.saturating_sub(before);
    report.judge(what, format!("+ {} ({} before)", megabytes(grown), megabytes(before)), "< + 64 MB", grown < GROWTH);
}

/// All leads scored by new rules, while visitors send forms.
async fn scores(place: &Place, report: &mut Report) -> Fallible<()> {
    let (mut first, start) = (place.get("/api/v1/score-rules").await?, Instant::now());
    while first["waiting"] != 0 || first["version"] == 0 {
        wait(start).await?;
        first = place.get("/api/v1/score-rules").await?;
    }
    let form: sqlx::types::Uuid =
        sqlx::query_scalar("SELECT public_id FROM form_addresses LIMIT 1").fetch_one(&place.pool).await?;
    let address = place.server.address;
    let filled: Numbered = Rc::new(move |number| submission(address, &form.to_string(), number));
    let going = Rc::new(Cell::new(true));
    let clients = LocalSet::new();
    let (sent, scored) = clients
        .run_until(async {
            let until = going.clone();
            let scored = async {
                let scored = rescore(place, &first).await;
                until.set(false);
                scored
            };
            tokio::join!(alongside(address, filled, 201, going), scored)
        })
        .await;
    let (sent, scored): (Tally, Duration) = (sent?, scored?);
    let seconds = scored.as_secs_f64();
    report.judge(format!("{SCORED} leads scored anew"), format!("{seconds:.1} s"), "< 60 s", seconds < 60.0);
    let most = sent.percentile(99).as_secs_f64() * 1e3;
    let measured = format!("{most:.1} ms ({} sent)", sent.answered);
    report.judge("submission meanwhile, p99", measured, "≤ 100 ms", most <= 100.0);
    Ok(())
}

/// Puts other rules into force, and waits until each lead is scored by them.
async fn rescore(place: &Place, present: &Value) -> Fallible<Duration> {
    let rules = json!({
        "half_life_days": 30,
        "groups": [],
        "rules": [
            { "when": [{ "about": "email" }], "points": 40 },
            { "when": [{ "about": "phone" }], "points": 20 },
            { "on": { "signal": "call" }, "points": 30, "frequency": "each" },
            { "on": { "signal": "submission" }, "points": 30 },
        ],
    });
    let headers = format!("content-type: application/json\r\nif-match: \"{}\"\r\n", present["version"]);
    let start = Instant::now();
    let (status, answer) = place.ask("PUT", "/api/v1/score-rules", &headers, &rules.to_string()).await?;
    if status != 200 {
        return Err(format!("the rules were answered {status}: {answer}").into());
    }
    while place.get("/api/v1/score-rules").await?["waiting"] != 0 {
        wait(start).await?;
    }
    Ok(start.elapsed())
}

/// Files of people whom nobody knew.
async fn import(place: &Place, report: &mut Report) -> Fallible<()> {
    let count = async || sqlx::query_scalar::<_, i64>("SELECT count(*) FROM leads").fetch_one(&place.pool).await;
    let (before, known) = (place.server.peak()?, count().await?);
    let start = Instant::now();
    for file in 0..FILES {
        let headers = "content-type: text/csv\r\n";
        let path = "/api/v1/imports?legal_basis=legitimate_interest&source=Fair";
        let (status, import) = place.ask("POST", path, headers, &people(file)).await?;
        let id = import["id"].as_str().ok_or_else(|| format!("the file was answered {status}: {import}"))?;
        let headers = "content-type: application/json\r\n";
        let (status, begun) = place.ask("POST", &format!("/api/v1/imports/{id}/run"), headers, "{}").await?;
        let job = begun["job"].as_str().ok_or_else(|| format!("the import was answered {status}: {begun}"))?;
        loop {
            let job = place.get(&format!("/api/v1/jobs/{job}")).await?;
            match job["state"].as_str() {
                Some("done") => break,
                Some("waiting" | "running") => wait(start).await?,
                _ => return Err(format!("the import ended so: {job}").into()),
            }
        }
    }
    let (seconds, made) = (start.elapsed().as_secs_f64(), count().await? - known);
    if made.unsigned_abs() < (FILES * ROWS) as u64 {
        return Err(format!("{made} leads came of {FILES} files").into());
    }
    report.judge(
        format!("import of {made} rows in {FILES} files"),
        format!("{seconds:.1} s"),
        "< 60 s",
        seconds < 60.0,
    );
    judge_memory("import, memory".to_owned(), before, place.server.peak()?, report);
    Ok(())
}

fn people(file: usize) -> String {
    let mut rows = "Name,E-mail,Phone,Company\n".to_owned();
    for row in 0..ROWS {
        let n = file * ROWS + row;
        let _ = writeln!(rows, "Bo Lind {n},bo.lind.{n}@example.net,+46 70 {n:07},Lind {}", n % 900);
    }
    rows
}

/// A pause before asking again.
async fn wait(start: Instant) -> Fallible<()> {
    if start.elapsed() > LONGEST {
        return Err("it does not come to an end".into());
    }
    sleep(PAUSE).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_long_as_may_be() {
        let file = people(FILES - 1);
        assert_eq!(file.lines().count(), ROWS + 1);
        assert!(file.len() < 5 * 1024 * 1024);
    }
}
