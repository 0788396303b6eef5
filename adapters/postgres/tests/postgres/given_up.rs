//! Work that nobody waits for any more, because a browser went elsewhere, leaves nothing behind on its connection.

use std::{sync::Arc, task::Poll};

use futures::{future::poll_fn, pin_mut};
use qualify_domain::access::Permission;
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::{Postgres, PostgresOptions, testing::TestDatabase};

use crate::world::{Noon, World};

/// Lets a future get so far as so many looks at it take it, and drops it.
async fn give_up_after(looks: usize, future: impl Future + Send) {
    pin_mut!(future);
    let mut left = looks;
    poll_fn(|context| {
        let is_done = left == 0 || future.as_mut().poll(context).is_ready();
        left = left.saturating_sub(1);
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn rls_3_work_that_is_given_up_as_it_begins_leaves_no_transaction_behind() {
    let world = World::new().await;
    let database = TestDatabase::shared().await;
    // One connection: whoever comes next gets the one that was given up.
    let options = PostgresOptions { connections: 1, ..PostgresOptions::new(database.app()) };
    let storage = Postgres::new(&options, Arc::new(Noon));
    for looks in (0..8).cycle().take(80) {
        give_up_after(looks, storage.tenant(&world.may(Permission::ReadLeads))).await;
        // The one before only read; this one writes, and would be refused inside of it.
        let mut tx = storage.platform(PlatformTask::Throttle).await.unwrap();
        tx.throttles().forget(&[0; 32]).await.unwrap();
        tx.commit().await.unwrap();
    }
}
