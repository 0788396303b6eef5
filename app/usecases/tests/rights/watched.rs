//! A request that cannot be looked at holds up no other.

use qualify_domain::rights_request::Right;

use super::{DAY, proven};
use crate::world::World;

#[tokio::test]
async fn a_request_that_cannot_be_looked_at_stands_back_and_others_are_told_of() {
    let world = World::new().await;
    world.found("North").await;
    proven(&world, Right::Erasure).await;
    // As many as are looked at in a round, that nobody can read, and all of them before the one that can be.
    world
        .database
        .sql(
            "INSERT INTO rights_requests
                (organization_id, id, kind, language, received_at, steps, state, due_at, told, next_at, version)
            SELECT organization_id, gen_random_uuid(), kind, language, received_at, '[{}]', state, due_at, told,
                next_at - interval '1 hour', 1
            FROM rights_requests, generate_series(1, 200)",
        )
        .await;
    world.clock.advance(DAY * 41 / 2);
    assert!(world.work().await.is_empty(), "the first round meets nothing else");
    let mails = world.work().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("A request about rights is due in"), "{}", mails[0].subject);
    world.clock.advance(DAY / 90);
    assert!(world.work().await.is_empty(), "they are tried again, and tell nobody");
    assert_eq!(world.rows("SELECT count(*) FROM rights_requests WHERE steps = '[{}]'").await, 200);
}
