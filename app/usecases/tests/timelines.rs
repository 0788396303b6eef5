//! What timelines tell of who works on leads and of what is planned, and that neither keeps a lead from being stale.

use jiff::{SignedDuration, civil::date};
use qualify_domain::{
    access::Role,
    activity::{Assignment, Author, What},
    id::LeadId,
    job::{ChangeLeads, LeadAct, Which},
    lead::Lead,
    merge::{Choices, MergeField},
    task::{TaskField, Todo, WrittenTask},
    text::Message,
};
use qualify_usecases::{AssignLead, MergeLeads, Merged, NoteKind, NoteLead, SeenPair, SignedIn, TaskPlace};

use crate::world::{Home, World};

/// What a timeline tells of owners and tasks, the oldest first.
async fn told(world: &World, home: &Home, lead: LeadId) -> Vec<(Author, What)> {
    let file = world.app.leads.open(&home.owner.actor, lead).await.unwrap();
    let entries = file.activities.into_iter().rev();
    let told = entries.filter(|entry| matches!(entry.what, What::Assigned(_)) || entry.what.task().is_some());
    told.map(|entry| (entry.author.unwrap(), entry.what)).collect()
}

fn by(member: &SignedIn) -> Author {
    Author::Member(member.user)
}

fn given(from: Option<&SignedIn>, to: Option<&SignedIn>) -> What {
    What::Assigned(Assignment { from: from.map(|from| from.user), to: to.map(|to| to.user) })
}

async fn read(world: &World, home: &Home, lead: LeadId) -> Lead {
    world.app.leads.read(&home.owner.actor, lead).await.unwrap()
}

async fn assign(world: &World, by: &SignedIn, lead: LeadId, owner: Option<&SignedIn>) {
    let version = world.app.leads.read(&by.actor, lead).await.unwrap().version;
    let command = AssignLead { owner: owner.map(|owner| owner.user), version };
    world.app.leads.assign(&by.actor, lead, command).await.unwrap();
}

fn plan(title: &str, owner: &SignedIn, due_on: &str) -> WrittenTask {
    let owner = owner.user.to_string();
    WrittenTask { title: title.to_owned(), due_on: due_on.to_owned(), owner, ..WrittenTask::default() }
}

#[tokio::test]
async fn a_timeline_tells_from_whom_to_whom_a_lead_goes_and_who_gave_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    assign(&world, &home.owner, lead, None).await;
    assert_eq!(told(&world, &home, lead).await, [], "it is in the queue already");
    assign(&world, &mika, lead, Some(&mika)).await;
    assign(&world, &home.owner, lead, Some(&mika)).await;
    assign(&world, &home.owner, lead, Some(&home.owner)).await;
    assign(&world, &home.owner, lead, None).await;
    let expected = [
        (by(&mika), given(None, Some(&mika))),
        (by(&home.owner), given(Some(&mika), Some(&home.owner))),
        (by(&home.owner), given(Some(&home.owner), None)),
    ];
    assert_eq!(told(&world, &home, lead).await, expected);
}

#[tokio::test]
async fn each_of_many_leads_that_are_given_at_once_tells_it_and_those_left_out_do_not() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let [anna, bert, carl] = [
        world.lead(&home, "anna@example.com").await.id,
        world.lead(&home, "bert@example.com").await.id,
        world.lead(&home, "carl@example.com").await.id,
    ];
    assign(&world, &home.owner, bert, Some(&home.owner)).await;
    assign(&world, &home.owner, carl, Some(&mika)).await;
    let before = read(&world, &home, anna).await.last_activity_at;
    world.clock.advance(SignedDuration::from_mins(5));
    let change = ChangeLeads { which: Which::These(vec![anna, bert, carl]), act: LeadAct::Assign(Some(mika.user)) };
    world.app.jobs.change_leads(&home.owner.actor, change).await.unwrap();
    world.work().await;
    assert_eq!(told(&world, &home, anna).await, [(by(&home.owner), given(None, Some(&mika)))]);
    let of_bert = told(&world, &home, bert).await;
    assert_eq!(of_bert.last(), Some(&(by(&home.owner), given(Some(&home.owner), Some(&mika)))));
    assert_eq!(told(&world, &home, carl).await.len(), 1, "it was Mika's already");
    assert_eq!(read(&world, &home, anna).await.last_activity_at, before);
}

#[tokio::test]
async fn what_a_member_leaves_behind_tells_where_it_went() {
    let world = World::new().await;
    let home = world.found("North").await;
    let gone = world.join(&home, "gone@north.example", &[Role::Agent]).await;
    let heir = world.join(&home, "heir@north.example", &[Role::Agent]).await;
    let (lead, other) = (world.lead(&home, "a@example.com").await.id, world.lead(&home, "b@example.com").await.id);
    assign(&world, &home.owner, lead, Some(&gone)).await;
    world.app.tasks.make(&home.owner.actor, lead, &plan("Call", &gone, "2026-12-01")).await.unwrap();
    world.app.members.remove(&home.owner.actor, gone.user, Some(heir.user)).await.unwrap();
    let entries = told(&world, &home, lead).await;
    let todo = Todo { title: "Call".parse().unwrap(), due_on: Some(date(2026, 12, 1)), owner: heir.user };
    // Both of one moment, in no order.
    for what in [given(Some(&gone), Some(&heir)), What::Replanned(todo, vec![TaskField::Owner])] {
        assert!(entries.contains(&(by(&home.owner), what.clone())), "{what:?}: {entries:?}");
    }
    assert_eq!(entries.len(), 4, "given, planned, and both again: {entries:?}");

    world.app.members.leave(&heir.actor).await.unwrap();
    let entries = told(&world, &home, lead).await;
    assert_eq!(entries.last(), Some(&(by(&heir), given(Some(&heir), None))));
    assert_eq!(told(&world, &home, other).await, [], "nobody's lead went nowhere");
}

/// Merges a lead of Mika's into one of the queue.
async fn merge(world: &World, home: &Home, mika: &SignedIn) -> (LeadId, LeadId, Merged) {
    let (anna, twin) = (world.lead(home, "anna@berg.example").await.id, world.lead(home, "ab@berg.example").await.id);
    assign(world, &home.owner, twin, Some(mika)).await;
    let wish = MergeLeads { other: twin, choices: Choices::new() };
    let seen =
        SeenPair { survivor: read(world, home, anna).await.version, other: read(world, home, twin).await.version };
    (anna, twin, world.app.leads.merge(&home.owner.actor, anna, &wish, seen).await.unwrap())
}

#[tokio::test]
async fn a_lead_that_gets_an_owner_by_a_merge_tells_it_and_tells_when_it_loses_them_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let (anna, twin, merged) = merge(&world, &home, &mika).await;
    let given_to_mika = (by(&home.owner), given(None, Some(&mika)));
    let both = [given_to_mika.clone(), given_to_mika.clone()];
    assert_eq!(told(&world, &home, anna).await, both, "the other's, and its own");
    world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
    let back = [given_to_mika.clone(), (by(&home.owner), given(Some(&mika), None))];
    assert_eq!(told(&world, &home, anna).await, back);
    assert_eq!(told(&world, &home, twin).await, [given_to_mika], "it is Mika's as before");
}

#[tokio::test]
async fn a_lead_that_comes_back_to_nobody_because_its_owner_left_tells_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let (anna, twin, merged) = merge(&world, &home, &mika).await;
    world.app.members.remove(&home.owner.actor, mika.user, None).await.unwrap();
    let back = world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
    assert_eq!((back.kept, back.merged.owner), (vec![MergeField::Owner], None));
    let lost = (by(&home.owner), given(Some(&mika), None));
    assert_eq!(told(&world, &home, twin).await.last(), Some(&lost));
    let of_anna = told(&world, &home, anna).await;
    assert_eq!(of_anna.iter().filter(|entry| **entry == lost).count(), 1, "when Mika was removed: {of_anna:?}");
}

#[tokio::test]
async fn a_timeline_tells_what_is_planned_what_becomes_otherwise_and_nothing_that_does_not() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let (tasks, me) = (&world.app.tasks, &home.owner.actor);
    let id = tasks.make(me, lead, &plan("Send the offer", &mika, "2026-12-01")).await.unwrap();
    let at = |version| TaskPlace { id, version };
    tasks.change(me, at(1), &plan("Send the offer", &mika, "2026-12-01")).await.unwrap();
    tasks.change(me, at(2), &plan("Send the contract", &home.owner, "")).await.unwrap();
    tasks.reopen(me, at(3)).await.unwrap();
    tasks.finish(&mika.actor, at(4)).await.unwrap();
    tasks.reopen(me, at(5)).await.unwrap();
    tasks.remove(me, id).await.unwrap();
    let contract = || "Send the contract".parse().unwrap();
    let offer = Todo { title: "Send the offer".parse().unwrap(), due_on: Some(date(2026, 12, 1)), owner: mika.user };
    let changed = vec![TaskField::Title, TaskField::DueOn, TaskField::Owner];
    let expected = [
        (by(&home.owner), What::Planned(offer)),
        (by(&home.owner), What::Replanned(Todo { title: contract(), due_on: None, owner: home.owner.user }, changed)),
        (by(&mika), What::Finished(contract())),
        (by(&home.owner), What::Reopened(contract())),
        (by(&home.owner), What::Dropped(contract())),
    ];
    assert_eq!(told(&world, &home, lead).await, expected);
}

#[tokio::test]
async fn a_lead_that_goes_from_hand_to_hand_and_has_plans_becomes_as_stale_as_before() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    world.clock.advance(SignedDuration::from_mins(5));
    assign(&world, &home.owner, lead.id, Some(&home.owner)).await;
    let (tasks, me) = (&world.app.tasks, &home.owner.actor);
    let id = tasks.make(me, lead.id, &plan("Call", &home.owner, "")).await.unwrap();
    tasks.change(me, TaskPlace { id, version: 1 }, &plan("Call again", &home.owner, "")).await.unwrap();
    assert_eq!(read(&world, &home, lead.id).await.last_activity_at, lead.last_activity_at);
    let done = tasks.finish(me, TaskPlace { id, version: 2 }).await.unwrap();
    let worked = read(&world, &home, lead.id).await.last_activity_at;
    assert!(worked > lead.last_activity_at, "what is done is work");
    world.clock.advance(SignedDuration::from_mins(5));
    tasks.reopen(me, TaskPlace { id, version: done.version }).await.unwrap();
    tasks.remove(me, id).await.unwrap();
    assert_eq!(read(&world, &home, lead.id).await.last_activity_at, worked);
    let note = NoteLead { text: Message::parse("Called.").unwrap(), kind: NoteKind::Call };
    world.app.leads.note(me, lead.id, note).await.unwrap();
    assert!(read(&world, &home, lead.id).await.last_activity_at > worked);
}
