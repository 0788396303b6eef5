//! Whoever brings a restricted person again is told that they are restricted: nothing is opened, filled or changed for them.

use futures::TryStreamExt;
use qualify_domain::{
    access::{Duty, Permission},
    form::LegalBasis,
    id::LeadId,
    person::{PersonChange, WrittenPerson},
    restriction::Ground,
    submission::Attribution,
};
use qualify_usecases::{
    AddLead, Added, Broken, ChangeLead, CreateLead, Error, IfKnown, ImportLimits, LeadStart, NewImport, Seen,
};

use super::{ANNA, anna, person, restrict};
use crate::world::{Home, World, from, scope};

const NUMBER: &str = "+33 6 12 34 56 78";

/// A restricted lead with an address and a number.
async fn restricted(world: &World, home: &Home) -> LeadId {
    let lead = person(world, home).await;
    let change = PersonChange { phone: Some(NUMBER.to_owned()), ..PersonChange::default() };
    changed(world, home, lead, change).await.unwrap();
    restrict(world, home, lead, Ground::Contested, false).await;
    lead
}

async fn changed(world: &World, home: &Home, lead: LeadId, person: PersonChange) -> Result<i32, Error> {
    let version = world.app.leads.read(&home.owner.actor, lead).await.unwrap().version;
    let change = ChangeLead { person, tags: None, seen: Seen::Version(version) };
    world.app.leads.change(&home.owner.actor, lead, change).await
}

/// By each mark of hers alone, in other letters where there are any.
fn marks() -> [WrittenPerson; 2] {
    [
        WrittenPerson { email: "XYLOPHONE@Example.com".to_owned(), ..WrittenPerson::default() },
        WrittenPerson { phone: "+33612345678".to_owned(), ..WrittenPerson::default() },
    ]
}

fn is_refused<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Rule(Broken::Restricted)))
}

#[tokio::test]
async fn dsr_10_neither_a_program_nor_a_member_opens_another_lead_of_whom_is_restricted() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = restricted(&world, &home).await;
    let (leads, actor) = (&world.app.leads, &home.owner.actor);
    for (written, if_known) in marks().into_iter().zip([IfKnown::Append, IfKnown::AlwaysNew]) {
        let command = CreateLead {
            person: written.clone(),
            message: "Hello".to_owned(),
            legal_basis: LegalBasis::Consent,
            attribution: Attribution::default(),
            start: LeadStart::default(),
            if_known,
            key: None,
        };
        assert!(is_refused(&leads.create(actor, command).await), "{if_known:?}");
        let (legal_basis, start) = (LegalBasis::Consent, LeadStart::default());
        let command = AddLead { person: written, message: String::new(), legal_basis, start, anyway: true };
        assert!(is_refused(&leads.add(actor, command).await));
    }
    assert!(world.leads(&home).await.is_empty());
    world.app.restrictions.announce_lift(actor, lead, true).await.unwrap();
    let [written, _] = marks();
    let (legal_basis, start) = (LegalBasis::Consent, LeadStart::default());
    let command = AddLead { person: written, message: String::new(), legal_basis, start, anyway: true };
    assert!(matches!(leads.add(actor, command).await, Ok(Added::Made(_))), "once it is lifted");
}

#[tokio::test]
async fn dsr_10_no_lead_becomes_that_of_somebody_who_is_restricted() {
    let world = World::new().await;
    let home = world.found("North").await;
    restricted(&world, &home).await;
    let other = world.lead(&home, "berta@example.com").await.id;
    for written in marks() {
        let [email, phone] = [written.email, written.phone].map(|text| Some(text).filter(|text| !text.is_empty()));
        let change = PersonChange { email, phone, ..PersonChange::default() };
        assert!(is_refused(&changed(&world, &home, other, change).await));
    }
    let change = PersonChange { email: Some("bert@example.com".to_owned()), ..PersonChange::default() };
    changed(&world, &home, other, change).await.unwrap();
}

#[tokio::test]
async fn dsr_10_a_file_leaves_out_whom_is_restricted_and_tells_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    restricted(&world, &home).await;
    let actor = &home.owner.actor;
    let text = "Name;E-mail;Phone\nAnna;xylophone@EXAMPLE.com;\nBert;bert@example.com;\nA.;;+33612345678\n";
    let name = NewImport::named("people.csv".parse().unwrap());
    let id = world.app.imports.upload(actor, name, text.into(), ImportLimits::default()).await.unwrap();
    let import = world.app.imports.open(actor, id).await.unwrap().import;
    let mut settings = import.settings.clone();
    (settings.legal_basis, settings.source) = (Some(LegalBasis::Consent), Some("Fair in Lyon".parse().unwrap()));
    world.app.imports.settle(actor, id, import.version, settings).await.unwrap();
    let expected = [("created", 1), ("skipped_restricted_person", 2)];
    let tried = world.app.imports.try_out(actor, id).await.unwrap();
    assert_eq!(tried.iter().collect::<Vec<_>>(), expected);
    world.app.imports.begin(actor, id).await.unwrap();
    world.work().await;
    let done = world.app.imports.open(actor, id).await.unwrap().job.unwrap().report;
    assert_eq!(done.iter().collect::<Vec<_>>(), expected);
    let emails: Vec<_> = world.leads(&home).await.into_iter().filter_map(|row| row.email).collect();
    assert_eq!(emails.iter().map(|email| &**email).collect::<Vec<_>>(), ["bert@example.com"]);
    let file = world.app.imports.problems(actor, id).await.unwrap();
    let rows: Vec<_> = file.parts.try_concat().await.unwrap();
    let told: Vec<_> = rows.iter().map(|(_, problem)| (problem.line, &*problem.faults[0].rule)).collect();
    assert_eq!(told, [(2, "restricted"), (4, "restricted")]);
}

#[tokio::test]
async fn another_organization_hears_nothing_of_it() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    restricted(&world, &home).await;
    assert_eq!(world.lead(&south, ANNA).await.email.as_deref(), Some(ANNA));
    let [_, written] = marks();
    let (legal_basis, start) = (LegalBasis::Consent, LeadStart::default());
    let command = AddLead { person: written, message: String::new(), legal_basis, start, anyway: true };
    assert!(matches!(world.app.leads.add(&south.owner.actor, command).await, Ok(Added::Made(_))));
}

#[tokio::test]
async fn dsr_10_who_writes_while_they_are_restricted_comes_first_or_is_kept_with_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, ANNA).await.id;
    let sent = world.submit(home.form, anna("My xylophone again")).await.unwrap();
    let taking = scope(home.id, Duty::React, Permission::ProcessSubmission);
    let mut tx = world.ports.storage.tenant(&taking).await.unwrap();
    let found = tx.leads().find_person(Some(&ANNA.parse().unwrap()), None).await.unwrap().unwrap();
    let (restrictions, actor) = (world.app.restrictions.clone(), home.owner.actor.clone());
    let restricting = tokio::spawn(async move { restrictions.restrict(&actor, lead, Ground::Contested, false).await });
    world.held_up(&restricting).await;
    tx.submissions().assign(sent.id, found.id).await.unwrap();
    tx.commit().await.unwrap();
    restricting.await.unwrap().unwrap();
    world.work().await;
    assert!(world.leads(&home).await.is_empty());
    world.submit(home.form, from("berta@example.com")).await.unwrap();
    world.work().await;
    assert_eq!(world.leads(&home).await.len(), 1, "others are taken in");
}
