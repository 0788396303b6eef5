//! Many leads at once.

use qualify_domain::{access::Permission, text::Email};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

use crate::world::{World, noon};

#[tokio::test]
async fn rls_9_many_rows_are_kept_at_once_inside_the_organization_and_copying_is_refused() {
    let (world, other) = (World::new().await, World::new().await);
    let leads: Vec<_> = (0..1_000).map(|n| world.lead(noon(), &format!("person{n}@example.com"))).collect();
    let emails: Vec<_> = leads.iter().filter_map(|lead| lead.email.as_ref()).map(Email::normalized).collect();
    let mut tx = world.begin(Permission::ImportLeads).await;
    tx.lead_batches().hold_people(&emails, &[]).await.unwrap();
    tx.lead_batches().insert_all(&leads).await.unwrap();
    assert_eq!(tx.lead_batches().people(&emails, &[]).await.unwrap().len(), 1_000);
    let kept = tx.lead_batches().update_all(&leads[..10]).await.unwrap();
    assert_eq!(kept.len(), 10);
    assert_eq!(tx.lead_batches().update_all(&leads[..10]).await.unwrap(), [], "each at its version only");
    tx.commit().await.unwrap();
    let ids: Vec<_> = leads.iter().map(|lead| lead.id).collect();
    let mut tx = other.begin(Permission::ImportLeads).await;
    assert!(tx.lead_batches().people(&emails, &[]).await.unwrap().is_empty());
    assert_eq!(tx.lead_batches().update_all(&leads).await.unwrap(), []);
    tx.lead_batches().remove_all(&ids).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ImportLeads).await;
    assert_eq!(tx.lead_batches().people(&emails, &[]).await.unwrap().len(), 1_000, "they are still there");
    drop(tx);
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
    let copied = connection.execute("COPY leads (organization_id) FROM STDIN").await;
    assert!(copied.is_err_and(|error| error.to_string().contains("row-level security")));
}
