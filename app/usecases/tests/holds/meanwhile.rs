//! Something is held while others work with it: who was first is first, and nothing that is held goes in either order.

use std::collections::BTreeSet;

use jiff::{SignedDuration, ToSpan};
use qualify_domain::{
    access::{Duty, Permission},
    hold::{Held, Hold},
    id::HoldId,
    precedence::Claim,
    text::Message,
};
use qualify_usecases::{Error, PlaceHold};
use tokio::task::JoinHandle;

use super::{claims, today};
use crate::world::{Home, World, from, scope};

const ADDRESS: &str = "anna@example.com";

fn placing(world: &World, home: &Home, record: Held) -> JoinHandle<Result<HoldId, Error>> {
    let reason = Message::parse("A claim before the commercial court").unwrap();
    let review_on = today(world).saturating_add(3.months());
    let command = PlaceHold { records: BTreeSet::from([record]), reason, review_on };
    let (holds, actor) = (world.app.holds.clone(), home.owner.actor.clone());
    tokio::spawn(async move { holds.place(&actor, command).await })
}

#[tokio::test]
async fn ret_18_a_hold_on_what_gets_its_lead_at_that_moment_keeps_the_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await.id;
    // Sent within a minute, it would be the same once more.
    world.clock.advance(SignedDuration::from_secs(61));
    let sent = world.submit(home.form, from(ADDRESS)).await.unwrap().id;
    let taking = scope(home.id, Duty::React, Permission::ProcessSubmission);
    let mut tx = world.ports.storage.tenant(&taking).await.unwrap();
    tx.submissions().assign(sent, anna).await.unwrap();
    let placing = placing(&world, &home, Held::Submission(sent));
    world.held_up(&placing).await;
    tx.commit().await.unwrap();
    placing.await.unwrap().unwrap();
    assert_eq!(claims(&world, &home, anna).await, [Claim::Hold]);
}

#[tokio::test]
async fn ret_18_what_gets_its_lead_while_it_is_being_held_waits_for_the_hold() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await.id;
    world.clock.advance(SignedDuration::from_secs(61));
    let sent = world.submit(home.form, from(ADDRESS)).await.unwrap().id;
    let erasing = home.owner.actor.permit(Permission::EraseLead).unwrap();
    let mut tx = world.ports.storage.tenant(&erasing).await.unwrap();
    let (records, reason) = (BTreeSet::from([Held::Submission(sent)]), Message::parse("A claim").unwrap());
    let review_on = today(&world).saturating_add(3.months());
    let (id, now) = (world.ports.ids.next(), world.ports.clock.now());
    let hold = Hold::place(id, records, reason, home.owner.user, review_on, now).unwrap();
    assert_eq!(tx.holds().known(&[Held::Submission(sent)]).await.unwrap().len(), 1);
    tx.holds().insert(&hold).await.unwrap();
    let (storage, taking) = (world.ports.storage.clone(), scope(home.id, Duty::React, Permission::ProcessSubmission));
    let assigning = tokio::spawn(async move {
        let mut tx = storage.tenant(&taking).await.unwrap();
        tx.submissions().assign(sent, anna).await.unwrap();
        tx.commit().await.unwrap();
    });
    world.held_up(&assigning).await;
    tx.commit().await.unwrap();
    assigning.await.unwrap();
    assert_eq!(claims(&world, &home, anna).await, [Claim::Hold]);
}

#[tokio::test]
async fn ret_18_nothing_is_held_that_was_erased_at_that_moment() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await.id;
    let sent = world.app.leads.open(&home.owner.actor, anna).await.unwrap().submissions[0].id;
    for record in [Held::Lead(anna), Held::Submission(sent)] {
        let erasing = home.owner.actor.permit(Permission::EraseLead).unwrap();
        let mut tx = world.ports.storage.tenant(&erasing).await.unwrap();
        let marks = tx.erasures().marks(anna).await.unwrap();
        tx.merges().hold(&[anna]).await.unwrap();
        tx.erasures().erase(anna, &marks, world.ports.clock.now()).await.unwrap();
        let placing = placing(&world, &home, record);
        world.held_up(&placing).await;
        if record == Held::Lead(anna) {
            drop(tx);
            let hold = placing.await.unwrap().unwrap();
            world.app.holds.lift(&home.owner.actor, hold).await.unwrap();
        } else {
            tx.commit().await.unwrap();
            assert!(matches!(placing.await.unwrap(), Err(Error::NotFound("record"))));
        }
    }
    assert_eq!(world.rows("SELECT count(*) FROM held_records").await, 0);
}
