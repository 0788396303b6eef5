//! What one organization keeps, another cannot see, count, change or collide with.

use futures::future::join_all;
use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, Author, What},
    api_key::{ApiKey, KeyScope, KeyWish, USUAL_DAYS},
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    connection::{ConnectionEvent, ConnectionKind},
    holiday::Holiday,
    id::{ActivityId, ApiKeyId, ConnectionId, InvitationId, LeadId, OneTimeTokenId},
    invitation::Invitation,
    language::Language,
    lead_filter::LeadFilter,
    notification::{Choice, Wishes},
    score::{Draft, Edition, Rulebook},
    signing_key::SigningKey,
    text::Message,
};
use qualify_ports::storage::{Creation, CreationKey, PlatformTask, Storage, StorageError};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgPoolOptions};

use crate::{
    stores::{digest, sign_in},
    world::{World, after, email, id, name, noon, team},
};

async fn app() -> PgConnection {
    PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap()
}

async fn tables(with_organization: bool) -> Vec<String> {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    sqlx::query_scalar(
        "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_sqlx_migrations'
            AND $1 = EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id')",
    )
    .bind(with_organization)
    .fetch_all(&mut connection)
    .await
    .unwrap()
}

/// An organization with a row in every table of a tenant.
async fn filled() -> World {
    let world = World::new().await;
    let mut intake = world.intake(world.submission(noon(), "anna@example.com"), 1);
    intake.undeclared = vec!["company".into()];
    world.storage.record(&world.may(Permission::CaptureLead), intake).await.unwrap();
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    let mut tx = world.begin(Permission::NoteLead).await;
    let what = What::Noted(Message::parse("Called.").unwrap());
    let note =
        Activity { id: ActivityId(id()), lead: lead.id, at: noon(), author: Some(Author::Member(world.user)), what };
    tx.activities().insert(&note).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::CompleteEvent).await;
    tx.notifications().insert(&world.notification(noon(), Some(lead.id)), Choice::AtOnce).await.unwrap();
    tx.notifications().choose(world.user, &Wishes::default()).await.unwrap();
    tx.paces().organization(noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::RunJobs).await;
    let job = world.job(noon());
    tx.jobs().insert(&job).await.unwrap();
    tx.jobs().write(job.id, 0, b"E-mail").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageOrganization).await;
    let holiday = Holiday { day: Holiday::parse_day("2030-05-01").unwrap(), name: name("May Day") };
    tx.settings().add_holiday(&holiday).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageScore).await;
    let book = Rulebook::standard(Language::English);
    let edition = Edition { version: 1, book: book.clone(), made_at: noon(), made_by: None };
    tx.scores().put_into_force(&edition).await.unwrap();
    tx.scores().keep_draft(world.user, &Draft { base: 1, book }).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageTeams).await;
    tx.teams().insert(&team("North", &[world.user]), noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageMembers).await;
    tx.invitations().keep(&invitation(&world)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageApiKeys).await;
    let key = api_key(&world);
    tx.api_keys().insert(&key, &digest()).await.unwrap();
    let creation = CreationKey { program: key.id, key: digest(), body: digest(), expires_at: after(60) };
    tx.creations().keep(&creation, &Creation { lead: lead.id, version: 1, is_new: true }).await.unwrap();
    tx.commit().await.unwrap();
    sign_in(&world, 0).await;
    watched(&world).await;
    accounts(&world).await;
    world
}

fn invitation(world: &World) -> Invitation {
    let (email, roles, by) = (email("guest@example.com"), vec![Role::Viewer], world.user);
    let (invited_at, expires_at) = (noon(), noon());
    Invitation { id: InvitationId(id()), token: OneTimeTokenId(id()), email, roles, by, invited_at, expires_at }
}

fn api_key(world: &World) -> ApiKey {
    let wish = KeyWish { name: name("Website"), role: Role::Agent, scopes: KeyScope::ALL.to_vec(), days: USUAL_DAYS };
    ApiKey::make(ApiKeyId(id()), wish, &world.member(Role::Owner), noon()).unwrap()
}

/// A row in each table about accounts that nothing above writes into: an empty table has nothing to refuse.
async fn accounts(world: &World) {
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    let from = Circumstances::of("192.0.2.7".parse().ok(), "Firefox");
    let (id_of, user, kind) = (ConnectionId(id()), world.user, ConnectionKind::Failure);
    tx.connections().append(&ConnectionEvent { id: id_of, user, session: None, kind, at: noon(), from }).await.unwrap();
    tx.throttles().hold(&[digest()], noon()).await.unwrap();
    let key = SigningKey { kid: id().to_string(), ring_key: "ring".into(), created_at: noon(), signs_from: noon() };
    tx.signing_keys().insert(&key).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    let statements = [
        "INSERT INTO totp_secrets (user_id, key_id, sealed, created_at, last_step, failures)
        VALUES ($1, 'k', '', to_timestamp(0), 0, 0)",
        "INSERT INTO recovery_codes (user_id, digest) VALUES ($1, decode(repeat('00', 32), 'hex'))",
        "INSERT INTO sign_in_challenges (digest, user_id, expires_at, tries)
        VALUES (sha256(convert_to($1::text, 'UTF8')), $1, to_timestamp(0), 0)",
    ];
    for statement in statements {
        sqlx::query(statement).bind(world.user.0).execute(&mut connection).await.unwrap();
    }
}

/// Something that matters to security, in the trail and beside it, and an anchor as the deletion of old entries leaves one.
async fn watched(world: &World) {
    let mut tx = world.begin(Permission::NoteSecurity).await;
    let refused = SecurityEvent::by(SecurityKind::PermissionRefused, world.user, None);
    tx.audit().note(&refused, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    tx.security().count(SecurityKind::SignInFailed, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    sqlx::query("INSERT INTO audit_anchors VALUES ($1, 0, decode(repeat('00', 32), 'hex'), to_timestamp(0))")
        .bind(world.organization.0)
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn rls_2_a_query_without_scope_is_an_error() {
    filled().await;
    for table in tables(true).await {
        let fresh = app().await.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(fresh.to_string().contains("qualify.organization_id"), "{table}: {fresh}");
    }
}

#[tokio::test]
async fn rls_2_a_query_after_a_tenants_transaction_is_an_error() {
    let world = filled().await;
    let mut connection = app().await;
    let mut tx = connection.begin().await.unwrap();
    let set = format!(
        "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    tx.execute(AssertSqlSafe(set)).await.unwrap();
    tx.execute("SELECT FROM leads").await.unwrap();
    tx.commit().await.unwrap();
    for table in tables(true).await {
        let late = connection.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(late.to_string().contains("invalid input syntax for type uuid"), "{table}: {late}");
    }
}

#[tokio::test]
async fn rls_2_the_platforms_tables_are_errors_inside_an_organization() {
    let world = filled().await;
    let names = tables(false).await;
    assert!(names.contains(&"users".to_owned()), "{names:?}");
    let mut superuser = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    for table in names {
        let mut connection = app().await;
        let mut tx = connection.begin().await.unwrap();
        let set = format!(
            "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true), set_config('qualify.platform_task', '', true)",
            world.organization
        );
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        // A policy is asked where there is a row: one that is there, or one that is to come.
        let select = format!("SELECT FROM {table}");
        let insert = format!("INSERT INTO {table} DEFAULT VALUES");
        let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        let rows = count.fetch_one(&mut superuser).await.unwrap();
        for statement in [select, insert].into_iter().skip(usize::from(rows == 0)) {
            let mut attempt = tx.begin().await.unwrap();
            let refused = attempt.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
            assert!(refused.to_string().contains("platform_task_name"), "{statement}: {refused}");
            let fresh = app().await.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
            assert!(fresh.to_string().contains("qualify.platform_task"), "{statement}: {fresh}");
        }
    }
}

#[tokio::test]
async fn rls_2_work_for_the_platform_reaches_no_tenants_table() {
    let world = filled().await;
    drop(world);
    for table in tables(true).await {
        let mut connection = app().await;
        let mut tx = connection.begin().await.unwrap();
        tx.execute("SELECT set_config('qualify.platform_task', 'relay_outbox', true)").await.unwrap();
        tx.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
    }
}

#[tokio::test]
async fn rls_12_no_table_shows_gives_or_takes_another_tenants_rows() {
    let (ours, theirs) = (filled().await, filled().await);
    for table in tables(true).await {
        let mut connection = app().await;
        let mut tx = connection.begin().await.unwrap();
        let set = format!(
            "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true)",
            ours.organization
        );
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        let count = async |tx: &mut PgConnection, whose: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table} WHERE organization_id {whose} '{}'", ours.organization);
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(tx).await.unwrap()
        };
        assert!(count(&mut tx, "=").await > 0, "{table}: its own rows are seen, so the next lines prove something");
        assert_eq!(count(&mut tx, "<>").await, 0, "{table}: rows of others are seen");
        let stray = format!("UPDATE {table} SET organization_id = '{}'", theirs.organization);
        let deletion = format!("DELETE FROM {table} WHERE organization_id = '{}'", theirs.organization);
        let copy =
            format!("INSERT INTO {table} (organization_id) OVERRIDING SYSTEM VALUE VALUES ('{}')", theirs.organization);
        for (statement, expected) in [(stray, "42501"), (copy, "42501")] {
            let mut attempt = tx.begin().await.unwrap();
            let refused = attempt.execute(AssertSqlSafe(statement)).await.unwrap_err();
            let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
            // A check or a missing column may speak first: the row is refused either way.
            assert!([expected, "23502"].contains(&&*code), "{table}: {refused}");
        }
        let mut attempt = tx.begin().await.unwrap();
        match attempt.execute(AssertSqlSafe(deletion)).await {
            Ok(done) => assert_eq!(done.rows_affected(), 0, "{table}"),
            Err(refused) => assert!(refused.to_string().contains("permission denied"), "{table}: {refused}"),
        }
    }
}

#[tokio::test]
async fn rls_5_a_row_cannot_point_at_another_tenants_row() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let lead = theirs.lead(noon(), "anna@example.com");
    theirs.keep_lead(&lead).await;
    let mut tx = ours.begin(Permission::NoteLead).await;
    let what = What::Noted(Message::parse("Mine now.").unwrap());
    let note = Activity { id: ActivityId(id()), lead: lead.id, at: noon(), author: None, what };
    assert!(matches!(tx.activities().insert(&note).await, Err(StorageError::Failed(_))));

    let mut foreign = ours.lead(noon(), "bert@example.com");
    foreign.stage = theirs.pipeline.stages[0].id;
    let mut tx = ours.begin(Permission::ProcessSubmission).await;
    assert!(matches!(tx.leads().insert(&foreign).await, Err(StorageError::Failed(_))));

    let mut strayed = ours.submission(noon(), "carl@example.com");
    strayed.form = theirs.form.id;
    assert!(matches!(ours.capture(strayed, 1).await, Err(StorageError::Failed(_))));
}

#[tokio::test]
async fn rls_5_two_organizations_may_use_the_same_ids() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let mut lead = ours.lead(noon(), "anna@example.com");
    ours.keep_lead(&lead).await;
    (lead.stage, lead.form) = (theirs.pipeline.stages[0].id, Some(theirs.form.id));
    theirs.keep_lead(&lead).await;
    assert!(ours.begin(Permission::ReadLeads).await.leads().find(lead.id).await.unwrap().is_some());
}

#[tokio::test]
async fn rls_3_the_scope_ends_with_its_transaction_and_a_pool_never_mixes_tenants() {
    let (ours, theirs) = (World::new().await, World::new().await);
    ours.keep_lead(&ours.lead(noon(), "ours@example.com")).await;
    theirs.keep_lead(&theirs.lead(noon(), "theirs@example.com")).await;
    let options = TestDatabase::shared().await.app();
    let pool = PgPoolOptions::new().max_connections(2).test_before_acquire(false).connect_with(options).await.unwrap();
    let turns = (0..4).map(|lane| {
        let (pool, ours, theirs) = (&pool, &ours, &theirs);
        async move {
            for turn in 0..2_500 {
                let whose = if (turn + lane) % 2 == 0 { ours } else { theirs };
                let begin =
                    format!("BEGIN; SELECT set_config('qualify.reach', 'all', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true)", whose.organization);
                let mut tx = pool.begin_with(AssertSqlSafe(begin)).await.unwrap();
                let seen: Vec<uuid::Uuid> =
                    sqlx::query_scalar("SELECT organization_id FROM leads").fetch_all(&mut *tx).await.unwrap();
                assert_eq!(seen, [whose.organization.0]);
                if turn % 3 == 0 { drop(tx) } else { tx.commit().await.unwrap() }
            }
        }
    });
    join_all(turns).await;
    sqlx::query("SELECT FROM leads").fetch_all(&pool).await.unwrap_err();
}

#[tokio::test]
async fn a_permission_that_reads_cannot_write() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    let mut tx = world.begin(Permission::ReadLeads).await;
    assert!(matches!(tx.leads().insert(&lead).await, Err(StorageError::Failed(_))));
}

#[tokio::test]
async fn dropped_work_leaves_no_trace() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    tx.leads().insert(&lead).await.unwrap();
    drop(tx);
    assert!(world.begin(Permission::ReadLeads).await.leads().find(lead.id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_agent_reaches_own_leads_and_those_of_nobody() {
    let world = World::new().await;
    let colleague = world.join(Role::Agent).await;
    let leads = [None, Some(world.user), Some(colleague)].map(|owner| {
        let mut lead = world.lead(after(1), &format!("{}@example.com", id().simple()));
        lead.owner = owner;
        lead
    });
    for lead in &leads {
        world.keep_lead(lead).await;
    }
    let scope = world.member(Role::Agent).permit(Permission::QualifyLead).unwrap();
    let mut tx = world.storage.tenant(&scope).await.unwrap();
    let mut reached: Vec<LeadId> = vec![];
    for lead in &leads {
        reached.extend(tx.leads().find(lead.id).await.unwrap().map(|lead| lead.id));
    }
    assert_eq!(reached, [leads[0].id, leads[1].id]);
    let listed = tx.leads().page(&LeadFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(listed.len(), 2);
    assert!(matches!(tx.leads().update(&leads[2]).await, Err(StorageError::Stale)));
    assert!(tx.activities().of_lead(leads[2].id, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn rls_6_a_definers_function_serves_its_task_only() {
    let world = World::new().await;
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.directory().resolve_form(world.form.public_id, noon()).await.is_err());
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.directory().resolve_key(&digest()).await.is_err());
    let mut tx = world.storage.platform(PlatformTask::ResolveForm).await.unwrap();
    assert!(tx.queue().waiting().await.is_err());
    let mut tx = world.storage.platform(PlatformTask::ResolveForm).await.unwrap();
    assert!(tx.directory().resolve_form(world.form.public_id, noon()).await.unwrap().is_some());
}
