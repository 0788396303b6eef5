//! Files of people: they lose whoever is erased, and bring nobody back.

use futures::TryStreamExt;
use qualify_domain::{id::ImportId, import::ImportState, job::Report};

use super::{ADDRESS, CANARY, erase, holding, settle, upload};
use crate::world::{Home, World};

const TWO: &str = "Name;E-mail\nAnna Canarella;ANNA@canarella.example\nBert;bert@example.com\n";

fn counts(report: &Report) -> Vec<(String, u64)> {
    report.iter().map(|(outcome, times)| (outcome.to_owned(), times)).collect()
}

fn expected(outcomes: &[(&str, u64)]) -> Vec<(String, u64)> {
    outcomes.iter().map(|(outcome, times)| ((*outcome).to_owned(), *times)).collect()
}

/// Tries it and does it: both come to this.
async fn comes_to(world: &World, home: &Home, id: ImportId, outcomes: &[(&str, u64)]) {
    settle(world, home, id).await;
    let tried = world.app.imports.try_out(&home.owner.actor, id).await.unwrap();
    assert_eq!(counts(&tried), expected(outcomes));
    world.app.imports.begin(&home.owner.actor, id).await.unwrap();
    world.work().await;
    let file = world.app.imports.open(&home.owner.actor, id).await.unwrap();
    assert_eq!(file.import.state, ImportState::Done);
    assert_eq!(counts(&file.job.unwrap().report), expected(outcomes));
}

async fn addresses(world: &World, home: &Home) -> Vec<String> {
    let rows = world.leads(home).await;
    rows.iter().map(|row| row.email.as_ref().unwrap().to_string()).collect()
}

/// The lines of which nothing came, with what stood there and why.
async fn problems(world: &World, home: &Home, id: ImportId) -> Vec<(u32, String, String)> {
    let file = world.app.imports.problems(&home.owner.actor, id).await.unwrap();
    let rows: Vec<_> = file.parts.try_concat().await.unwrap();
    rows.into_iter().map(|(_, problem)| (problem.line, problem.raw, problem.faults[0].rule.clone())).collect()
}

#[tokio::test]
async fn a_file_that_comes_after_an_erasure_brings_nobody_back_and_keeps_nothing_of_them() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    erase(&world, &home, anna.id).await;
    let id = upload(&world, &home, TWO).await;
    assert!(holding(&world, CANARY).await.is_empty(), "not even for a while");
    comes_to(&world, &home, id, &[("created", 1), ("skipped_erased", 1)]).await;
    assert_eq!(addresses(&world, &home).await, ["bert@example.com"]);
    assert_eq!(problems(&world, &home, id).await, [(2, String::new(), "erased".to_owned())]);
    assert!(holding(&world, CANARY).await.is_empty());
}

#[tokio::test]
async fn a_file_that_waits_when_somebody_is_erased_loses_them() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    let id = upload(&world, &home, TWO).await;
    settle(&world, &home, id).await;
    assert!(!holding(&world, CANARY).await.is_empty());
    erase(&world, &home, anna.id).await;
    assert!(holding(&world, CANARY).await.is_empty());
    comes_to(&world, &home, id, &[("created", 1), ("skipped_erased", 1)]).await;
    assert_eq!(addresses(&world, &home).await, ["bert@example.com"]);
}

#[tokio::test]
async fn a_row_that_was_read_before_somebody_was_erased_is_left_out_when_its_turn_comes() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    erase(&world, &home, anna.id).await;
    let id = upload(&world, &home, "Name;E-mail\nBert;bert@example.com\n").await;
    // As if it had been read just before.
    world.sql("UPDATE import_parts SET text = text || 'Anna;anna@canarella.example' || chr(10)").await;
    comes_to(&world, &home, id, &[("created", 1), ("skipped_erased", 1)]).await;
    assert_eq!(problems(&world, &home, id).await, [(3, String::new(), "erased".to_owned())]);
    assert_eq!(addresses(&world, &home).await, ["bert@example.com"]);
}

#[tokio::test]
async fn undoing_an_import_brings_nobody_back() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    let id = upload(&world, &home, TWO).await;
    comes_to(&world, &home, id, &[("changed", 1), ("created", 1)]).await;
    erase(&world, &home, anna.id).await;
    world.app.imports.undo(&home.owner.actor, id).await.unwrap();
    world.work().await;
    assert!(world.leads(&home).await.is_empty());
    assert!(holding(&world, CANARY).await.is_empty());
}

#[tokio::test]
async fn the_same_person_of_another_organization_is_nobodys_business() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let anna = world.lead(&north, ADDRESS).await;
    let other = world.lead(&south, ADDRESS).await;
    erase(&world, &north, anna.id).await;
    assert_eq!(world.app.leads.read(&south.owner.actor, other.id).await.unwrap().id, other.id);
    let id = upload(&world, &south, TWO).await;
    comes_to(&world, &south, id, &[("changed", 1), ("created", 1)]).await;
}
