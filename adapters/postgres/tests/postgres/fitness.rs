//! A database that is not fit to run on is told apart, with what to do about it.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use qualify_ports::time::Clock;
use qualify_postgres::{Weight, clocks, fitness, testing::TestDatabase};
use sqlx::{Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};

async fn found(options: PgConnectOptions, durable: bool) -> Vec<(Weight, String)> {
    let pool = PgPool::connect_with(options).await.unwrap();
    let findings = fitness(&pool, durable).await.unwrap();
    findings.into_iter().map(|finding| (finding.weight, finding.text)).collect()
}

fn refusals(findings: Vec<(Weight, String)>) -> Vec<String> {
    findings.into_iter().filter(|(weight, _)| *weight == Weight::Refused).map(|(_, text)| text).collect()
}

#[tokio::test]
async fn the_runtime_role_on_the_known_schema_is_fit() {
    let findings = found(TestDatabase::shared().await.app(), false).await;
    assert_eq!(refusals(findings.clone()), Vec::<String>::new());
    assert!(
        findings.iter().any(|(weight, text)| *weight == Weight::Fine && text.contains("binds the role qualify_app"))
    );
}

#[tokio::test]
async fn rls_4_a_superuser_is_refused() {
    let refused = refusals(found(TestDatabase::shared().await.superuser(), false).await);
    assert!(refused.iter().any(|text| text.contains("is a superuser")), "{refused:?}");
}

#[tokio::test]
async fn rls_4_a_member_of_the_owner_is_refused() {
    let refused = refusals(found(TestDatabase::shared().await.migrator(), false).await);
    assert!(refused.iter().any(|text| text.contains("a member of qualify_owner, which owns tables")), "{refused:?}");
}

#[tokio::test]
async fn rls_4_a_role_that_bypasses_row_security_is_refused() {
    let database = TestDatabase::shared().await;
    let refused = refusals(found(database.superuser().options([("role", "qualify_backup")]), false).await);
    assert!(refused.iter().any(|text| text.contains("has BYPASSRLS")), "{refused:?}");
}

#[tokio::test]
async fn rel_10_settings_that_lose_what_was_acknowledged_are_refused_where_it_matters() {
    let database = TestDatabase::shared().await;
    let careless = || database.app().options([("synchronous_commit", "off")]);
    let refused = refusals(found(careless(), true).await);
    assert!(refused.iter().any(|text| text.contains("synchronous_commit is off")), "{refused:?}");
    assert_eq!(refusals(found(careless(), false).await), Vec::<String>::new());
}

#[tokio::test]
async fn log_2_a_talkative_server_is_noticed() {
    let database = TestDatabase::shared().await;
    let talkative = database.superuser().options([("log_min_error_statement", "error")]);
    let findings = found(talkative, false).await;
    assert!(findings.iter().any(|(_, text)| text.contains("log_min_error_statement is not panic")), "{findings:?}");
    let findings = found(database.app(), false).await;
    assert!(findings.iter().all(|(_, text)| !text.contains("log_min_error_statement")), "{findings:?}");
}

#[tokio::test]
async fn a_schema_that_is_behind_is_refused_with_the_command_to_run() {
    let database = TestDatabase::fresh().await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser.execute("DELETE FROM _sqlx_migrations WHERE version = 6").await.unwrap();
    let refused = refusals(found(database.app(), false).await);
    assert!(refused.iter().any(|text| text.contains("0006") && text.contains("qualify migrate")), "{refused:?}");
}

/// The machine's clock, so many seconds off.
struct Off(AtomicI64);

impl Clock for Off {
    #[expect(clippy::disallowed_methods, reason = "it is compared with the clock of a database on this machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn a_clock_that_differs_from_the_database_s_is_told_with_what_to_do() {
    let (database, clock) = (TestDatabase::shared().await, Off(AtomicI64::new(0)));
    let pool = PgPool::connect_with(database.app()).await.unwrap();
    assert_eq!(clocks(&pool, &clock).await.unwrap().weight, Weight::Fine);
    for (off, told) in [(3_600, "s behind the one"), (-3_600, "s ahead of the one")] {
        clock.0.store(off, Ordering::Relaxed);
        let found = clocks(&pool, &clock).await.unwrap();
        assert_eq!(found.weight, Weight::Refused, "{found}");
        assert!(found.text.contains(told) && found.text.contains("set both right"), "{found}");
    }
}
