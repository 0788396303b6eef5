//! What is not merged, and not undone.

use qualify_domain::{
    access::{Permission, Role},
    id::{LeadId, MergeId},
    lead::Lead,
    merge::{Choice, Choices, MergeError, MergeField},
    person::PersonChange,
};
use qualify_usecases::{Broken, Error, MergeLeads, SeenPair};

use super::{change, into, merge, now, seen, two};
use crate::world::{Home, World, nobody};

async fn refused(world: &World, home: &Home, lead: LeadId, wish: &MergeLeads, seen: SeenPair) -> Error {
    world.app.leads.merge(&home.owner.actor, lead, wish, seen).await.unwrap_err()
}

#[tokio::test]
async fn a_lead_is_merged_neither_with_itself_nor_twice_nor_as_it_was_before_nor_with_anothers() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let third = world.lead(&home, "third@berg.example").await;
    let itself = refused(&world, &home, anna.id, &into(&anna), seen(&anna, &anna)).await;
    assert!(matches!(itself, Error::Rule(Broken::Merge(MergeError::Itself))), "{itself:?}");
    for late in [(0, 1), (1, 0)] {
        let version = SeenPair { survivor: anna.version - late.0, other: twin.version - late.1 };
        let stale = refused(&world, &home, anna.id, &into(&twin), version).await;
        assert!(matches!(stale, Error::Stale), "{stale:?}");
    }
    let unknown = MergeLeads { other: nobody().1, choices: Choices::new() };
    let missing = refused(&world, &home, anna.id, &unknown, seen(&anna, &twin)).await;
    assert!(matches!(missing, Error::Rule(Broken::Merge(MergeError::Unknown))), "{missing:?}");
    let south = world.found("South").await;
    let foreign = world.lead(&south, "anna@berg.example").await;
    let missing = refused(&world, &home, anna.id, &into(&foreign), seen(&anna, &foreign)).await;
    assert!(matches!(missing, Error::Rule(Broken::Merge(MergeError::Unknown))), "{missing:?}");

    merge(&world, &home, anna.id, twin.id).await;
    let again = refused(&world, &home, third.id, &into(&twin), seen(&third, &twin)).await;
    assert!(matches!(again, Error::Rule(Broken::Merge(MergeError::Merged))), "{again:?}");
}

#[tokio::test]
async fn of_two_who_merge_at_once_one_does_it_and_the_other_is_told() {
    let world = World::new().await;
    let home = world.found("North").await;
    for round in 0..5 {
        let one = world.lead(&home, &format!("one{round}@berg.example")).await;
        let two = world.lead(&home, &format!("two{round}@berg.example")).await;
        let merge = |survivor: &Lead, other: &Lead| {
            let (leads, actor) = (world.app.leads.clone(), home.owner.actor.clone());
            let (id, wish, seen) = (survivor.id, into(other), seen(survivor, other));
            tokio::spawn(async move { leads.merge(&actor, id, &wish, seen).await })
        };
        // Into each other, so that they would lock in opposite orders.
        let both = [merge(&one, &two), merge(&two, &one)];
        let mut outcomes = vec![];
        for outcome in both {
            outcomes.push(outcome.await.unwrap());
        }
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let error = outcomes.into_iter().find_map(Result::err).unwrap();
        let told = matches!(error, Error::Merged(_) | Error::Stale | Error::Rule(Broken::Merge(MergeError::Merged)));
        assert!(told, "{error:?}");
    }
    assert_eq!(world.leads(&home).await.len(), 5);
}

#[tokio::test]
async fn who_may_not_change_leads_may_neither_merge_nor_undo() {
    let world = World::new().await;
    let home = world.found("North").await;
    let viewer = world.join(&home, "vera@north.example", &[Role::Viewer]).await;
    let (anna, twin) = two(&world, &home).await;
    let wish = into(&twin);
    let refused = [
        world.app.leads.preview_merge(&viewer.actor, anna.id, &wish).await.err(),
        world.app.leads.merge(&viewer.actor, anna.id, &wish, seen(&anna, &twin)).await.err(),
        world.app.leads.undo_merge(&viewer.actor, MergeId(nobody().1.0)).await.err(),
    ];
    for error in refused {
        assert!(matches!(&error, Some(Error::Forbidden(missing)) if missing.0 == Permission::MergeLeads), "{error:?}");
    }
    let number = PersonChange { phone: Some("+33 6 12 34 56 78".to_owned()), ..PersonChange::default() };
    change(&world, &home, anna.id, number, &[]).await;
    let seen = world.app.leads.duplicates(&viewer.actor, anna.id).await.unwrap();
    assert_eq!(seen.len(), 1, "looking is no merging");
}

#[tokio::test]
async fn an_agent_brings_back_no_lead_that_is_somebody_elses() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let (anna, twin) = two(&world, &home).await;
    world.give(&home, twin.id, home.owner.user).await;
    let (anna, twin) = (now(&world, &home, anna.id).await, now(&world, &home, twin.id).await);
    let wish = MergeLeads { other: twin.id, choices: Choices::from([(MergeField::Owner, Choice::Survivor)]) };
    let merged = world.app.leads.merge(&home.owner.actor, anna.id, &wish, seen(&anna, &twin)).await.unwrap();
    let beyond = world.app.leads.undo_merge(&mika.actor, merged.merge.id).await.unwrap_err();
    assert!(matches!(beyond, Error::Rule(Broken::Merge(MergeError::OutOfReach))), "{beyond:?}");
    world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
}
