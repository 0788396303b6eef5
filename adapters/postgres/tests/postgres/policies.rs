//! What was published and announced is never changed, and told by its own task only.

use jiff::civil::date;
use qualify_domain::{
    language::Language,
    policy_version::PolicyVersion,
    subprocessor::{Purpose, Subprocessor, Transfer},
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, PgConnection};

use crate::world::{World, noon, storage_of};

#[tokio::test]
async fn prv_2_no_version_and_no_announcement_is_ever_changed_or_deleted() {
    let database = TestDatabase::fresh().await;
    let storage = storage_of(&database);
    let mut tx = storage.platform(PlatformTask::PublishPolicy).await.unwrap();
    for language in Language::ALL {
        let text = "[]".to_owned();
        let version = PolicyVersion { language, number: 1, hash: [7; 32], text, effective_from: noon() };
        tx.policies().publish(&version).await.unwrap();
        assert_eq!(tx.policies().newest(language).await.unwrap(), Some(version));
    }
    tx.commit().await.unwrap();
    let mut app = PgConnection::connect_with(&database.app()).await.unwrap();
    for statement in [
        "UPDATE policy_versions SET text = '[1]'",
        "DELETE FROM policy_versions",
        "UPDATE subprocessors SET announced_at = NULL",
        "UPDATE subprocessors SET since = since + 1",
        "DELETE FROM subprocessors",
    ] {
        let mut tx = app.begin().await.unwrap();
        sqlx::query("SELECT set_config('qualify.platform_task', 'publish_policy', true)")
            .execute(&mut *tx)
            .await
            .unwrap();
        let refused = sqlx::query(statement).execute(&mut *tx).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
    assert_eq!(database.count("SELECT count(*) FROM policy_versions WHERE text = '[]'").await, 2);
}

#[tokio::test]
async fn prv_3_an_announcement_is_kept_as_it_was_made_and_reaches_owners_by_its_own_task_only() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let relay = Subprocessor {
        name: "Relay".to_owned(),
        purpose: Purpose::Mail,
        country: "Canada".to_owned(),
        transfer: Transfer::CorporateRules,
        since: date(2027, 12, 31),
    };
    let told = "SELECT count(*) FROM outbox WHERE event ->> 'event' = 'subprocessors_announced'";
    let before = database.count(told).await;
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.policies().announce(std::slice::from_ref(&relay), Some(noon())).await.is_err());
    drop(tx);
    let mut tx = world.storage.platform(PlatformTask::PublishPolicy).await.unwrap();
    tx.policies().announce(std::slice::from_ref(&relay), Some(noon())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(database.count(told).await - before, 1, "the one owner");
    let mut tx = world.storage.platform(PlatformTask::ReadPolicy).await.unwrap();
    assert_eq!(tx.policies().announced(1).await.unwrap(), std::slice::from_ref(&relay));
    let all = tx.policies().subprocessors().await.unwrap();
    assert_eq!(
        all.iter().map(|one| (&one.subprocessor, one.announced_at)).collect::<Vec<_>>(),
        [(&relay, Some(noon()))]
    );
    let mut tx = world.storage.platform(PlatformTask::PublishPolicy).await.unwrap();
    tx.policies().withdraw(std::slice::from_ref(&relay), noon()).await.unwrap();
    tx.policies().announce(std::slice::from_ref(&relay), Some(noon())).await.unwrap();
    assert_eq!(tx.policies().subprocessors().await.unwrap().len(), 1, "it left, and comes back");
    tx.policies().withdraw(std::slice::from_ref(&relay), noon()).await.unwrap();
    let before = noon() - jiff::SignedDuration::from_secs(1);
    assert_eq!(tx.policies().left_since(before).await.unwrap().len(), 2, "it left twice");
    assert!(tx.policies().left_since(noon()).await.unwrap().is_empty());
    tx.policies().take_back(std::slice::from_ref(&relay)).await.unwrap();
    assert_eq!(tx.policies().subprocessors().await.unwrap().len(), 1, "it is there once");
    for announcement in [1, 2] {
        assert_eq!(tx.policies().announced(announcement).await.unwrap(), std::slice::from_ref(&relay));
    }
}
