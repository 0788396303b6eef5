//! Entries of timelines, kept one by one or many at once, and what they make of the lead's age.

use qualify_domain::{
    access::Permission,
    activity::{Activity, Assignment, Author, Move, What},
    id::{ActivityId, LeadId, PropertyId, UserId},
    lead_field::LeadField,
    task::{TaskField, Todo},
    text::Message,
};

use crate::world::{World, after, id, noon};

fn words(raw: &str) -> Message {
    Message::parse(raw).unwrap()
}

fn todo() -> Todo {
    let due_on = Some("2026-12-01".parse().unwrap());
    Todo { title: "Send the offer".parse().unwrap(), due_on, owner: UserId(id()) }
}

/// What is told and does not keep a lead from being stale.
fn quiet() -> [What; 8] {
    let (from, to) = (Some(UserId(id())), Some(UserId(id())));
    [
        What::Assigned(Assignment { from: None, to }),
        What::Assigned(Assignment { from, to }),
        What::Assigned(Assignment { from, to: None }),
        What::Planned(todo()),
        What::Replanned(Todo { due_on: None, ..todo() }, TaskField::ALL.to_vec()),
        What::Reopened("Send the offer".parse().unwrap()),
        What::Dropped("Send the offer".parse().unwrap()),
        What::Graded { from: "D4".parse().unwrap(), to: "A2".parse().unwrap() },
    ]
}

fn entry(world: &World, lead: LeadId, second: i64, what: What) -> Activity {
    Activity { id: ActivityId(id()), lead, at: after(second), author: Some(Author::Member(world.user)), what }
}

#[tokio::test]
async fn entries_of_each_kind_come_back_as_they_were_kept_one_by_one_and_many_at_once() {
    let world = World::new().await;
    let sent = world.submission(noon(), "anna@example.com");
    world.capture(sent.clone(), 1).await.unwrap();
    let leads = [world.lead(noon(), "anna@example.com"), world.lead(noon(), "bert@example.com")];
    for lead in &leads {
        world.keep_lead(lead).await;
    }
    let mut whats = vec![
        What::Submitted(sent.id),
        What::Noted(words("Called.\nBack on Monday.")),
        What::Called(words("Wants an offer.")),
        What::Mailed(words("Here it is.")),
        What::Met(words("At the fair.")),
        What::Finished("Send the offer".parse().unwrap()),
        What::Created,
        What::Changed(vec![LeadField::Company, LeadField::Property(PropertyId(id()))]),
        What::Moved(Move {
            from: world.pipeline.stages[0].id,
            to: world.pipeline.stages[1].id,
            spent_seconds: Some(3_600),
            reason: None,
            note: Some(words("Worth it.")),
        }),
    ];
    whats.extend(quiet());
    let entries = |lead: LeadId| -> Vec<Activity> {
        (0..).zip(&whats).map(|(second, what)| entry(&world, lead, second, what.clone())).collect()
    };
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    for entry in &entries(leads[0].id) {
        tx.activities().insert(entry).await.unwrap();
    }
    tx.lead_batches().tell_all(&entries(leads[1].id)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ReadLeads).await;
    for lead in &leads {
        let timeline = tx.activities().of_lead(lead.id, 50).await.unwrap();
        assert!(timeline.iter().all(|entry| entry.author == Some(Author::Member(world.user))));
        assert_eq!(timeline.into_iter().rev().map(|entry| entry.what).collect::<Vec<_>>(), whats);
        let kept = tx.leads().find(lead.id).await.unwrap().unwrap();
        assert_eq!(kept.last_activity_at, after(8), "the move was the last that happened");
    }
}

#[tokio::test]
async fn a_lead_is_as_old_as_the_latest_that_happened_to_it_however_it_is_told() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    for what in quiet() {
        tx.activities().insert(&entry(&world, lead.id, 60, what.clone())).await.unwrap();
        tx.lead_batches().tell_all(&[entry(&world, lead.id, 70, what)]).await.unwrap();
    }
    assert_eq!(tx.leads().find(lead.id).await.unwrap().unwrap().last_activity_at, lead.last_activity_at);
    let [given, ..] = quiet();
    let several = [
        entry(&world, lead.id, 85, What::Met(words("At the fair."))),
        entry(&world, lead.id, 90, What::Noted(words("Called."))),
        entry(&world, lead.id, 80, What::Mailed(words("Here it is."))),
        entry(&world, lead.id, 95, given),
    ];
    tx.lead_batches().tell_all(&several).await.unwrap();
    assert_eq!(tx.leads().find(lead.id).await.unwrap().unwrap().last_activity_at, after(90));
}

#[tokio::test]
async fn the_search_finds_what_was_said_and_done_and_not_what_is_planned() {
    let world = World::new().await;
    let leads = [world.lead(noon(), "anna@example.com"), world.lead(noon(), "bert@example.com")];
    for lead in &leads {
        world.keep_lead(lead).await;
    }
    let [planned, done] = leads.each_ref().map(|lead| lead.id);
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    for what in quiet() {
        tx.activities().insert(&entry(&world, planned, 60, what.clone())).await.unwrap();
        tx.lead_batches().tell_all(&[entry(&world, planned, 70, what)]).await.unwrap();
    }
    assert!(tx.leads().find_words("offer", 10).await.unwrap().leads.is_empty());
    tx.activities().insert(&entry(&world, done, 60, What::Finished("Send the offer".parse().unwrap()))).await.unwrap();
    assert_eq!(tx.leads().find_words("offer", 10).await.unwrap().leads, [done].into());
}
