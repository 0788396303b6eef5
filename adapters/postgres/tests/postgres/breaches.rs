//! What the database itself keeps of breaches of the service (PRV-8).

use crate::{filled::filled, support::refused};

#[tokio::test]
async fn prv_8_an_organization_is_told_of_a_breach_and_never_of_another_in_its_place() {
    let world = filled().await;
    for change in [
        "UPDATE breach_notices SET breach_id = gen_random_uuid()",
        "INSERT INTO breach_notices (organization_id, breach_id) SELECT organization_id, gen_random_uuid() FROM breach_notices",
        "DELETE FROM breach_notices",
    ] {
        assert_eq!(refused(&world, change).await.as_deref(), Some("42501"), "{change}");
    }
    assert_eq!(refused(&world, "UPDATE breach_notices SET told_at = told_at").await, None);
}
