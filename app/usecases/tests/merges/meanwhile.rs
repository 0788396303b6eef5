//! Tasks that are changed while the lead they hang on is being merged: whoever changes one waits, and changes it where it
//! hangs then.

use qualify_domain::{
    access::{Actor, Permission, Role},
    activity::What,
    lead::Lead,
    merge::Merge,
    task::WrittenTask,
};
use qualify_ports::storage::TenantTx;
use qualify_usecases::{Error, TaskPlace, Tasks};

use super::{into, now, two};
use crate::world::{Home, World};

/// A merge that has begun: it holds both leads, and has moved nothing yet.
struct Begun {
    tx: Box<dyn TenantTx>,
    merge: Merge,
    lead: Lead,
}

impl Begun {
    async fn of(world: &World, home: &Home, survivor: &Lead, other: &Lead) -> Self {
        let actor = &home.owner.actor;
        let preview = world.app.leads.preview_merge(actor, survivor.id, &into(other)).await.unwrap();
        let scope = actor.permit(Permission::MergeLeads).unwrap();
        let merge = Merge {
            id: world.ports.ids.next(),
            holder: survivor.id,
            survivor: survivor.id,
            merged: other.id,
            at: world.ports.clock.now(),
            author: scope.author(),
            undone_at: None,
            images: None,
        };
        let mut tx = world.ports.storage.tenant(&scope).await.unwrap();
        tx.merges().hold(&[survivor.id, other.id]).await.unwrap();
        Self { tx, merge, lead: preview.plan.lead }
    }

    async fn end(self) {
        let Self { mut tx, merge, lead } = self;
        tx.merges().keep(&merge, &lead).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What can be done to a task.
async fn act(tasks: Tasks, actor: Actor, place: TaskPlace, how: &'static str) -> Result<(), Error> {
    match how {
        "finish" => tasks.finish(&actor, place).await.map(|_| ()),
        "reopen" => tasks.reopen(&actor, place).await.map(|_| ()),
        "remove" => tasks.remove(&actor, place.id).await.map(|_| ()),
        _ => {
            let written = WrittenTask { title: "Call".to_owned(), ..WrittenTask::default() };
            tasks.change(&actor, place, &written).await
        }
    }
}

/// The first task of a lead.
async fn task_of(world: &World, home: &Home, lead: &Lead) -> TaskPlace {
    let task = world.app.tasks.of_lead(&home.owner.actor, lead.id).await.unwrap().remove(0);
    TaskPlace { id: task.id, version: task.version }
}

#[tokio::test]
async fn a_task_that_is_changed_while_its_lead_is_merged_is_changed_where_it_hangs_then() {
    let world = World::new().await;
    for how in ["finish", "reopen", "change", "remove"] {
        let home = world.found(how).await;
        let (anna, twin) = two(&world, &home).await;
        let place = task_of(&world, &home, &twin).await;
        let begun = Begun::of(&world, &home, &anna, &twin).await;
        let acting = tokio::spawn(act(world.app.tasks.clone(), home.owner.actor.clone(), place, how));
        world.held_up(&acting).await;
        begun.end().await;
        acting.await.unwrap().unwrap();
        let task = world.app.tasks.read(&home.owner.actor, place.id).await.ok();
        assert_eq!(task.map(|task| task.lead), Some(anna.id).filter(|_| how != "remove"), "{how}");
        let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
        let told = file.activities.iter().any(|entry| match how {
            "finish" => matches!(entry.what, What::Finished(_)),
            "change" => matches!(entry.what, What::Replanned(..)),
            "remove" => matches!(entry.what, What::Dropped(_)),
            _ => true, // it was open
        });
        assert!(told, "{how}");
    }
}

#[tokio::test]
async fn a_task_whose_lead_is_merged_into_one_beyond_reach_is_not_there() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let (anna, twin) = two(&world, &home).await;
    world.give(&home, anna.id, home.owner.user).await;
    let anna = now(&world, &home, anna.id).await;
    let place = task_of(&world, &home, &twin).await;
    let begun = Begun::of(&world, &home, &anna, &twin).await;
    let acting = tokio::spawn(act(world.app.tasks.clone(), mika.actor.clone(), place, "finish"));
    world.held_up(&acting).await;
    begun.end().await;
    let beyond = acting.await.unwrap().unwrap_err();
    assert!(matches!(beyond, Error::NotFound("task")), "{beyond:?}");
}

#[tokio::test]
async fn what_a_member_had_to_do_about_a_lead_that_is_being_merged_is_handed_over_where_it_hangs_then() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let (anna, twin) = two(&world, &home).await;
    let written = WrittenTask { title: "Call".to_owned(), owner: mika.user.to_string(), ..WrittenTask::default() };
    let id = world.app.tasks.make(&home.owner.actor, twin.id, &written).await.unwrap();
    let begun = Begun::of(&world, &home, &anna, &twin).await;
    let (members, actor, heir) = (world.app.members.clone(), home.owner.actor.clone(), home.owner.user);
    let leaving = tokio::spawn(async move { members.remove(&actor, mika.user, Some(heir)).await });
    world.held_up(&leaving).await;
    begun.end().await;
    leaving.await.unwrap().unwrap();
    let task = world.app.tasks.read(&home.owner.actor, id).await.unwrap();
    assert_eq!((task.lead, task.owner), (anna.id, heir));
}
