//! Large files of people are gone through before an erasure, file by file, and not while it holds what others wait for.

use qualify_domain::{access::Permission, erasure::Ground, id::ImportId};
use qualify_usecases::Error;

use super::{ADDRESS, CANARY, holding, upload};
use crate::world::{Home, World};

const TWO: &str = "Name;E-mail\nAnna Canarella;anna@canarella.example\nBert;bert@example.com\n";

/// How often an import has been changed.
async fn version(world: &World, home: &Home, id: ImportId) -> i32 {
    world.app.imports.open(&home.owner.actor, id).await.unwrap().import.version
}

#[tokio::test]
async fn an_erasure_waits_for_a_file_before_it_holds_the_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await.id;
    let id = upload(&world, &home, TWO).await;
    let before = version(&world, &home, id).await;
    let importing = home.owner.actor.permit(Permission::ImportLeads).unwrap();
    let mut tx = world.ports.storage.tenant(&importing).await.unwrap();
    assert_eq!(tx.imports().with_files().await.unwrap().len(), 1, "held");
    let (leads, actor) = (world.app.leads.clone(), home.owner.actor.clone());
    let erasing = tokio::spawn(async move { leads.erase(&actor, anna, Ground::Asked).await });
    world.held_up(&erasing).await;
    // Nobody waits for it meanwhile: the lead is free.
    let owner = home.owner.actor.permit(Permission::EraseLead).unwrap();
    let mut other = world.ports.storage.tenant(&owner).await.unwrap();
    let held = tokio::time::timeout(std::time::Duration::from_secs(5), other.merges().hold(&[anna])).await;
    assert!(held.is_ok_and(|held| held.is_ok()));
    drop(other);
    drop(tx);
    let certificate = erasing.await.unwrap().unwrap();
    assert_eq!(certificate.counts["import_rows"], 1);
    assert!(version(&world, &home, id).await > before);
    assert!(holding(&world, CANARY).await.is_empty());
}

#[tokio::test]
async fn a_lead_that_is_kept_loses_no_row_of_a_file() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await.id;
    let id = upload(&world, &home, TWO).await;
    let ground = qualify_domain::restriction::Ground::Claims;
    world.app.restrictions.restrict(&home.owner.actor, anna, ground, false).await.unwrap();
    let before = version(&world, &home, id).await;
    assert!(matches!(world.app.leads.erase(&home.owner.actor, anna, Ground::Asked).await, Err(Error::Rule(_))));
    assert_eq!(version(&world, &home, id).await, before);
}
