//! What reports count is answered by indexes alone, under row security.

use jiff::SignedDuration;
use qualify_domain::{
    access::{Permission, Role},
    report::{Channel, FunnelCell, Steps},
    spam::Verdict,
    submission::Attribution,
    team::Colleagues,
};
use qualify_ports::storage::Storage;
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{World, after, noon, storage_of};

/// The planner's choice, in the runtime role, under row security.
async fn plan(database: &TestDatabase, world: &World, sql: &str) -> String {
    let mut connection = PgConnection::connect_with(&database.app()).await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let set = format!(
        "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    tx.execute(AssertSqlSafe(set)).await.unwrap();
    let period = format!(
        "organization_id = '{}' AND {{at}} >= '2026-11-01T00:00:00Z' AND {{at}} < '2026-11-20T00:00:00Z'",
        world.organization
    );
    let sql =
        ["created_at", "received_at", "stage_entered_at", "at"].into_iter().fold(sql.to_owned(), |sql, column| {
            sql.replace(&format!("in_period({column})"), &period.replace("{at}", column))
        });
    let lines: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {sql}"))).fetch_all(&mut *tx).await.unwrap();
    lines.join("\n")
}

#[tokio::test]
async fn rls_8_every_count_of_a_report_is_answered_by_an_index_alone() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    World::found(storage_of(&database)).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let rows = "
        INSERT INTO leads (organization_id, id, version, name, stage_id, form_id, legal_basis, first_touch, last_touch,
            created_at, last_submission_at, stage_entered_at, last_activity_at, rank)
        SELECT form.organization_id, gen_random_uuid(), 1, repeat(md5(n::text), 8), stage.id, form.id, 'consent', '{}',
            '{}', at, at, at, at, '8'
        FROM forms AS form JOIN (SELECT DISTINCT ON (organization_id) * FROM stages) AS stage USING (organization_id),
            generate_series(1, 6000) AS n,
            LATERAL (SELECT '2026-11-30T00:00:00Z'::timestamptz - n * interval '1 hour' AS at) AS times;
        INSERT INTO reasons (organization_id, id, name, position)
        SELECT organization_id, gen_random_uuid(), 'Budget', 0 FROM forms;
        UPDATE leads AS l SET reason_id = r.id FROM reasons AS r
        WHERE r.organization_id = l.organization_id AND r.name = 'Budget' AND extract(second FROM l.created_at) = 0
            AND extract(hour FROM l.created_at) < 6;
        INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, message, consented, notice,
            verdict, spam_reasons, lead_id)
        SELECT organization_id, gen_random_uuid(), form_id, 1, created_at, repeat('word ', 60), true, 'n', 'accepted', '{}', id
        FROM leads;
        INSERT INTO activities (organization_id, id, lead_id, at, author_id, kind, from_stage_id, to_stage_id, spent_seconds,
            note)
        SELECT organization_id, gen_random_uuid(), id, created_at, gen_random_uuid(), kind, stage_id, stage_id, 60,
            repeat('word ', 40)
        FROM leads, unnest(ARRAY['moved', 'noted']) AS kinds (kind)";
    for statement in rows.split(';') {
        superuser.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }
    for table in ["leads", "submissions", "activities"] {
        superuser.execute(AssertSqlSafe(format!("VACUUM ANALYZE {table}"))).await.unwrap();
    }
    let cases = [
        (
            "SELECT channel, form_id, count(*), count(qualified_at), count(won_at) FROM leads WHERE in_period(created_at)
                GROUP BY channel, form_id",
            "leads_in_reports",
        ),
        (
            "SELECT width_bucket(created_at, ARRAY['2026-11-01'::timestamptz, '2026-11-08']), count(*), count(won_at)
                FROM leads WHERE in_period(created_at) GROUP BY 1",
            "leads_in_reports",
        ),
        (
            "SELECT channel, form_id, count(*) FROM submissions WHERE in_period(received_at) AND verdict = 'accepted'
                GROUP BY channel, form_id",
            "submissions_in_reports",
        ),
        (
            "SELECT from_stage_id, spent_seconds, count(*) FROM activities
                WHERE in_period(at) AND kind = 'moved' AND spent_seconds IS NOT NULL GROUP BY 1, 2",
            "moves_in_reports",
        ),
        (
            "SELECT reason_id, count(*) FROM leads WHERE in_period(stage_entered_at) AND reason_id IS NOT NULL GROUP BY 1",
            "leads_given_up",
        ),
        (
            "SELECT author_id, kind, count(*) FROM activities WHERE in_period(at) AND author_id IS NOT NULL
                GROUP BY author_id, kind",
            "work_in_reports",
        ),
    ];
    for (sql, index) in cases {
        let plan = plan(&database, &world, sql).await;
        assert!(plan.contains("Index Only Scan") && plan.contains(index), "{sql}:\n{plan}");
    }
    // The check sees a count that must look at the rows.
    let plan = plan(&database, &world, "SELECT name, count(*) FROM leads WHERE in_period(created_at) GROUP BY 1").await;
    assert!(!plan.contains("Index Only Scan"), "{plan}");
}

#[tokio::test]
async fn what_is_in_quarantine_before_or_after_is_not_counted() {
    let world = World::new().await;
    let mut held = world.submission(noon(), "held@example.com");
    held.verdict = Verdict::Quarantined(vec![]);
    world.capture(held, 1).await.unwrap();
    for (key, seconds) in [(2, -1), (3, 0), (4, 9), (5, 10)] {
        world.capture(world.submission(after(seconds), "anna@example.com"), key).await.unwrap();
    }
    let mut direct = world.submission(after(5), "bert@example.com");
    direct.attribution = Attribution::default();
    world.capture(direct, 6).await.unwrap();
    let mut tx = world.begin(Permission::ReadLeads).await;
    let mut cells = tx.reports().funnel(noon(), after(10)).await.unwrap();
    cells.sort_by_key(|cell| cell.channel.clone());
    let cell = |channel, submissions| FunnelCell {
        channel,
        form: Some(world.form.id),
        steps: Steps { submissions, ..Steps::default() },
    };
    assert_eq!(cells, [cell(Channel::Campaign("newsletter".to_owned()), 2), cell(Channel::Direct, 1)]);
}

#[tokio::test]
async fn whoever_reaches_a_few_leads_counts_the_same_of_them_as_whoever_reaches_all() {
    let world = World::new().await;
    let colleague = world.join(Role::Agent).await;
    for (seconds, owner) in [(0, None), (1, Some(world.user)), (2, Some(colleague)), (3, Some(colleague))] {
        let mut lead = world.lead(after(seconds), &format!("{seconds}@example.com"));
        lead.owner = owner;
        world.keep_lead(&lead).await;
        let submission = world.submission(after(seconds), &format!("{seconds}@example.com"));
        world.capture(submission.clone(), u8::try_from(seconds).unwrap()).await.unwrap();
        let mut tx = world.begin(Permission::ProcessSubmission).await;
        tx.submissions().assign(submission.id, lead.id).await.unwrap();
        tx.commit().await.unwrap();
    }
    let until = noon() + SignedDuration::from_hours(1);
    let count = async |role: Role, colleagues: Colleagues| {
        let scope = world.member_with(role, colleagues).permit(Permission::ReadLeads).unwrap();
        let mut tx = world.storage.tenant(&scope).await.unwrap();
        let cells = tx.reports().funnel(noon(), until).await.unwrap();
        let sum = |step: fn(&Steps) -> u64| cells.iter().map(|cell| step(&cell.steps)).sum::<u64>();
        let owned: u64 = tx.reports().owned(noon(), until).await.unwrap().iter().map(|(_, work)| work.leads).sum();
        (sum(|steps| steps.submissions), sum(|steps| steps.leads), owned)
    };
    assert_eq!(count(Role::Owner, Colleagues::Everybody).await, (4, 4, 4));
    assert_eq!(count(Role::Agent, Colleagues::Everybody).await, (2, 2, 2));
}
