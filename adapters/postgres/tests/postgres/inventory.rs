//! The inventory of the domain against what a migrated database says of itself, and against the policy.

use std::collections::BTreeSet;

use qualify_domain::inventory::{Category, Column, Erase, Kept, POLICY, Retention, Subject, Tag, columns};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, PgConnection};

/// Every column of the database, as `table.column`.
async fn columns_of(connection: &mut PgConnection) -> BTreeSet<String> {
    let query = "SELECT table_name::text || '.' || column_name::text FROM information_schema.columns
        WHERE table_schema = 'public'";
    let names: Vec<String> = sqlx::query_scalar(query).fetch_all(connection).await.unwrap();
    names.into_iter().collect()
}

/// Every column of the inventory, as `table.column`.
fn tagged() -> Vec<String> {
    columns().map(|column| column.to_string()).collect()
}

/// Names each column without a tag, each tag without a column, and each column with two.
fn differences(kept: &BTreeSet<String>, tagged: &[String]) -> Vec<String> {
    let bare = kept.iter().filter(|name| !tagged.contains(name)).map(|name| format!("{name} has no tag"));
    let gone =
        tagged.iter().filter(|name| !kept.contains(*name)).map(|name| format!("{name} has a tag and is not there"));
    let twice = tagged.iter().enumerate().filter(|(place, name)| tagged[..*place].contains(name));
    bare.chain(gone).chain(twice.map(|(_, name)| format!("{name} has two tags"))).collect()
}

#[tokio::test]
async fn dat_1_every_column_has_its_tag_and_every_tag_its_column() {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    assert_eq!(differences(&columns_of(&mut connection).await, &tagged()), Vec::<String>::new());
}

/// What a migration may do without thinking of the inventory, and what is said of it.
const FORGOTTEN: &[(&str, &[&str])] = &[
    ("CREATE TABLE visits (seen_at timestamptz)", &["visits.seen_at has no tag"]),
    ("ALTER TABLE leads ADD birthday date", &["leads.birthday has no tag"]),
    ("ALTER TABLE forms DROP known_person", &["forms.known_person has a tag and is not there"]),
    ("ALTER TABLE forms RENAME draft TO plan", &["forms.plan has no tag", "forms.draft has a tag and is not there"]),
    (
        "DROP TABLE security_counts",
        &[
            "security_counts.kind has a tag and is not there",
            "security_counts.hour has a tag and is not there",
            "security_counts.times has a tag and is not there",
        ],
    ),
];

#[tokio::test]
async fn dat_1_a_column_without_a_tag_and_a_tag_without_a_column_are_named() {
    let database = TestDatabase::fresh().await;
    let mut connection = PgConnection::connect_with(&database.superuser()).await.unwrap();
    for (statement, said) in FORGOTTEN {
        let mut tx = connection.begin().await.unwrap();
        sqlx::raw_sql(*statement).execute(&mut *tx).await.unwrap();
        assert_eq!(differences(&columns_of(&mut tx).await, &tagged()), *said, "{statement}");
        tx.rollback().await.unwrap();
    }
    let twice = ["leads.id".to_owned(), "leads.id".to_owned()];
    assert_eq!(differences(&BTreeSet::from(["leads.id".to_owned()]), &twice), ["leads.id has two tags"]);
}

/// Columns that are called so hold personal data, wherever they stand.
const TELLING: [&str; 9] =
    ["first_name", "last_name", "email", "email_norm", "phone", "phone_e164", "message", "ip", "user_agent"];

/// Names each column that is kept as personal data and not named by the policy as that, each that the policy names and nothing
/// is kept in, and each whose name tells that its tag hides something.
fn beyond(policy: &[Kept], columns: &[Column]) -> Vec<String> {
    let named = |category: Category, column: String| format!("{column} as {} data", category.code());
    let personal = columns.iter().filter(|column| column.tag.category.is_personal());
    let held: BTreeSet<String> = personal.map(|column| named(column.tag.category, column.to_string())).collect();
    let allowed =
        policy.iter().flat_map(|kept| kept.columns.iter().map(move |name| (kept.category, (*name).to_owned())));
    let allowed: BTreeSet<String> = allowed.map(|(category, name)| named(category, name)).collect();
    let unnamed = held.difference(&allowed).map(|what| format!("the policy does not name {what}"));
    let idle = allowed.difference(&held).map(|what| format!("the policy names {what}, and nothing is kept so"));
    let hides = |column: &&Column| TELLING.contains(&column.name) && !column.tag.category.is_personal();
    let hidden = columns.iter().filter(hides).map(|column| format!("{column} is not tagged as personal"));
    unnamed.chain(idle).chain(hidden).collect()
}

#[test]
fn dat_2_personal_data_is_only_what_the_policy_names() {
    assert_eq!(beyond(POLICY, &columns().collect::<Vec<_>>()), Vec::<String>::new());
    let names: Vec<&str> = POLICY.iter().flat_map(|kept| kept.columns).copied().collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "each is named once");
}

#[test]
fn dat_2_personal_data_that_the_policy_does_not_name_is_reported() {
    let tag = |category| Tag {
        category,
        subject: Subject::User,
        retention: &[Retention::Account],
        is_exported: true,
        erase: Erase::Delete,
    };
    let column = |name, category| Column { table: "users", name, tag: tag(category) };
    let policy = [Kept { category: Category::Account, what: "first name", columns: &["users.first_name"] }];
    let first_name = column("first_name", Category::Account);
    assert_eq!(beyond(&policy, &[first_name]), Vec::<String>::new());
    for (columns, said) in [
        (
            vec![first_name, column("birthday", Category::Account)],
            vec!["the policy does not name users.birthday as account data"],
        ),
        (
            vec![column("first_name", Category::Lead)],
            vec![
                "the policy does not name users.first_name as lead data",
                "the policy names users.first_name as account data, and nothing is kept so",
            ],
        ),
        (vec![first_name, column("email", Category::Technical)], vec!["users.email is not tagged as personal"]),
    ] {
        assert_eq!(beyond(&policy, &columns), said);
    }
}

/// Where network addresses and browsers' names are (DAT-4).
const CONNECTED: [&str; 3] = ["connection_events.ip", "connection_events.user_agent", "submissions.ip"];

#[tokio::test]
async fn dat_4_addresses_and_browsers_are_kept_and_named_by_the_policy_in_three_columns_only() {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    let query = "SELECT table_name::text || '.' || column_name::text FROM information_schema.columns
        WHERE table_schema = 'public' AND (udt_name::text IN ('inet', 'cidr', '_inet', '_cidr')
            OR column_name::text IN ('ip', 'user_agent'))
        ORDER BY 1";
    let kept: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap();
    assert_eq!(kept, CONNECTED);
    let named = POLICY.iter().filter(|kept| ["IP", "user agent"].contains(&kept.what)).flat_map(|kept| kept.columns);
    assert_eq!(named.copied().collect::<BTreeSet<_>>(), BTreeSet::from(CONNECTED));
    let soonest = columns().filter(|column| column.tag.retention.contains(&Retention::LeadIp));
    assert_eq!(soonest.map(|column| column.to_string()).collect::<Vec<_>>(), ["submissions.ip"]);
}
