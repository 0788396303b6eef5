//! A server that somebody forgot to stop, while a backup is restored under it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use qualify_postgres::testing::TestDatabase;
use tokio::time::sleep;

/// A running server, which ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn until(url: &str, status: u16) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = reqwest::get(url).await.map(|answer| answer.status().as_u16()).ok();
        if answer == Some(status) {
            return;
        }
        assert!(Instant::now() < deadline, "{url} answers {answer:?}, not {status}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ret_17_a_forgotten_server_answers_503_until_the_restore_is_settled() {
    let (database, folder) = (TestDatabase::fresh().await, tempfile::tempdir().unwrap());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (url, listen, address) = (format!("http://127.0.0.1:{port}"), format!("127.0.0.1:{port}"), database.app_url());
    let settings = [
        ("HTTP_BASE_URL", &*url),
        ("HTTP_LISTEN", &*listen),
        ("SECURITY_KEYS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("CONTROLLER_NAME", "Example SAS"),
        ("CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
        ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
        ("MAILER_ADAPTER", "maildir"),
        ("LOG_LEVEL", "off"),
        ("DATABASE_URL", &*address),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    command.arg("serve").current_dir(folder.path()).env_clear().stdout(Stdio::null());
    command.envs(settings.map(|(name, value)| (format!("QUALIFY_{name}"), value)));
    let _serving = Serving(command.spawn().unwrap());
    let (ready, page) = (format!("{url}/readyz"), format!("{url}/privacy"));
    until(&ready, 200).await;
    until(&page, 200).await;
    // What a restore does once its rows are there: it was alone before.
    database.sql("CREATE SCHEMA unsettled").await;
    let alone = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    database.sql(alone).await;
    until(&ready, 503).await;
    until(&page, 503).await;
    assert_eq!(reqwest::get(&page).await.unwrap().status().as_u16(), 503, "for as long as it takes");
    database.sql("DROP SCHEMA unsettled").await;
    until(&ready, 200).await;
    until(&page, 200).await;
}
