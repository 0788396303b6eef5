//! Each rule lets go of what is due, to the second, in a role that reaches nothing else.

mod ended;
mod parts;
mod plants;
mod purge;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Permission,
    retention::{Place, RULES, RetentionRule},
    submission::IP_KEPT,
};
use qualify_ports::storage::{PlatformTask, Storage, StorageError};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use time::OffsetDateTime;

use self::plants::PLANTS;
use crate::world::{World, after, noon, storage_of};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn rule(code: &str) -> &'static RetentionRule {
    RetentionRule::of_code(code).unwrap()
}

/// A world of its own, with a lead: sweeps go through all organizations.
async fn alone() -> (TestDatabase, World) {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    world.keep_lead(&world.lead(noon(), "anna@example.com")).await;
    // What it took to get here stands in the trail already.
    database.sql("TRUNCATE audit_entries, audit_heads").await;
    (database, world)
}

async fn superuser(database: &TestDatabase) -> PgConnection {
    PgConnection::connect_with(&database.superuser()).await.unwrap()
}

async fn plant(database: &TestDatabase, code: &str, at: Timestamp) {
    let (.., planting) = PLANTS.iter().find(|(planted, ..)| *planted == code).unwrap();
    let at = OffsetDateTime::from_unix_timestamp(at.as_second()).unwrap();
    let planted = sqlx::query(*planting).bind(at).execute(&mut superuser(database).await).await.unwrap();
    assert_eq!(planted.rows_affected(), 1, "{code}");
}

async fn try_sweep(world: &World, code: &str, now: Timestamp, most: u16) -> Result<u64, StorageError> {
    let mut tx = world.storage.platform(PlatformTask::SweepRetention).await?;
    let gone = tx.retention().sweep(rule(code), rule(code).cutoff(now), now, most).await?;
    tx.commit().await?;
    Ok(gone)
}

async fn sweep(world: &World, code: &str, now: Timestamp) -> u64 {
    try_sweep(world, code, now, 10).await.unwrap()
}

async fn due(world: &World, code: &str, now: Timestamp) -> u64 {
    let mut tx = world.storage.platform(PlatformTask::ReadRetention).await.unwrap();
    tx.retention().due(rule(code), rule(code).cutoff(now), 10).await.unwrap()
}

#[tokio::test]
async fn clk_2_each_rule_lets_go_to_the_second_and_a_second_sweep_changes_nothing() {
    let codes: Vec<_> = PLANTS.iter().map(|(code, ..)| *code).collect();
    for rule in RULES.iter().filter(|rule| rule.place == Place::Storage) {
        assert!(codes.contains(&rule.code), "{}", rule.code);
        let (database, world) = alone().await;
        plant(&database, rule.code, noon()).await;
        let end = rule.due_at(noon());
        for (now, is_due) in [(end - SECOND, 0), (end, 1), (end, 0), (end + SECOND, 0)] {
            assert_eq!(due(&world, rule.code, now).await, is_due, "{} at {now}", rule.code);
            assert_eq!(sweep(&world, rule.code, now).await, is_due, "{} at {now}", rule.code);
        }
    }
}

#[tokio::test]
async fn ret_1_the_address_goes_when_its_time_is_over_and_nothing_else() {
    let (database, world) = alone().await;
    let sent = world.submission(noon(), "berta@example.com");
    world.capture(sent.clone(), 1).await.unwrap();
    world.capture(world.submission(after(1), "carla@example.com"), 2).await.unwrap();
    let row = "SELECT count(*) FROM submissions WHERE received_at = '2026-11-23T12:00:00Z' AND ";
    let count = async |condition: &str| {
        let query = AssertSqlSafe(format!("{row}{condition}"));
        sqlx::query_scalar::<_, i64>(query).fetch_one(&mut superuser(&database).await).await.unwrap()
    };
    let end = noon() + IP_KEPT;
    assert_eq!(sweep(&world, "lead_ip", end - SECOND).await, 0);
    assert_eq!(count("ip = '192.0.2.7' AND ip_anonymized_at IS NULL").await, 1);
    assert_eq!(sweep(&world, "lead_ip", end).await, 1);
    assert_eq!(count("ip IS NULL AND ip_anonymized_at = '2026-12-23T12:00:00Z'").await, 1);
    assert_eq!(count("email = 'berta@example.com' AND message IS NOT NULL").await, 1);
    assert_eq!(sweep(&world, "lead_ip", end).await, 0);
    assert_eq!(database.count("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await, 1, "the later one's");
    assert_eq!(sweep(&world, "lead_ip", end + SECOND).await, 1);
}

#[tokio::test]
async fn ret_2_no_read_returns_an_address_that_had_its_time() {
    let (_database, world) = alone().await;
    // Thirty days and thirty days less a second before the noon at which the storage looks.
    for (at, key, is_shown) in [(noon() - IP_KEPT, 1, false), (noon() - IP_KEPT + SECOND, 2, true)] {
        let sent = world.submission(at, "berta@example.com");
        world.capture(sent.clone(), key).await.unwrap();
        let mut tx = world.begin(Permission::ReadSubmissions).await;
        let found = tx.submissions().find(sent.id).await.unwrap().unwrap();
        let all = tx.submissions().all(&[sent.id]).await.unwrap();
        assert_eq!((found.ip.is_some(), all[0].ip.is_some()), (is_shown, is_shown), "{at}");
        assert_eq!(found.answers, sent.answers, "the rest is there");
    }
}

#[tokio::test]
async fn ret_4_what_is_told_of_a_connection_is_deleted_at_ninety_days() {
    let (database, world) = alone().await;
    plant(&database, "connection", noon()).await;
    let end = noon() + SignedDuration::from_hours(90 * 24);
    let mut left = Vec::new();
    for now in [end - SECOND, end, end] {
        let gone = sweep(&world, "connection", now).await;
        left.push((gone, database.count("SELECT count(*) FROM connection_events").await));
    }
    assert_eq!(left, [(0, 1), (1, 0), (0, 0)]);
}

#[tokio::test]
async fn ret_5_a_refresh_token_is_deleted_when_it_expires_and_no_sooner_if_another_took_its_place() {
    let (database, world) = alone().await;
    plant(&database, "refresh_token", noon()).await;
    database.sql("UPDATE refresh_tokens SET rotated_at = issued_at, successor_id = gen_random_uuid()").await;
    let mut left = Vec::new();
    for now in [noon() - SECOND, noon(), noon()] {
        let gone = sweep(&world, "refresh_token", now).await;
        left.push((gone, database.count("SELECT count(*) FROM refresh_tokens").await));
    }
    assert_eq!(left, [(0, 1), (1, 0), (0, 0)]);
}

#[tokio::test]
async fn ret_14_what_somebody_holds_is_left_for_the_next_sweep() {
    let (database, world) = alone().await;
    for _ in 0..2 {
        plant(&database, "notification", noon()).await;
    }
    let late = rule("notification").due_at(noon());
    let mut holder = superuser(&database).await;
    holder.execute("BEGIN; SELECT * FROM notifications LIMIT 1 FOR UPDATE").await.unwrap();
    assert_eq!(sweep(&world, "notification", late).await, 1);
    holder.execute("ROLLBACK").await.unwrap();
    assert_eq!(sweep(&world, "notification", late).await, 1);
}

#[tokio::test]
async fn ret_14_a_sweep_waits_a_second_for_a_lock_and_takes_five_at_most() {
    let (database, world) = alone().await;
    for (setting, milliseconds) in [("lock_timeout", 1_000), ("statement_timeout", 5_000)] {
        let telling = format!(
            "CREATE OR REPLACE FUNCTION sweep_throttle(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
            LANGUAGE sql AS $$ SELECT setting::bigint FROM pg_settings WHERE name = '{setting}' $$"
        );
        superuser(&database).await.execute(AssertSqlSafe(telling)).await.unwrap();
        assert_eq!(sweep(&world, "throttle", noon()).await, milliseconds, "{setting}");
    }
}

/// By which index each rule finds what is due.
const INDEXES: &[(&str, &str)] = &[
    ("lead_ip", "ON public.submissions USING btree (received_at) WHERE (ip IS NOT NULL)"),
    ("quarantine", "ON public.submissions USING btree (received_at) WHERE (verdict = 'quarantined'::text)"),
    ("sealed", "ON public.submissions USING btree (received_at) WHERE (verdict = 'sealed'::text)"),
    ("connection", "ON public.connection_events USING btree (occurred_at)"),
    ("refresh_token", "ON public.refresh_tokens USING btree (expires_at)"),
    ("one_time_token", "ON public.one_time_tokens USING btree (expires_at)"),
    ("consent_link", "ON public.consent_links USING btree (expires_at) WHERE (expires_at IS NOT NULL)"),
    ("throttle", "ON public.throttles USING btree (expires_at) WHERE (expires_at IS NOT NULL)"),
    ("submission_key", "ON public.submission_keys USING btree (expires_at)"),
    ("creation_key", "ON public.creation_keys USING btree (expires_at)"),
    ("job", "ON public.jobs USING btree (ended_at) WHERE (ended_at IS NOT NULL)"),
    ("import", "ON public.imports USING btree (COALESCE(done_at, created_at))"),
    ("merge", "ON public.merges USING btree (at) WHERE (merged_before IS NOT NULL)"),
    ("notification", "ON public.notifications USING btree (created_at)"),
    ("mail_pace", "ON public.mail_paces USING btree (full_at)"),
    ("tombstone", "ON public.tombstones USING btree (at)"),
    ("erasure", "ON public.erasures USING btree (expires_at)"),
    ("parked_event", "ON public.outbox USING btree (parked_at) WHERE (parked_at IS NOT NULL)"),
    ("farewell", "ON public.farewells USING btree (created_at)"),
    ("organization", "ON public.organizations USING btree (purge_due_at) WHERE (purge_due_at IS NOT NULL)"),
    ("session", "ON public.sessions USING btree (expires_at)"),
    ("challenge", "ON public.sign_in_challenges USING btree (expires_at)"),
    ("passkey_ceremony", "ON public.passkey_ceremonies USING btree (expires_at)"),
    ("invitation", "ON public.invitations USING btree (expires_at)"),
    ("view", "ON public.views USING btree (removed_at) WHERE (removed_at IS NOT NULL)"),
    ("support_grant", "ON public.support_grants USING btree (expires_at)"),
    ("checkout", "ON public.checkouts USING btree (created_at)"),
    ("billing_hint", "ON public.billing_hints USING btree (received_at)"),
    ("ledger", "ON public.ledger USING btree (retain_until)"),
    ("hook_delivery", "ON public.hook_deliveries USING btree (at)"),
    ("lead", "ON public.leads USING btree (organization_id, last_submission_at DESC, id DESC)"),
    (
        "lead",
        "ON public.submissions USING btree (organization_id, received_at) \
            WHERE ((verdict = 'accepted'::text) AND (lead_id IS NULL))",
    ),
    ("breach", "ON public.breaches USING btree (logged_at)"),
    ("service_breach", "ON public.service_breaches USING btree (logged_at)"),
    ("operator_request", "ON public.operator_requests USING btree (received_at)"),
    ("audit", "ON public.audit_entries USING btree (organization_id, at)"),
    ("rights_link", "ON public.rights_links USING btree (ends_at)"),
    ("rights_request", "ON public.rights_requests USING btree (received_at)"),
];

#[tokio::test]
async fn ret_14_each_rule_has_an_index_by_its_clock() {
    let (database, _world) = alone().await;
    let indexes = "SELECT coalesce(string_agg(indexdef, E'\\n'), '') FROM pg_indexes WHERE schemaname = 'public'";
    let indexes: String = sqlx::query_scalar(indexes).fetch_one(&mut superuser(&database).await).await.unwrap();
    for rule in RULES.iter().filter(|rule| rule.place == Place::Storage) {
        let of_rule: Vec<_> = INDEXES.iter().filter(|(code, _)| *code == rule.code).collect();
        assert!(!of_rule.is_empty(), "{}", rule.code);
        for (_, wanted) in of_rule {
            assert!(indexes.lines().any(|index| index.ends_with(wanted)), "{wanted}");
        }
    }
}

/// The answer to a statement in the role of a sweep that goes up to that moment.
async fn as_sweep(database: &TestDatabase, code: &str, cutoff: &str, statement: &str) -> Result<u64, String> {
    let mut connection = superuser(database).await;
    let role = format!("SET ROLE qualify_sweep_{code}; SET qualify.sweep_cutoff = '{cutoff}'");
    connection.execute(AssertSqlSafe(role)).await.unwrap();
    let answer = connection.execute(AssertSqlSafe(statement.to_owned())).await;
    answer.map(|done| done.rows_affected()).map_err(|refused| {
        let code = refused.as_database_error().and_then(|refused| refused.code().map(|code| code.to_string()));
        code.unwrap_or_default()
    })
}

#[tokio::test]
async fn ret_15_the_sweep_of_addresses_reads_no_mail_and_writes_no_address() {
    let (database, _world) = alone().await;
    plant(&database, "lead_ip", noon()).await;
    let at_noon = "2026-11-23T12:00:00Z";
    for statement in [
        "SELECT email FROM submissions",
        "SELECT name, message FROM submissions",
        "SELECT ip FROM submissions",
        "SELECT * FROM submissions",
        "SELECT id FROM leads",
        "SELECT id FROM users",
        "SELECT ip FROM connection_events",
        "UPDATE submissions SET ip = '192.0.2.8', ip_anonymized_at = received_at",
        "UPDATE submissions SET ip = NULL",
        "UPDATE submissions SET ip = NULL, ip_anonymized_at = received_at, email = NULL",
        "UPDATE submissions SET received_at = received_at",
        "DELETE FROM submissions",
        "INSERT INTO submissions (organization_id, id) SELECT organization_id, id FROM submissions",
        "TRUNCATE submissions",
        "DELETE FROM retention_runs",
    ] {
        assert_eq!(as_sweep(&database, "lead_ip", at_noon, statement).await, Err("42501".to_owned()), "{statement}");
    }
    let emptying = "UPDATE submissions SET ip = NULL, ip_anonymized_at = received_at";
    assert_eq!(as_sweep(&database, "lead_ip", "2026-11-23T11:59:59Z", emptying).await, Ok(0), "what is not due");
    assert_eq!(as_sweep(&database, "lead_ip", at_noon, emptying).await, Ok(1));
}

#[tokio::test]
async fn ret_15_the_sweep_of_leads_reaches_what_became_no_lead_when_it_is_due_and_writes_nothing() {
    let (database, _world) = alone().await;
    plant(&database, "lead_ip", noon()).await;
    let end = rule("lead").due_at(noon());
    let (before, then) = ((end - SECOND).to_string(), end.to_string());
    let looking = "SELECT id FROM submissions";
    assert_eq!(as_sweep(&database, "lead", &before, looking).await, Ok(0));
    assert_eq!(as_sweep(&database, "lead", &then, looking).await, Ok(1));
    for statement in [
        "SELECT email FROM submissions",
        "SELECT ip FROM submissions",
        "UPDATE submissions SET received_at = received_at",
        "UPDATE submissions SET lead_id = id",
    ] {
        assert_eq!(as_sweep(&database, "lead", &then, statement).await, Err("42501".to_owned()), "{statement}");
    }
    assert_eq!(as_sweep(&database, "lead", &before, "DELETE FROM submissions").await, Ok(0));
    assert_eq!(as_sweep(&database, "lead", &then, "DELETE FROM submissions").await, Ok(1));
}

#[tokio::test]
async fn ret_15_a_sweep_sees_nothing_that_is_not_due_and_nothing_at_all_without_a_cutoff() {
    for (code, place, _) in PLANTS {
        let (database, _world) = alone().await;
        plant(&database, code, noon()).await;
        let (table, column) = place.split_once('.').unwrap();
        let look = format!("SELECT {column} FROM {table}");
        let cutoff = rule(code).cutoff(rule(code).due_at(noon()));
        let (before, then) = ((cutoff - SECOND).to_string(), cutoff.to_string());
        for (cutoff, answer) in [(&*before, Ok(0)), (&*then, Ok(1)), ("", Err("22007".to_owned()))] {
            assert_eq!(as_sweep(&database, code, cutoff, &look).await, answer, "{code}: {look} up to {cutoff:?}");
        }
    }
}

#[tokio::test]
async fn ret_15_whoever_serves_sweeps_by_the_functions_only_and_for_that_reason_only() {
    let (_database, world) = alone().await;
    for task in [PlatformTask::RelayOutbox, PlatformTask::Throttle, PlatformTask::ReadRetention] {
        let mut tx = world.storage.platform(task).await.unwrap();
        assert!(tx.retention().sweep(rule("throttle"), noon(), noon(), 1).await.is_err(), "{task:?}");
    }
    let mut tx = world.storage.platform(PlatformTask::RelayOutbox).await.unwrap();
    assert!(tx.retention().due(rule("throttle"), noon(), 1).await.is_err());
}
