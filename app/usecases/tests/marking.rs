//! Addresses that take no mail: marked, told to whoever works with them, and forgotten with the next mail that is taken (MAIL-6).

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{access::Role, circumstances::Circumstances};
use qualify_ports::mailer::MailError;
use qualify_usecases::{Invite, SignedIn};
use tokio_util::sync::CancellationToken;

use crate::world::{Home, MockMailer, World, carried, from};

const ZOE: &str = "zoe@elsewhere.example";

/// Does all that is due, with a mail server that answers so.
async fn work(world: &World, answer: fn() -> MailError) {
    let mut mailer = MockMailer::new();
    mailer.expect_send().returning(move |_| Err(answer()));
    world.worker(mailer).drain(&CancellationToken::new()).await.unwrap();
}

fn for_good() -> MailError {
    MailError::Rejected("550 5.1.1 nobody of that name".into())
}

fn for_now() -> MailError {
    MailError::Unavailable("busy".into())
}

/// Since when the owner's address is marked, as the page of the members has it.
async fn mark(world: &World, home: &Home) -> Option<Timestamp> {
    let people = world.app.members.people(&home.owner.actor).await.unwrap();
    let owner = people.members.iter().find(|member| member.membership.user == home.owner.user).unwrap();
    owner.mail_refused_at
}

/// The same of the invitation.
async fn invitation_mark(world: &World, home: &Home) -> Option<Timestamp> {
    world.app.invitations.list(&home.owner.actor).await.unwrap()[0].mail_refused_at
}

async fn invite(world: &World, by: &SignedIn) {
    let command = Invite { email: ZOE.parse().unwrap(), roles: vec![Role::Agent] };
    world.app.invitations.invite(&by.actor, command).await.unwrap();
}

#[tokio::test]
async fn mail_6_a_member_whose_address_refuses_mail_is_marked_until_one_is_taken() {
    let world = World::new().await;
    let home = world.found("North").await;
    let submit = || async { world.submit(home.form, from("anna@example.com")).await.unwrap() };
    submit().await;
    work(&world, for_now).await;
    assert_eq!(mark(&world, &home).await, None, "a server that is busy refuses nothing");
    world.clock.advance(SignedDuration::from_hours(1));
    let since = world.ports.clock.now();
    work(&world, for_good).await;
    assert!(
        mark(&world, &home).await.is_some_and(|at| (at.duration_since(since)).abs() < SignedDuration::from_mins(1))
    );
    let first = mark(&world, &home).await;
    assert_eq!(world.app.profiles.mail_refused_at(&home.owner).await.unwrap(), first, "they see it themselves");

    world.clock.advance(SignedDuration::from_hours(1));
    submit().await;
    work(&world, for_good).await;
    assert_eq!(mark(&world, &home).await, first, "it tells since when");
    let dump = world.dump().await;
    assert!(
        !dump.contains("nobody of that name") && !dump.contains("5.1.1"),
        "nothing of what the server said is kept"
    );

    world.clock.advance(SignedDuration::from_hours(1));
    submit().await;
    assert!(!world.work().await.is_empty());
    assert_eq!(mark(&world, &home).await, None);
    assert_eq!(world.app.profiles.mail_refused_at(&home.owner).await.unwrap(), None);
}

#[tokio::test]
async fn mail_6_another_address_is_not_marked_for_the_former_one() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    work(&world, for_good).await;
    assert!(mark(&world, &home).await.is_some());
    let (new, nowhere) = ("odile@north.example", Circumstances::default());
    world.app.accounts.ask_email_change(&home.owner, new.parse().unwrap(), &nowhere).await.unwrap();
    // The warning to the former address is refused; the link to the new one goes out.
    let (mut mailer, links) = (MockMailer::new(), crate::world::Taken::default());
    let into = links.clone();
    mailer.expect_send().returning(move |mail| {
        if *mail.to != *new {
            return Err(for_good());
        }
        into.lock().unwrap().push(mail.clone());
        Ok(())
    });
    world.worker(mailer).drain(&CancellationToken::new()).await.unwrap();
    assert!(mark(&world, &home).await.is_some(), "the new address says nothing of the one that still counts");
    let link = carried(&links.lock().unwrap()[0], "email-change");
    world.app.accounts.change_email(&link, Some(&home.owner), &nowhere).await.unwrap();
    assert_eq!(mark(&world, &home).await, None);
}

#[tokio::test]
async fn mail_6_an_invited_address_that_refuses_mail_is_marked_where_it_was_invited() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    invite(&world, &south.owner).await;
    assert_eq!(world.work().await.len(), 1);
    invite(&world, &north.owner).await;
    work(&world, for_good).await;
    let since = invitation_mark(&world, &north).await;
    assert!(since.is_some());
    assert_eq!(invitation_mark(&world, &south).await, None, "what one organization sent is no other's to know");
    assert_eq!(mark(&world, &north).await, None);

    let invited = world.app.invitations.list(&north.owner.actor).await.unwrap().remove(0);
    world.app.invitations.send_again(&north.owner.actor, invited.id).await.unwrap();
    assert_eq!(invitation_mark(&world, &north).await, since, "until it is known better");
    assert_eq!(world.work().await.len(), 1);
    assert_eq!(invitation_mark(&world, &north).await, None);
}
