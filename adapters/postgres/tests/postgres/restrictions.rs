//! Restricted leads in row security, which holds where a query forgot: nothing of them is read, changed or added to.

use qualify_domain::{
    access::Permission,
    activity::{Activity, What},
    id::{ActivityId, TaskId},
    lead::Lead,
    notification::Choice,
    restriction::{Ground, Restriction},
    task::{Reminder, Task},
    text::Message,
};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{World, id, noon};

/// What hangs on a lead, and a column of it that the runtime role may change.
const TABLES: [(&str, &str); 7] = [
    ("leads", "version"),
    ("submissions", "lead_id"),
    ("activities", "lead_id"),
    ("tasks", "version"),
    ("notifications", "read_at"),
    ("lead_scores", "due_at"),
    ("restrictions", "lift_announced_at"),
];

/// An organization with one lead, which is restricted, and one row of each kind that hangs on it; and a lead that is not.
async fn restricted() -> (World, Lead, Lead) {
    let world = World::new().await;
    let [lead, other] = ["anna@example.com", "berta@example.com"].map(|email| world.lead(noon(), email));
    world.keep_lead(&lead).await;
    world.keep_lead(&other).await;
    let sent = world.submission(noon(), "anna@example.com");
    world.capture(sent.clone(), 1).await.unwrap();
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    tx.submissions().assign(sent.id, lead.id).await.unwrap();
    let what = What::Noted(Message::parse("Called.").unwrap());
    let note = Activity { id: ActivityId(id()), lead: lead.id, at: noon(), author: None, what };
    tx.activities().insert(&note).await.unwrap();
    tx.notifications().insert(&world.notification(noon(), Some(lead.id)), Choice::AtOnce).await.unwrap();
    let task = Task {
        id: TaskId(id()),
        version: 1,
        lead: lead.id,
        title: "Call".parse().unwrap(),
        due_on: None,
        reminder: Reminder::None,
        owner: world.user,
        made_by: None,
        made_at: noon(),
        done_at: None,
    };
    tx.tasks().insert(&task).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::EraseLead).await;
    let (restriction, _) = Restriction::place(lead.id, Ground::Contested, false, None, noon());
    tx.restrictions().insert(&restriction).await.unwrap();
    tx.commit().await.unwrap();
    (world, lead, other)
}

/// A connection in the runtime role that sees all of the organization, and what is restricted or not.
async fn bare(world: &World, restricted: &str) -> PgConnection {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
    let set = format!(
        "BEGIN; SELECT set_config('qualify.organization_id', '{}', true), set_config('qualify.reach', 'all', true),
            set_config('qualify.member', 'anybody', true){restricted}",
        world.organization
    );
    connection.execute(AssertSqlSafe(set)).await.unwrap();
    connection
}

const HIDDEN: &str = ", set_config('qualify.restricted', 'false', true)";
const SEEN: &str = ", set_config('qualify.restricted', 'true', true)";

fn of(table: &str, lead: &Lead) -> String {
    format!("{} = '{}'", if table == "leads" { "id" } else { "lead_id" }, lead.id)
}

async fn refusal(connection: &mut PgConnection, statement: String) -> String {
    connection.execute("SAVEPOINT attempt").await.unwrap();
    let refused = connection.execute(AssertSqlSafe(statement)).await.unwrap_err();
    connection.execute("ROLLBACK TO attempt").await.unwrap();
    refused.as_database_error().unwrap().code().unwrap().into_owned()
}

#[tokio::test]
async fn dsr_10_the_database_hides_what_is_restricted_and_refuses_to_change_it() {
    let (world, lead, other) = restricted().await;
    let (mut hidden, mut seen) = (bare(&world, HIDDEN).await, bare(&world, SEEN).await);
    for (table, column) in TABLES {
        let count = format!("SELECT count(*) FROM {table} WHERE {}", of(table, &lead));
        let rows = async |connection: &mut PgConnection| -> i64 {
            sqlx::query_scalar(AssertSqlSafe(count.clone())).fetch_one(connection).await.unwrap()
        };
        assert_eq!(rows(&mut seen).await, 1, "{table}: there is a row, so the next lines prove something");
        assert_eq!(rows(&mut hidden).await, 0, "{table}");
        let update = format!("UPDATE {table} SET {column} = {column} WHERE {}", of(table, &lead));
        let changed = hidden.execute(AssertSqlSafe(update)).await.unwrap();
        assert_eq!(changed.rows_affected(), 0, "{table}");
    }
    let (home, lead, other) = (world.organization, lead.id, other.id);
    let addition = format!(
        "INSERT INTO activities (organization_id, id, lead_id, at, kind, note)
        VALUES ('{home}', gen_random_uuid(), '{lead}', to_timestamp(0), 'noted', 'More')"
    );
    assert_eq!(refusal(&mut hidden, addition).await, "42501");
    let flag = format!("UPDATE leads SET restricted = true WHERE id = '{other}'");
    assert_eq!(refusal(&mut hidden, flag).await, "42501");
    let smuggled = format!(
        "INSERT INTO restrictions (organization_id, lead_id, ground, names_ip, since)
        VALUES ('{home}', '{other}', 'contested', false, to_timestamp(0))"
    );
    assert_eq!(refusal(&mut hidden, smuggled).await, "42501");
    let deleted = hidden.execute(AssertSqlSafe(format!("DELETE FROM leads WHERE id = '{lead}'"))).await.unwrap();
    assert_eq!(deleted.rows_affected(), 0);
}

#[tokio::test]
async fn dsr_10_work_that_forgot_whether_it_sees_what_is_restricted_is_an_error() {
    let (world, _, _) = restricted().await;
    for (table, _) in TABLES {
        let mut connection = bare(&world, "").await;
        let refused = connection.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(refused.to_string().contains("qualify.restricted"), "{table}: {refused}");
    }
}
