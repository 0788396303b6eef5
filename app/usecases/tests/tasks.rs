//! What members have to do about leads, who is told of it, and when.

use jiff::{SignedDuration, ToSpan};
use qualify_domain::{
    access::{Permission, Role},
    activity::What,
    lead::Lead,
    notification::NotificationKind,
    task::{Task, WrittenTask},
    text::Message,
};
use qualify_usecases::{Error, NoteKind, NoteLead, SignedIn, TaskPlace};

use crate::world::{Home, World};

fn task(title: &str) -> WrittenTask {
    WrittenTask { title: title.to_owned(), ..WrittenTask::default() }
}

fn of(task: &Task) -> TaskPlace {
    TaskPlace { id: task.id, version: task.version }
}

async fn bell(world: &World, member: &SignedIn) -> Vec<NotificationKind> {
    let list = world.app.notifications.list(&member.actor, None).await.unwrap();
    list.notifications.items.into_iter().map(|row| row.notification.kind).collect()
}

async fn made(world: &World, home: &Home, lead: &Lead, written: &WrittenTask) -> Task {
    let id = world.app.tasks.make(&home.owner.actor, lead.id, written).await.unwrap();
    world.app.tasks.read(&home.owner.actor, id).await.unwrap()
}

#[tokio::test]
async fn a_task_is_made_done_and_taken_up_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let task = made(&world, &home, &lead, &task("Send the offer")).await;
    assert_eq!((task.owner, task.due_on, task.done_at), (home.owner.user, None, None));
    assert_eq!(world.app.tasks.mine(&home.owner.actor, None).await.unwrap().items.len(), 1);

    let done = world.app.tasks.finish(&home.owner.actor, of(&task)).await.unwrap();
    assert!(done.done_at.is_some());
    assert!(world.app.tasks.mine(&home.owner.actor, None).await.unwrap().items.is_empty());
    let twice = world.app.tasks.finish(&home.owner.actor, of(&task)).await.unwrap();
    assert_eq!(twice.version, done.version, "done is done");
    let told = |file: &qualify_usecases::LeadFile| {
        file.activities.iter().filter(|entry| matches!(entry.what, What::Finished(_))).count()
    };
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    assert_eq!(told(&file), 1, "the timeline tells of it once");

    let open = world.app.tasks.reopen(&home.owner.actor, of(&done)).await.unwrap();
    assert_eq!(open.done_at, None);
    let late = world.app.tasks.change(&home.owner.actor, of(&task), &task_to_call()).await.unwrap_err();
    assert!(matches!(late, Error::Stale), "{late:?}");
    world.app.tasks.remove(&home.owner.actor, open.id).await.unwrap();
    let gone = world.app.tasks.read(&home.owner.actor, open.id).await.unwrap_err();
    assert!(matches!(gone, Error::NotFound("task")), "{gone:?}");
}

fn task_to_call() -> WrittenTask {
    task("Call")
}

#[tokio::test]
async fn a_reminder_rings_in_the_morning_of_the_day_once_and_not_for_what_is_done_or_moved() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let today = jiff::tz::TimeZone::UTC.to_datetime(world.ports.clock.now()).date();
    let in_days = |days: i64| WrittenTask { due_on: (today + days.days()).to_string(), ..task("Call") };
    let kept = made(&world, &home, &lead, &in_days(3)).await;
    let moved = made(&world, &home, &lead, &in_days(3)).await;
    let done = made(&world, &home, &lead, &in_days(3)).await;
    world.app.tasks.change(&home.owner.actor, of(&moved), &in_days(9)).await.unwrap();
    world.app.tasks.finish(&home.owner.actor, of(&done)).await.unwrap();
    world.work().await;
    let reminders =
        async || bell(&world, &home.owner).await.into_iter().filter(|kind| *kind == NotificationKind::Reminder).count();
    assert_eq!(reminders().await, 0, "it is too early");
    world.clock.advance(SignedDuration::from_hours(24 * 4));
    world.work().await;
    assert_eq!(reminders().await, 1, "of the one that is due and open");
    world.work().await;
    assert_eq!(reminders().await, 1);
    assert_eq!(world.app.tasks.count_due(&home.owner.actor, today + 4.days()).await.unwrap(), 1);
    assert_eq!(
        world.app.tasks.mine(&home.owner.actor, None).await.unwrap().items[0].task.id,
        kept.id,
        "the most urgent first"
    );
}

#[tokio::test]
async fn whoever_is_given_a_task_is_told_and_somebody_from_elsewhere_is_given_none() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    let given = |owner: &SignedIn| WrittenTask { owner: owner.user.to_string(), ..task("Call") };
    made(&world, &home, &lead, &given(&agent)).await;
    made(&world, &home, &lead, &given(&home.owner)).await;
    world.work().await;
    assert!(bell(&world, &agent).await.contains(&NotificationKind::Task));
    assert!(!bell(&world, &home.owner).await.contains(&NotificationKind::Task), "who takes one knows");
    let error = world.app.tasks.make(&home.owner.actor, lead.id, &given(&south.owner)).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
}

#[tokio::test]
async fn rls_13_a_task_reaches_as_far_as_its_lead_does() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let viewer = world.join(&home, "viewer@north.example", &[Role::Viewer]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    let task = made(&world, &home, &lead, &task_to_call()).await;
    world.give(&home, lead.id, home.owner.user).await;
    for actor in [&agent.actor, &south.owner.actor] {
        let error = world.app.tasks.finish(actor, of(&task)).await.unwrap_err();
        assert!(matches!(error, Error::NotFound("task")), "{error:?}");
        assert!(matches!(world.app.tasks.of_lead(actor, lead.id).await, Err(Error::NotFound("lead"))));
    }
    let error = world.app.tasks.finish(&viewer.actor, of(&task)).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(f) if f.0 == Permission::NoteLead), "{error:?}");
}

#[tokio::test]
async fn what_a_member_had_to_do_goes_to_whoever_takes_over() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    let owner = agent.user.to_string();
    made(&world, &home, &lead, &WrittenTask { owner, ..task_to_call() }).await;
    world.app.members.remove(&home.owner.actor, agent.user, Some(home.owner.user)).await.unwrap();
    assert_eq!(world.app.tasks.mine(&home.owner.actor, None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn who_is_named_in_a_note_is_told_if_they_may_see_the_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    let say = |words: &str| NoteLead { text: Message::parse(words).unwrap(), kind: NoteKind::Call };
    world.app.leads.note(&home.owner.actor, lead.id, say("@Mika Member, @Odile Owner: look.")).await.unwrap();
    world.work().await;
    assert!(bell(&world, &agent).await.contains(&NotificationKind::Mention));
    assert!(!bell(&world, &home.owner).await.contains(&NotificationKind::Mention), "nobody tells themselves");
    world.give(&home, lead.id, home.owner.user).await;
    let before = bell(&world, &agent).await.len();
    world.app.leads.note(&home.owner.actor, lead.id, say("@Mika Member again")).await.unwrap();
    world.work().await;
    assert_eq!(bell(&world, &agent).await.len(), before, "the lead is beyond their reach now");
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    // Beside it may stand that the score has changed by it, at the same moment.
    assert!(file.activities.iter().any(|entry| matches!(entry.what, What::Called(_))));
}
