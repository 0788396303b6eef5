//! What the operator's list of requests lets nobody do: look into a register, or take what was passed on to another (DSR-2).

use qualify_domain::{
    access::Permission,
    id::RightsRequestId,
    language::Language,
    operator_request::{OperatorRequest, Sender},
    rights_request::Right,
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

use crate::world::{World, email, id, noon};

#[tokio::test]
async fn dsr_2_whoever_passes_requests_on_reads_no_register() {
    let url = TestDatabase::shared().await.app_url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for table in ["rights_requests", "rights_links", "leads"] {
        let mut tx = connection.begin().await.unwrap();
        tx.execute("SELECT set_config('qualify.platform_task', 'tend_requests', true)").await.unwrap();
        tx.execute("SELECT id FROM operator_requests").await.unwrap();
        let look = sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"));
        assert!(tx.execute(look).await.is_err(), "{table}: without an organization there is nothing to look at");
        tx.rollback().await.unwrap();
    }
    let mut superuser = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    for column in ["email", "words", "kind", "state", "steps"] {
        let may: bool =
            sqlx::query_scalar("SELECT has_column_privilege('qualify_relay', 'rights_requests', $1, 'SELECT')")
                .bind(column)
                .fetch_one(&mut superuser)
                .await
                .unwrap();
        assert!(!may, "the role in which it is passed on does not read {column}");
    }
}

#[tokio::test]
async fn dsr_2_what_was_passed_on_is_taken_once_and_by_nobody_else() {
    let (north, south) = (World::new().await, World::new().await);
    let sender = Sender { address: email("anna@example.com"), words: None };
    let asked = (Right::Access, Language::French);
    let request = OperatorRequest::register(RightsRequestId(id()), asked, sender, noon(), noon()).unwrap();
    let mut tx = north.storage.platform(PlatformTask::TendRequests).await.unwrap();
    tx.operator_requests().insert(&request, noon()).await.unwrap();
    assert!(tx.operator_requests().pass_on(request.id, north.organization, noon()).await.unwrap());
    assert!(!tx.operator_requests().pass_on(request.id, south.organization, noon()).await.unwrap());
    tx.commit().await.unwrap();
    let take = async |world: &World| {
        let mut tx = world.begin(Permission::CompleteEvent).await;
        let taken = tx.rights().take_passed_on(request.id, noon()).await.unwrap();
        tx.commit().await.unwrap();
        taken.map(|taken| taken.address)
    };
    assert_eq!(take(&south).await, None);
    assert_eq!(take(&north).await, Some(email("anna@example.com")));
    assert_eq!(take(&north).await, None);
}
