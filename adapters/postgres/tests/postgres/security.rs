//! What matters to security: kept in the trails it belongs to, and counted where it repeats.

use qualify_domain::{
    access::{Permission, Role},
    audit::{AuditActor, SecurityEvent, SecurityKind, Target},
    id::UserId,
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, PgConnection, Row};

use crate::{
    audit::{trail, walked},
    world::{World, after, id, noon},
};

fn refused(user: UserId) -> SecurityEvent {
    SecurityEvent::by(SecurityKind::PermissionRefused, user, None)
}

#[tokio::test]
async fn log_3_what_happens_again_within_a_minute_is_counted_and_not_kept_again() {
    let world = World::new().await;
    let before = trail(&world).await.len();
    let tell = async |seconds, event: SecurityEvent| {
        let mut tx = world.begin(Permission::NoteSecurity).await;
        tx.audit().note(&event, after(seconds)).await.unwrap();
        tx.commit().await.unwrap();
    };
    for seconds in 0..50 {
        tell(seconds, refused(world.user)).await;
    }
    tell(50, refused(UserId(id()))).await;
    tell(51, SecurityEvent::by(SecurityKind::ObjectNotFound, world.user, None)).await;
    assert_eq!(trail(&world).await.len(), before + 3, "one by kind and actor");
    tell(61, refused(world.user)).await;
    let last = trail(&world).await.pop().unwrap();
    assert_eq!((usize::try_from(last.sequence).unwrap(), last.times), (before + 4, 50), "49 held and this one");
    assert_eq!(walked(&world).await, Ok(before as u64 + 4));
}

#[tokio::test]
async fn log_3_what_was_only_counted_is_kept_when_its_minute_is_over() {
    let database = TestDatabase::fresh().await;
    let world = World::found(crate::world::storage_of(&database)).await;
    let event = SecurityEvent::against(SecurityKind::SignInFailed, world.user);
    for seconds in 0..7 {
        let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
        tx.security().tell(world.user, &event, after(seconds)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let settle = async |seconds| {
        let mut tx = world.storage.platform(PlatformTask::RelayOutbox).await.unwrap();
        let dealt = tx.security().settle(after(seconds), 100).await.unwrap();
        tx.commit().await.unwrap();
        dealt
    };
    let before = trail(&world).await.len();
    assert_eq!(settle(59).await, 0);
    assert_eq!(settle(60).await, 1);
    assert_eq!(settle(60).await, 0, "once");
    let entries = trail(&world).await;
    assert_eq!(entries.len(), before + 1);
    let last = entries.last().unwrap();
    assert_eq!((last.times, last.who(), last.on()), (6, Some(AuditActor::Nobody), Some(Target::Member(world.user))));
    assert_eq!(settle(60 + 86_400).await, 1, "the tally of the day before is forgotten");
    assert_eq!(settle(60 + 86_400).await, 0);
    assert_eq!(trail(&world).await.len(), before + 1);
}

#[tokio::test]
async fn log_3_an_event_of_a_user_is_kept_in_each_of_their_organizations_and_in_no_other() {
    let (one, two, other) = (World::new().await, World::new().await, World::new().await);
    let mut tx = two.begin(Permission::FoundOrganization).await;
    tx.members().insert(&crate::world::membership(one.user, Role::Agent), noon()).await.unwrap();
    tx.commit().await.unwrap();
    let mut lengths = Vec::new();
    for world in [&one, &two, &other] {
        lengths.push(trail(world).await.len());
    }
    let mut tx = one.storage.platform(PlatformTask::SignIn).await.unwrap();
    tx.security().tell(one.user, &SecurityEvent::by(SecurityKind::SignedIn, one.user, None), noon()).await.unwrap();
    tx.commit().await.unwrap();
    for (world, more) in [(&one, 1), (&two, 1), (&other, 0)] {
        assert_eq!(trail(world).await.len(), lengths.remove(0) + more);
    }
}

#[tokio::test]
async fn log_3_what_concerns_no_account_is_a_number_by_the_hour() {
    let database = TestDatabase::fresh().await;
    let world = World::found(crate::world::storage_of(&database)).await;
    for seconds in [0, 1, 3_600] {
        let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
        tx.security().count(SecurityKind::SignInFailed, after(seconds)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut connection = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let counts = sqlx::query("SELECT kind, times FROM security_counts ORDER BY hour").fetch_all(&mut connection).await;
    let counts: Vec<(String, i64)> = counts.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(counts, [("sign_in_failed".to_owned(), 2), ("sign_in_failed".to_owned(), 1)]);
}
