//! Somebody is erased while others work with their lead: who was first is first, and nothing is left in either order.

use jiff::SignedDuration;
use qualify_domain::erasure::Certificate;
use qualify_domain::{
    access::{Duty, Permission},
    erasure::Ground,
    merge::{Choices, Merge},
};
use qualify_usecases::{Error, MergeLeads, SeenPair};
use tokio::task::JoinHandle;

use super::{ADDRESS, CANARY, erase, holding};
use crate::world::{Home, World, from, scope};

fn erasing(world: &World, home: &Home, lead: qualify_domain::id::LeadId) -> JoinHandle<Result<Certificate, Error>> {
    let (leads, actor) = (world.app.leads.clone(), home.owner.actor.clone());
    tokio::spawn(async move { leads.erase(&actor, lead, Ground::Asked).await })
}

#[tokio::test]
async fn what_the_person_sends_while_they_are_erased_goes_if_it_was_first() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    // Sent within a minute, it would be the same once more.
    world.clock.advance(SignedDuration::from_secs(61));
    let receipt = world.submit(home.form, from(ADDRESS)).await.unwrap();
    let taking = scope(home.id, Duty::React, Permission::ProcessSubmission);
    let mut tx = world.ports.storage.tenant(&taking).await.unwrap();
    let lead = tx.leads().find_person(Some(&ADDRESS.parse().unwrap()), None).await.unwrap().unwrap();
    let erasing = erasing(&world, &home, anna.id);
    world.held_up(&erasing).await;
    tx.submissions().assign(receipt.id, lead.id).await.unwrap();
    tx.commit().await.unwrap();
    let certificate = erasing.await.unwrap().unwrap();
    assert_eq!(certificate.counts["submissions"], 2);
    world.work().await;
    assert!(holding(&world, CANARY).await.is_empty());
}

#[tokio::test]
async fn a_lead_that_is_merged_while_it_is_erased_is_looked_for_where_it_is_then() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = (world.lead(&home, ADDRESS).await, world.lead(&home, "twin@canarella.example").await);
    let actor = &home.owner.actor;
    let merging = actor.permit(Permission::MergeLeads).unwrap();
    let wish = MergeLeads { other: twin.id, choices: Choices::new() };
    let preview = world.app.leads.preview_merge(actor, anna.id, &wish).await.unwrap();
    let merge = Merge {
        id: world.ports.ids.next(),
        holder: anna.id,
        survivor: anna.id,
        merged: twin.id,
        at: world.ports.clock.now(),
        author: None,
        undone_at: None,
        images: None,
    };
    let mut tx = world.ports.storage.tenant(&merging).await.unwrap();
    tx.merges().hold(&[anna.id, twin.id]).await.unwrap();
    let erasing = erasing(&world, &home, twin.id);
    world.held_up(&erasing).await;
    tx.merges().keep(&merge, &preview.plan.lead).await.unwrap();
    tx.commit().await.unwrap();
    let led = erasing.await.unwrap().unwrap_err();
    assert!(matches!(led, Error::Merged(holder) if holder == anna.id), "{led:?}");
    erase(&world, &home, anna.id).await;
    assert!(holding(&world, CANARY).await.is_empty());
    let undone = world.app.leads.undo_merge(actor, merge.id).await.unwrap_err();
    assert!(matches!(undone, Error::NotFound("merge")), "{undone:?}");
    assert!(world.leads(&home).await.is_empty());
}

#[tokio::test]
async fn a_merge_that_waits_for_an_erasure_finds_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = (world.lead(&home, ADDRESS).await, world.lead(&home, "twin@canarella.example").await);
    erase(&world, &home, twin.id).await;
    let wish = MergeLeads { other: twin.id, choices: Choices::new() };
    let seen = SeenPair { survivor: anna.version, other: twin.version };
    assert!(world.app.leads.merge(&home.owner.actor, anna.id, &wish, seen).await.is_err());
    assert_eq!(world.leads(&home).await.len(), 1);
}

#[tokio::test]
async fn an_erasure_waits_for_an_import_that_holds_the_person() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    let importing = home.owner.actor.permit(Permission::ImportLeads).unwrap();
    let mut tx = world.ports.storage.tenant(&importing).await.unwrap();
    tx.lead_batches().hold_people(&[ADDRESS.to_owned()], &[]).await.unwrap();
    let mut changed = tx.lead_batches().people(&[ADDRESS.to_owned()], &[]).await.unwrap().remove(0);
    changed.name = Some("Anna Canarella".parse().unwrap());
    let erasing = erasing(&world, &home, anna.id);
    world.held_up(&erasing).await;
    assert_eq!(tx.lead_batches().update_all(&[changed]).await.unwrap(), [anna.id]);
    tx.commit().await.unwrap();
    erasing.await.unwrap().unwrap();
    assert!(holding(&world, CANARY).await.is_empty());
}
