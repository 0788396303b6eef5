//! What is done once more, by each start and by each restore.

use futures::{StreamExt, stream};
use jiff::SignedDuration;
use qualify_domain::{
    erasure::Ground,
    gone::Gone,
    hold::Held,
    id::{LeadId, OrganizationId},
    merge::Choices,
    text::Message,
};
use qualify_ports::files::{FileKey, Files};
use qualify_usecases::{Endings, MergeLeads, PlaceHold, SeenPair, SettleError, Settling, Written};
use tokio_util::sync::CancellationToken;

use super::{Shelf, lead};
use crate::world::{Home, World};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn ret_17_each_start_writes_down_only_what_is_not_written_down_yet() {
    let world = World::new().await;
    let home = world.found("North").await;
    let shelf = Shelf::beside(&world);
    let erase = async |email: &str| {
        let lead = world.lead(&home, email).await;
        world.app.leads.erase(&home.owner.actor, lead.id, Ground::Asked).await.unwrap();
    };
    let start = async || shelf.backups.write_down(&mut Written::default()).await.unwrap();
    erase("anna@example.com").await;
    start().await;
    let (keys, lines) = (shelf.gone.keys(), shelf.backups.written_down().await.unwrap().len());
    for _ in 0..2 {
        world.clock.advance(DAY);
        start().await;
        assert_eq!(shelf.gone.keys(), keys, "all of it is there");
    }
    erase("bert@example.com").await;
    start().await;
    assert_eq!(shelf.gone.keys().len(), keys.len() + 1);
    assert_eq!(shelf.backups.written_down().await.unwrap().len(), 2 * lines);

    // A part of it that nobody can read keeps nothing from being written down.
    let now = world.ports.clock.now();
    let nonsense = stream::iter([Ok(b"nonsense\n".to_vec())]).boxed();
    let broken = FileKey::made(now, now + DAY, 9);
    shelf.sealed.put(broken, nonsense).await.unwrap();
    let before = shelf.gone.keys().len();
    start().await;
    assert!(shelf.gone.keys().len() > before, "it is written down once more");
}

/// Cora, who is part of Bert in a backup, and was parted from him and erased after it was made.
async fn parted(world: &World, home: &Home) -> (LeadId, LeadId, Gone) {
    let cora = world.lead(home, "cora@canarella.example").await;
    let bert = world.lead(home, "bert@example.com").await;
    let seen = SeenPair { survivor: bert.version, other: cora.version };
    let merge = MergeLeads { other: cora.id, choices: Choices::new() };
    world.app.leads.merge(&home.owner.actor, bert.id, &merge, seen).await.unwrap();
    world.clock.advance(DAY * 31);
    (cora.id, bert.id, lead(world, home, cora.id))
}

#[tokio::test]
async fn ret_17_a_merge_that_is_too_old_to_undo_keeps_nobody_from_going_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let shelf = Shelf::beside(&world);
    let (_, bert, gone) = parted(&world, &home).await;
    shelf.say(&world, &[gone]).await;
    let settled = shelf.settle(&world).await;
    assert_eq!((settled.leads, settled.whole), (1, 0));
    let dump = world.dump().await.to_lowercase();
    assert!(!dump.contains("canarella"), "{dump}");
    let left = world.rows("SELECT count(*) FROM leads").await;
    assert!(left == 1 && dump.contains("bert@example.com") && dump.contains(&bert.to_string()), "nobody else went");
}

#[tokio::test]
async fn ret_17_who_cannot_be_parted_goes_with_the_lead_of_which_they_are_part() {
    let world = World::new().await;
    let home = world.found("North").await;
    let shelf = Shelf::beside(&world);
    let (_, _, gone) = parted(&world, &home).await;
    world.lead(&home, "dora@example.com").await;
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM merges WHERE merged_before IS NULL").await, 1, "nothing undoes it");
    shelf.say(&world, &[gone]).await;
    let settled = shelf.settle(&world).await;
    assert_eq!((settled.leads, settled.whole), (0, 1));
    let dump = world.dump().await.to_lowercase();
    assert!(!dump.contains("canarella") && !dump.contains("bert@example.com"), "{dump}");
    assert!(dump.contains("dora@example.com"), "nobody else went");
    let again = shelf.settle(&world).await;
    assert_eq!((again.leads, again.whole), (0, 0), "done again, it changes nothing");
}

#[tokio::test]
async fn ret_18_what_is_held_stays_with_a_restore_although_somebody_who_is_part_of_it_had_gone() {
    let world = World::new().await;
    let home = world.found("North").await;
    let shelf = Shelf::beside(&world);
    let (_, bert, gone) = parted(&world, &home).await;
    world.sweep().await;
    let reason = Message::parse("A claim.").unwrap();
    let records = [Held::Lead(bert)].into();
    let review_on = jiff::tz::TimeZone::UTC.to_datetime(world.ports.clock.now()).date() + jiff::Span::new().days(20);
    let hold = PlaceHold { records, reason, review_on };
    let owner = world.sign_in("owner@north.example").await;
    let hold = world.app.holds.place(&owner.actor, hold).await.unwrap();
    shelf.say(&world, &[gone]).await;
    for _ in 0..2 {
        let settled = shelf.settle(&world).await;
        assert_eq!((settled.leads, settled.whole, settled.kept), (0, 0, 1), "each time it is told");
        assert_eq!(world.rows("SELECT count(*) FROM leads").await, 1);
        assert_eq!(world.rows("SELECT count(*) FROM held_records").await, 1, "and it is held still");
    }
    world.app.holds.lift(&owner.actor, hold).await.unwrap();
    let settled = shelf.settle(&world).await;
    assert_eq!((settled.whole, settled.kept), (1, 0), "once nothing keeps it, it goes");
    assert_eq!(world.rows("SELECT count(*) FROM leads").await, 0);
}

#[tokio::test]
async fn ret_17_of_an_organization_that_is_said_to_be_reopened_and_to_go_it_is_asked_again() {
    let world = World::new().await;
    let (north, south) = closed(&world).await;
    let shelf = Shelf::beside(&world);
    let settling = Settling::new(&world.ports, shelf.backups.clone());
    let both = Endings { reopened: [north.id].into(), ended: [north.id, south.id].into() };
    let refused = settling.settle(&both, &CancellationToken::new()).await.unwrap_err();
    let told = refused.to_string();
    assert!(matches!(refused, SettleError::Contradicted(_)) && told.contains(&north.id.to_string()), "{told}");
    assert!(!told.contains(&south.id.to_string()), "of that one, one thing is said: {told}");
    let closed = world.rows("SELECT count(*) FROM organizations WHERE closed_at IS NOT NULL").await;
    assert_eq!(closed, 2, "nothing was done");
}

/// Two organizations that were closed when the backup was made, and whose time is over by now.
async fn closed(world: &World) -> (Home, Home) {
    let (north, south) = (world.found("North").await, world.found("South").await);
    for (home, name) in [(&north, "North"), (&south, "South")] {
        world.app.closings.close(&home.owner.actor, name).await.unwrap();
    }
    world.clock.advance(DAY * 31);
    (north, south)
}

#[tokio::test]
async fn ret_17_no_organization_goes_with_a_restore_whose_owner_may_have_reopened_it_since() {
    let world = World::new().await;
    let (north, south) = closed(&world).await;
    let open = world.found("West").await;
    let shelf = Shelf::beside(&world);
    let settling = Settling::new(&world.ports, shelf.backups.clone());
    let settle = async |reopened: &[OrganizationId], ended: &[OrganizationId]| {
        let ids = |ids: &[OrganizationId]| ids.iter().copied().collect();
        let endings = Endings { reopened: ids(reopened), ended: ids(ended) };
        settling.settle(&endings, &CancellationToken::new()).await
    };
    for (reopened, ended, unknown) in [
        (vec![], vec![], vec![north.id, south.id]),
        (vec![open.id], vec![south.id], vec![north.id]),
        (vec![north.id], vec![], vec![south.id]),
    ] {
        let refused = settle(&reopened, &ended).await.unwrap_err();
        let told = refused.to_string();
        assert!(matches!(refused, SettleError::Closed(_)) && told.contains("--reopened ID"), "{told}");
        for home in [&north, &south, &open] {
            assert_eq!(told.contains(&home.id.to_string()), unknown.contains(&home.id), "{told}");
        }
    }
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 3, "nothing went");
    settle(&[], &[south.id]).await.unwrap();
    let closed = world.rows("SELECT count(*) FROM organizations WHERE closed_at IS NOT NULL").await;
    assert_eq!(
        (world.rows("SELECT count(*) FROM organizations").await, closed),
        (2, 0),
        "one is open again, one is gone"
    );
    assert!(!world.dump().await.contains("owner@south.example"));
}
