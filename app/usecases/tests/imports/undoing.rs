//! What an import did is undone.

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    activity::What,
    import::{ImportError, ImportState, UNDO},
    lead::Lead,
    person::PersonChange,
};
use qualify_usecases::{Broken, ChangeLead, Error, NoteKind, NoteLead, Seen};

use super::{counts, expected, import, leads, open, settle, undo, upload};
use crate::world::{Home, World};

/// What is known of a lead, but for its version.
fn known(lead: &Lead) -> (String, Option<String>, Option<String>, Option<String>) {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let phone = lead.phone.as_ref().and_then(|phone| phone.e164());
    (lead.id.to_string(), text(lead.name.as_deref()), text(lead.email.as_deref()), text(phone))
}

async fn change(world: &World, home: &Home, lead: &Lead, name: &str) {
    let person = PersonChange { name: Some(name.to_owned()), ..PersonChange::default() };
    let version = world.app.leads.read(&home.owner.actor, lead.id).await.unwrap().version;
    world
        .app
        .leads
        .change(&home.owner.actor, lead.id, ChangeLead { person, tags: None, seen: Seen::Version(version) })
        .await
        .unwrap();
}

#[tokio::test]
async fn undoing_brings_every_field_back_and_takes_back_nothing_that_somebody_did_since() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first =
        "name,email,phone\nAnna,anna@example.com,+33612345678\nBert,bert@example.com,\nCarl,carl@example.com,\n";
    import(&world, &home.owner, first).await;
    let before: Vec<_> = leads(&world, &home).await.iter().map(known).collect();
    let second = "name,email,phone\nAnna Berg,anna.berg@example.com,+33612345678\n[clear],bert@example.com,+33687654321\n\
        Carl C.,carl@example.com,\nDora,dora@example.com,\nEmil,emil@example.com,\nFritz,fritz@example.com,\n";
    let (id, outcome) = import(&world, &home.owner, second).await;
    assert_eq!(outcome, expected(&[("changed", 3), ("created", 3)]));
    let between = leads(&world, &home).await;
    let by = |email: &str| between.iter().find(|lead| lead.email.as_deref() == Some(email)).unwrap();
    change(&world, &home, by("carl@example.com"), "Carl the Great").await;
    change(&world, &home, by("emil@example.com"), "Emil the Great").await;
    world.clock.advance(SignedDuration::from_secs(1));
    let note = NoteLead { text: "Called.".parse().unwrap(), kind: NoteKind::Call };
    world.app.leads.note(&home.owner.actor, by("fritz@example.com").id, note).await.unwrap();
    let outcome = undo(&world, &home.owner, id).await;
    let expected = expected(&[("removed", 1), ("restored", 2), ("skipped_changed_later", 2), ("skipped_used", 1)]);
    assert_eq!(outcome, expected);
    let after = leads(&world, &home).await;
    let after_of = |id: &str| after.iter().map(known).find(|lead| lead.0 == id);
    assert_eq!(after_of(&before[0].0).as_ref(), Some(&before[0]), "every field of Anna");
    assert_eq!(after_of(&before[1].0).as_ref(), Some(&before[1]), "and of Bert");
    assert_eq!(after_of(&before[2].0).unwrap().1.as_deref(), Some("Carl the Great"));
    assert!(!after.iter().any(|lead| lead.email.as_deref() == Some("dora@example.com")));
    assert_eq!(after.len(), 5);
    let anna = world.app.leads.open(&home.owner.actor, before[0].0.parse().unwrap()).await.unwrap();
    let told = anna.activities.iter().filter(|one| matches!(one.what, What::Changed(_))).count();
    assert_eq!(told, 2, "the timeline tells the import and its undoing");
    let left = open(&world, &home.owner, id).await.left;
    assert_eq!(left.iter().filter(|(_, changed)| *changed).count(), 2);
    assert_eq!(left.len(), 3);
    assert!(matches!(
        world.app.imports.undo(&home.owner.actor, id).await,
        Err(Error::Rule(Broken::Import(ImportError::NotUndoable)))
    ));
}

#[tokio::test]
async fn undoing_is_possible_for_seven_days_and_what_it_needs_is_forgotten_then() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (id, _) = import(&world, &home.owner, "email\nanna@example.com\n").await;
    world.clock.advance(UNDO - SignedDuration::from_secs(60));
    let owner = world.sign_in("owner@north.example").await;
    assert!(open(&world, &owner, id).await.import.can_be_undone(world.ports.clock.now()));
    world.clock.advance(SignedDuration::from_secs(60));
    assert!(matches!(
        world.app.imports.undo(&owner.actor, id).await,
        Err(Error::Rule(Broken::Import(ImportError::NotUndoable)))
    ));
    world.sweep().await;
    for query in [
        "SELECT count(*) FROM import_files",
        "SELECT count(*) FROM import_parts",
        "SELECT count(*) FROM import_problems",
        "SELECT count(*) FROM import_changes",
    ] {
        assert_eq!(world.rows(query).await, 0, "{query}");
    }
    assert_eq!(open(&world, &owner, id).await.import.settings.source.as_deref(), Some("Fair in Lyon"), "PRV-6");
}

#[tokio::test]
async fn an_import_that_was_stopped_is_done_as_far_as_it_came_and_is_undone_by_whoever_may() {
    let world = World::new().await;
    let home = world.found("North").await;
    let adam = world.join(&home, "adam@north.example", &[Role::Admin]).await;
    let rows: Vec<_> = (0..600).map(|n| format!("person{n}@example.com")).collect();
    let file = format!("email\n{}\n", rows.join("\n"));
    let id = upload(&world, &home.owner, &file).await;
    settle(&world, &home.owner, id, |_| ()).await;
    let job = world.app.imports.begin(&home.owner.actor, id).await.unwrap();
    world.app.jobs.call_off(&home.owner.actor, job).await.unwrap();
    world.work().await;
    let seen = open(&world, &adam, id).await;
    assert!(seen.job.is_none(), "a job is its asker's");
    assert_eq!(
        (seen.import.state, seen.import.undo_until()),
        (ImportState::Done, None),
        "it was stopped before it began"
    );
    let id = upload(&world, &home.owner, &file).await;
    settle(&world, &home.owner, id, |_| ()).await;
    world.app.imports.begin(&home.owner.actor, id).await.unwrap();
    world.work().await;
    let seen = open(&world, &adam, id).await;
    assert_eq!(seen.import.report.as_ref().map(counts), Some(expected(&[("created", 600)])));
    assert_eq!(undo(&world, &adam, id).await, expected(&[("removed", 600)]));
    assert_eq!(world.rows("SELECT count(*) FROM leads").await, 0);
}
