//! The demo, from its start to its end, and once more.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// A running demo, which is killed if the test forgets it; its database ends with it.
struct Demo {
    process: Child,
    ready: Value,
}

impl Demo {
    fn start(folder: &Path, port: u16) -> Self {
        Self::run(&mut command(folder, port))
    }

    /// Starts it so many days ahead; tells what it said before it was ready.
    fn start_ahead(folder: &Path, port: u16, days: &str) -> (Self, String) {
        let said = folder.with_extension("said");
        let mut command = command(folder, port);
        let demo = Self::run(command.args(["--days-ahead", days]).stderr(fs::File::create(&said).unwrap()));
        (demo, fs::read_to_string(said).unwrap())
    }

    fn run(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { process, ready }
    }

    /// The process id of its database server.
    fn server(folder: &Path) -> i32 {
        let file = fs::read_to_string(folder.join("postgresql/postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }

    fn stop(&mut self) {
        kill(Pid::from_raw(self.process.id().try_into().unwrap()), Signal::SIGINT).unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    command.args(["demo", "--json", "--port", &port.to_string(), "--data-dir"]).arg(folder);
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn is_running(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_ok()
}

async fn mails_in(folder: &Path) -> usize {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let mails = fs::read_dir(folder.join("new")).unwrap().count();
        if mails > 0 || Instant::now() > deadline {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_demo_serves_stops_without_a_trace_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    // The database may run as another user, who has to pass through.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let data = folder.path().join("demo");
    let port = free_port();

    let mut first = Demo::start(&data, port);
    let url = format!("http://127.0.0.1:{port}");
    assert_eq!(first.ready["url"], url.as_str());
    for path in ["/healthz", "/readyz", "/sign-in", "/demo/mail"] {
        assert_eq!(get(&format!("{url}{path}")).await.0, 200, "{path}");
    }
    let accounts = first.ready["accounts"].as_array().unwrap();
    assert!(accounts.len() >= 6 && accounts.iter().all(|account| account["password"].is_string()));
    let form = first.ready["form_url"].as_str().unwrap().to_owned();
    assert_eq!(get(&form).await.0, 200);
    let letter = [("name", "Anna Berg"), ("email", "anna.berg@example.com"), ("message", "Bonjour !")];
    let sent = reqwest::Client::new().post(&form).header("accept", "application/json").form(&letter).send().await;
    assert_eq!(sent.unwrap().status().as_u16(), 201);
    assert!(mails_in(first.ready["mail_dir"].as_str().unwrap().as_ref()).await > 0, "members are told by mail");
    for secret in ["keys", "demo.json"] {
        assert_eq!(fs::metadata(data.join(secret)).unwrap().permissions().mode() & 0o777, 0o600, "{secret}");
    }

    let second = command(&data, free_port()).output().unwrap();
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success() && told.contains("in use by another process"), "{told}");
    let taken = command(&folder.path().join("other"), port).output().unwrap();
    let told = String::from_utf8(taken.stderr).unwrap();
    assert!(!taken.status.success() && told.contains(&format!("port {port}")) && told.contains("--port"), "{told}");

    let server = Demo::server(&data);
    assert!(is_running(server));
    first.stop();
    assert!(!is_running(server), "no orphan is left");

    let mut again = Demo::start(&data, port);
    assert_eq!(again.ready, first.ready, "the same addresses and logins");
    assert_eq!(get(&form).await.0, 200);
    let server = Demo::server(&data);
    again.stop();
    assert!(!is_running(server));
}

#[test]
fn a_machine_without_postgresql_is_told_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let mut demo = command(&folder.path().join("demo"), free_port());
    let mut demo = demo.env("QUALIFY_PG_BIN", folder.path()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    demo.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(1));
    assert!(told.contains("QUALIFY_PG_BIN") && told.lines().count() == 1, "{told}");
}

/// A number out of a demo's database.
async fn number(data: &Path, query: &'static str) -> i64 {
    let record: Value = serde_json::from_str(&fs::read_to_string(data.join("demo.json")).unwrap()).unwrap();
    let options = PgConnectOptions::new().socket(data.join("socket")).username("postgres");
    let options = options.database(record["database"].as_str().unwrap());
    let mut sql = PgConnection::connect_with(&options).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut sql).await.unwrap()
}

#[tokio::test]
async fn days_ahead_it_tells_what_goes_by_rule_and_then_that_goes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let data = folder.path().join("demo");
    let (mut today, said) = Demo::start_ahead(&data, free_port(), "0");
    assert!(!said.contains(" due  "), "{said}");
    let addresses = "SELECT count(*) FROM submissions WHERE ip IS NOT NULL";
    let leads = "SELECT count(*) FROM leads";
    let (kept, all) = (number(&data, addresses).await, number(&data, leads).await);
    assert!(kept > 0 && all > 0);
    today.stop();

    let (mut later, said) = Demo::start_ahead(&data, free_port(), "31");
    assert!(said.starts_with("the clock of this demo is 31 days ahead: what was kept for its time goes now"), "{said}");
    assert!(
        said.contains(&format!("  lead_ip  {kept} due  network addresses of submissions: taken out 30 days")),
        "{said}"
    );
    assert!(!said.contains("  lead  "), "leads are kept for years: {said}");
    let deadline = Instant::now() + Duration::from_mins(1);
    while number(&data, addresses).await > 0 {
        assert!(Instant::now() < deadline, "they do not go");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(number(&data, leads).await, all);
    later.stop();
    let (mut back, said) = Demo::start_ahead(&data, free_port(), "0");
    assert!(!said.contains(" due  "), "{said}");
    assert_eq!(number(&data, addresses).await, 0, "what went is not back");
    back.stop();
}

#[test]
fn days_ahead_that_cannot_be_are_told_before_anything_begins() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    for (days, told) in [
        ("-1", "-1 is not in 0..=36500"),
        ("36501", "36501 is not in 0..=36500"),
        ("99999999999999999999", "number too large"),
        ("a week", "invalid digit"),
        ("1.5", "invalid digit"),
        ("", "empty string"),
    ] {
        let refused = command(&data, free_port()).args(["--days-ahead", days]).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(
            refused.status.code() == Some(2) && said.contains("--days-ahead") && said.contains(told),
            "{days}: {said}"
        );
    }
    assert!(!data.exists());
}
