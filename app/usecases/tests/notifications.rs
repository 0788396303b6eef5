//! Members are told of what concerns them, and of nothing beyond their reach.

use qualify_domain::{
    access::{Permission, Role},
    id::NotificationId,
    notification::NotificationKind,
    submission::Sent,
};
use qualify_usecases::{AssignLead, Error, SignedIn};
use uuid::Uuid;

use crate::world::{World, from, saying};

/// What the bell shows a member, newest first.
async fn told(world: &World, member: &SignedIn) -> Vec<(NotificationKind, String)> {
    let list = world.app.notifications.list(&member.actor, None).await.unwrap();
    let rows = list.notifications.items.into_iter();
    rows.map(|row| (row.notification.kind, row.email.map(|email| email.to_string()).unwrap_or_default())).collect()
}

async fn write_again(world: &World, home: &crate::world::Home, email: &str) {
    let sent = Sent { email: email.to_owned(), message: "Me again.".to_owned(), ..Sent::default() };
    world.submit(home.form, saying(sent)).await.unwrap();
    world.work().await;
}

#[tokio::test]
async fn a_new_lead_rings_the_bell_of_those_who_may_see_it_and_of_no_other_organization() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let billing = world.join(&home, "billing@north.example", &[Role::Billing]).await;
    world.lead(&home, "anna@example.com").await;
    let expected = [(NotificationKind::NewLead, "anna@example.com".to_owned())];
    assert_eq!(told(&world, &home.owner).await, expected);
    assert_eq!(told(&world, &agent).await, expected);
    assert_eq!(told(&world, &south.owner).await, []);
    let error = world.app.notifications.list(&billing.actor, None).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(f) if f.0 == Permission::ReadLeads), "{error:?}");
    assert_eq!(world.app.notifications.unread(&agent.actor).await.unwrap(), 1);
}

#[tokio::test]
async fn rls_13_nobody_is_told_beyond_their_reach_nor_reads_on_when_a_lead_moves_out_of_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [one, other] = ["one", "other"].map(|name| format!("{name}@north.example"));
    let (one, other) = (world.join(&home, &one, &[Role::Agent]).await, world.join(&home, &other, &[Role::Agent]).await);
    let lead = world.lead(&home, "anna@example.com").await;
    assert_eq!(told(&world, &other).await.len(), 1, "it lay in the queue");
    world.give(&home, lead.id, one.user).await;
    assert_eq!(told(&world, &other).await, [], "the name went with the lead");
    assert_eq!(world.app.notifications.unread(&other.actor).await.unwrap(), 0);
    write_again(&world, &home, "anna@example.com").await;
    assert_eq!(told(&world, &one).await[0].0, NotificationKind::Answer);
    assert_eq!(told(&world, &other).await, []);
    world.give(&home, lead.id, other.user).await;
    assert_eq!(told(&world, &other).await.len(), 1, "of the answer they were not told, even later");
}

#[tokio::test]
async fn who_is_given_a_lead_is_told_by_whom_and_who_takes_one_is_not() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    let give = |owner, version| AssignLead { owner: Some(owner), version };
    world.app.leads.assign(&home.owner.actor, lead.id, give(home.owner.user, 1)).await.unwrap();
    world.work().await;
    assert_eq!(told(&world, &home.owner).await.len(), 1, "only of the new lead");
    world.app.leads.assign(&home.owner.actor, lead.id, give(agent.user, 2)).await.unwrap();
    world.app.leads.assign(&home.owner.actor, lead.id, give(agent.user, 3)).await.unwrap();
    world.work().await;
    let list = world.app.notifications.list(&agent.actor, None).await.unwrap().notifications.items;
    assert_eq!(list.len(), 2, "to give what is theirs already tells nothing");
    assert_eq!(list[0].notification.kind, NotificationKind::Assignment);
    assert_eq!(list[0].notification.actor, Some(home.owner.user));
    assert_eq!(told(&world, &home.owner).await.len(), 1);
}

#[tokio::test]
async fn a_lead_that_was_given_on_before_its_member_was_told_tells_only_the_last() {
    let world = World::new().await;
    let home = world.found("North").await;
    let [one, other] = ["one@north.example", "other@north.example"];
    let (one, other) = (world.join(&home, one, &[Role::Agent]).await, world.join(&home, other, &[Role::Agent]).await);
    let lead = world.lead(&home, "anna@example.com").await;
    for (owner, version) in [(one.user, 1), (other.user, 2)] {
        let command = AssignLead { owner: Some(owner), version };
        world.app.leads.assign(&home.owner.actor, lead.id, command).await.unwrap();
    }
    world.work().await;
    assert_eq!(told(&world, &one).await, []);
    assert_eq!(told(&world, &other).await[0].0, NotificationKind::Assignment);
}

#[tokio::test]
async fn what_was_read_is_no_longer_counted_and_nobody_reads_for_another() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    world.lead(&home, "bert@example.com").await;
    let mine = world.app.notifications.list(&home.owner.actor, None).await.unwrap().notifications.items;
    let id = mine[1].notification.id;
    for (who, id) in [(&agent, id), (&home.owner, NotificationId(Uuid::from_u128(1)))] {
        let error = world.app.notifications.read(&who.actor, id).await.unwrap_err();
        assert!(matches!(error, Error::NotFound("notification")), "{error:?}");
    }
    assert_eq!(world.app.notifications.read(&home.owner.actor, id).await.unwrap().lead, Some(lead.id));
    assert_eq!(world.app.notifications.unread(&home.owner.actor).await.unwrap(), 1);
    assert_eq!(
        world.app.notifications.read(&home.owner.actor, id).await.unwrap().lead,
        Some(lead.id),
        "again is no fault"
    );
    world.app.notifications.read_all(&home.owner.actor).await.unwrap();
    assert_eq!(world.app.notifications.unread(&home.owner.actor).await.unwrap(), 0);
    assert_eq!(world.app.notifications.unread(&agent.actor).await.unwrap(), 2, "a colleague's are theirs");
}

#[tokio::test]
async fn the_list_goes_on_where_a_page_ended_and_the_count_stops_at_many() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..120 {
        world.submit(home.form, from(&format!("visitor{n}@example.com"))).await.unwrap();
    }
    world.work().await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let part = world.app.notifications.list(&home.owner.actor, after).await.unwrap();
        assert_eq!(part.unread, 100);
        seen.extend(part.notifications.items.iter().map(|row| (row.notification.at, row.notification.id)));
        after = part.notifications.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted_by(|earlier, later| earlier > later), "newest first, each once");
}
