//! Every condition and every order of the list is served by an index, under row security.

use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    prepared::plans,
    world::{World, storage_of},
};

/// The planner's choice, in the runtime role, under row security.
async fn plan(database: &TestDatabase, world: &World, condition: &str) -> String {
    let mut connection = PgConnection::connect_with(&database.app()).await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let set = format!(
        "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    tx.execute(AssertSqlSafe(set)).await.unwrap();
    let sql = format!("EXPLAIN SELECT id FROM leads WHERE organization_id = '{}' AND {condition}", world.organization);
    let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *tx).await.unwrap();
    lines.join("\n")
}

/// Two organizations with so many leads that the planner would rather not read them all.
async fn crowded(database: &TestDatabase) -> World {
    let worlds = [World::found(storage_of(database)).await, World::found(storage_of(database)).await];
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser
        .execute(
            "INSERT INTO leads (organization_id, id, version, name, email, phone, phone_e164, stage_id, form_id,
                legal_basis, first_touch, last_touch, created_at, last_submission_at, stage_entered_at,
                last_activity_at, rank, company, grade)
            SELECT form.organization_id, gen_random_uuid(), 1, md5(n::text), md5(n::text) || '@example.com', '+336' || n,
                '+336' || n, stage.id, form.id, 'consent', '{}', '{}', now() - n * interval '1 minute',
                now() - (n * 7919 % 3001) * interval '1 minute', now(),
                now() - (n * 7907 % 3001) * interval '1 minute', '8', md5(md5(n::text)), 'A' || n % 4 + 1
            FROM forms AS form JOIN stages AS stage USING (organization_id), generate_series(10000, 13000) AS n;
            ANALYZE leads",
        )
        .await
        .unwrap();
    worlds.into_iter().next().unwrap()
}

/// Whoever is sought by an address is found by it: an index serves only what is compared in its own collation.
#[tokio::test]
async fn rls_8_every_prepared_query_that_seeks_a_person_is_served_by_an_index() {
    let database = TestDatabase::fresh().await;
    crowded(&database).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser
        .execute(
            "SET session_replication_role = replica;
            INSERT INTO lead_aliases (organization_id, merge_id, lead_id, kind, norm)
            SELECT organization_id, gen_random_uuid(), id, 'email', md5(email_norm) FROM leads;
            ANALYZE lead_aliases;
            SET enable_seqscan = off",
        )
        .await
        .unwrap();
    let sought = plans(&mut superuser, |query| query.contains("norm = lower(")).await;
    for (query, plan) in &sought {
        // Few are restricted, and they have an index of their own.
        let marks: &[&str] = if query.contains("AND l.restricted AND") {
            &["leads_restricted"]
        } else {
            &["norm =", "name_at_domain ="]
        };
        for mark in marks {
            let by_index = plan.lines().any(|line| line.contains("Index") && line.contains(mark));
            assert!(marks.len() > 1 && !query.contains(mark) || by_index, "{mark} in {query}:\n{plan}");
        }
    }
    let whom =
        "an account, whose mail is refused, a lead, the leads that are alike, who was merged, and who is restricted";
    assert_eq!(sought.len(), 6, "{whom}");
}

#[tokio::test]
async fn rls_8_every_condition_of_the_list_is_served_by_an_index() {
    let database = TestDatabase::fresh().await;
    let world = &crowded(&database).await;
    let (stage, second, form) = (world.pipeline.stages[0].id, world.pipeline.stages[1].id, world.form.id);
    let order = "ORDER BY created_at DESC, id DESC LIMIT 51";
    let by_name = |way: &str| format!("ORDER BY name_norm COLLATE \"C\" {way}, id {way} LIMIT 51");
    let by_company = |way: &str| format!("ORDER BY company_norm {way}, id {way} LIMIT 51");
    let after = "(name_norm COLLATE \"C\", id) > ('abc' COLLATE \"C\", '00000000-0000-0000-0000-000000000000')";
    let cases = [
        (format!("true {order}"), "leads_newest", "organization_id ="),
        (format!("stage_id = '{stage}' {order}"), "leads_newest_of_stage", "stage_id ="),
        (format!("stage_id = '{stage}' ORDER BY rank, id LIMIT 41"), "leads_on_board", "stage_id ="),
        (
            format!("stage_id = '{stage}' AND (rank, id) > ('8' COLLATE \"C\", '{stage}') ORDER BY rank, id LIMIT 41"),
            "leads_on_board",
            "ROW(rank, id) >",
        ),
        (format!("form_id = '{form}' {order}"), "leads_newest", "organization_id ="),
        (
            format!(
                "((last_activity_at <= now() - interval '1 day' AND stage_id = '{stage}')
                    OR (last_activity_at <= now() - interval '12 hours' AND stage_id = '{second}')) {order}"
            ),
            "leads_newest",
            "organization_id =",
        ),
        (format!("name_norm ^@ 'abc' {order}"), "leads_by_name", "name_norm >="),
        (format!("email_norm ^@ 'abc' {order}"), "leads_by_email", "email_norm >="),
        (format!("(name_norm ^@ 'abc' OR email_norm ^@ 'abc') {order}"), "leads_by_email", "email_norm >="),
        ("email_norm = 'anna@example.com'".to_owned(), "leads_by_email", "email_norm ="),
        (format!("phone_e164 ^@ '+33610999' {order}"), "leads_by_phone", "phone_e164 >="),
        (format!("name_norm IS NOT NULL {}", by_name("ASC")), "leads_by_name", "name_norm IS NOT NULL"),
        (format!("name_norm IS NOT NULL {}", by_name("DESC")), "leads_by_name", "name_norm IS NOT NULL"),
        (format!("name_norm IS NOT NULL AND {after} {}", by_name("ASC")), "leads_by_name", "ROW(name_norm, id) >"),
        ("name_norm IS NULL ORDER BY id DESC LIMIT 51".to_owned(), "leads_by_name", "name_norm IS NULL"),
        (format!("company_norm ^@ 'abc' {order}"), "leads_by_company", "company_norm >="),
        (format!("company_norm IS NOT NULL {}", by_company("ASC")), "leads_by_company", "company_norm IS NOT NULL"),
        (format!("company_norm IS NOT NULL {}", by_company("DESC")), "leads_by_company", "company_norm IS NOT NULL"),
        (
            format!(
                "company_norm IS NOT NULL AND (company_norm, id) > ('abc' COLLATE \"C\", '{stage}') {}",
                by_company("ASC")
            ),
            "leads_by_company",
            "ROW(company_norm, id) >",
        ),
        ("company_norm IS NULL ORDER BY id DESC LIMIT 51".to_owned(), "leads_by_company", "company_norm IS NULL"),
        (format!("grade = 'A1' {order}"), "leads_newest_of_grade", "grade ="),
        (
            "(last_activity_at, id) < (now(), '00000000-0000-0000-0000-000000000000')
                ORDER BY last_activity_at DESC, id DESC LIMIT 51"
                .to_owned(),
            "leads_by_last_activity",
            "ROW(last_activity_at, id) <",
        ),
        (
            "true ORDER BY last_submission_at ASC, id ASC LIMIT 51".to_owned(),
            "leads_by_last_submission",
            "organization_id =",
        ),
        (
            "(last_submission_at, id) < (now(), '00000000-0000-0000-0000-000000000000')
                ORDER BY last_submission_at DESC, id DESC LIMIT 51"
                .to_owned(),
            "leads_by_last_submission",
            "ROW(last_submission_at, id) <",
        ),
    ];
    for (condition, index, served) in cases {
        let plan = plan(&database, world, &condition).await;
        let by_index = plan.lines().any(|line| line.contains("Index Cond") && line.contains(served));
        assert!(plan.contains(index) && by_index, "{condition}:\n{plan}");
        let walks = ["ORDER BY name", "ORDER BY company", "grade ="].iter().any(|part| condition.contains(part));
        assert!(!walks || !plan.contains("Sort"), "{condition}:\n{plan}");
    }
    // The check sees a condition that no index serves, because it must wait for row security.
    let plan = plan(&database, world, "email_norm LIKE 'abc%'").await;
    assert!(!plan.contains("email_norm >="), "{plan}");
}
