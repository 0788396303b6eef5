//! What members are mailed: at their pace, once a day, or not at all; and what is about security before all else (MAIL-3).

use std::collections::BTreeMap;

use jiff::{SignedDuration, tz::TimeZone};
use qualify_domain::{
    access::Role,
    circumstances::Circumstances,
    language::Language,
    mail_lane::Allowance,
    notification::{Choice, NotificationKind, Wishes},
    profile::Profile,
    theme::Theme,
};
use qualify_ports::mailer::{MailError, Message};
use qualify_usecases::{AssignLead, Options, SignIn, SignedIn, Worker};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::world::{Home, MockMailer, PASSWORD, Taken, World, from, willing};

fn usual() -> Options {
    Options { mails: Allowance::default(), ..Options::at("https://crm.example.com") }
}

/// A worker that may send as many mails as one may by default.
fn worker(world: &World) -> (Worker, Taken) {
    let (mailer, taken) = willing();
    (world.worker_with(mailer, usual()), taken)
}

async fn drain(worker: &Worker) {
    worker.drain(&CancellationToken::new()).await.unwrap();
}

fn mails(taken: &Taken) -> Vec<Message> {
    taken.lock().unwrap().clone()
}

async fn submit(world: &World, home: &Home, numbers: std::ops::Range<u32>) {
    for n in numbers {
        world.submit(home.form, from(&format!("v{n:03}@example.com"))).await.unwrap();
    }
}

/// How often each of these is named in the mails to a member.
fn named(mails: &[Message], member: &SignedIn, numbers: std::ops::Range<u32>) -> BTreeMap<u32, usize> {
    let to_them = || mails.iter().filter(|mail| mail.to == member.email);
    let times = |n| to_them().map(|mail| mail.text.matches(&format!("v{n:03}@")).count()).sum();
    numbers.map(|n| (n, times(n))).collect()
}

async fn wish(world: &World, member: &SignedIn, choice: Choice) {
    let wishes = NotificationKind::CHOSEN.into_iter().fold(Wishes::default(), |wishes, kind| wishes.with(kind, choice));
    world.app.notifications.choose(&member.actor, &wishes).await.unwrap();
}

/// Lets the clock show noon, so that a test does not depend on when it runs.
fn at_noon(world: &World) {
    let now = TimeZone::UTC.to_datetime(world.ports.clock.now());
    let noon = TimeZone::UTC.to_timestamp(now.date().tomorrow().unwrap().at(12, 0, 0, 0)).unwrap();
    world.clock.advance(noon.duration_since(world.ports.clock.now()));
}

#[tokio::test]
async fn mail_3_many_leads_become_few_mails_and_each_is_told_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (worker, taken) = worker(&world);
    submit(&world, &home, 0..15).await;
    drain(&worker).await;
    assert!((1..=3).contains(&mails(&taken).len()), "{} mails at once", mails(&taken).len());
    submit(&world, &home, 15..18).await;
    drain(&worker).await;
    assert!(mails(&taken).len() <= 3, "still the same moment");
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_mins(6));
        drain(&worker).await;
    }
    assert!(mails(&taken).len() <= 5, "{} mails", mails(&taken).len());
    let told = named(&mails(&taken), &home.owner, 0..18);
    assert!(told.values().all(|times| *times == 1), "{told:?}");
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_3_workers_share_the_organizations_bucket_and_lose_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mut members = vec![home.owner.clone()];
    for n in 0..4 {
        members.push(world.join(&home, &format!("agent{n}@north.example"), &[Role::Agent]).await);
    }
    let ((one, taken_by_one), (two, taken_by_two)) = (worker(&world), worker(&world));
    submit(&world, &home, 0..12).await;
    tokio::join!(drain(&one), drain(&two));
    drain(&one).await;
    let all = || [mails(&taken_by_one), mails(&taken_by_two)].concat();
    // A minute may have gone by while they worked.
    assert!((5..=8).contains(&all().len()), "{} mails to five members", all().len());
    for _ in 0..12 {
        world.clock.advance(SignedDuration::from_mins(5));
        tokio::join!(drain(&one), drain(&two));
    }
    for member in &members {
        let told = named(&all(), member, 0..12);
        assert!(told.values().all(|times| *times == 1), "{told:?}");
    }
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn mail_3_what_is_about_security_goes_at_once_however_many_leads_wait() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..5 {
        world.join(&home, &format!("agent{n}@north.example"), &[Role::Agent]).await;
    }
    let (worker, taken) = worker(&world);
    for n in 0..4 {
        submit(&world, &home, n * 5..n * 5 + 5).await;
        drain(&worker).await;
    }
    let before = mails(&taken).len();
    assert!(world.waiting().await > 0, "leads wait for the bucket");
    let password = SecretString::from(PASSWORD);
    let elsewhere = Circumstances::of("198.51.100.9".parse().ok(), "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
    let command = SignIn { email: home.owner.email.to_string(), password, from: elsewhere };
    world.app.accounts.sign_in(command).await.unwrap();
    drain(&worker).await;
    let after = mails(&taken);
    assert!(after[before..].iter().any(|mail| mail.subject == "New sign-in to your account"), "{}", after.len());
}

#[tokio::test]
async fn mail_1_a_second_try_is_the_same_mail_though_more_has_come_meanwhile() {
    let world = World::new().await;
    let home = world.found("North").await;
    submit(&world, &home, 0..1).await;
    let seen = Taken::default();
    let (mut mailer, into) = (MockMailer::new(), seen.clone());
    mailer.expect_send().returning(move |message| {
        let mut seen = into.lock().unwrap();
        seen.push(message.clone());
        if seen.len() < 2 { Err(MailError::Unavailable("down".into())) } else { Ok(()) }
    });
    let worker = world.worker_with(mailer, usual());
    drain(&worker).await;
    submit(&world, &home, 1..2).await;
    drain(&worker).await;
    world.clock.advance(SignedDuration::from_mins(2));
    drain(&worker).await;
    let sent = mails(&seen);
    assert_eq!(sent.len(), 3);
    let first: Vec<_> = sent.iter().filter(|mail| mail.id == sent[0].id).collect();
    assert_eq!(first.len(), 2);
    assert_eq!((&first[0].subject, &first[0].text), (&first[1].subject, &first[1].text));
    assert!(sent.iter().any(|mail| mail.subject.contains("v001@")));
}

#[tokio::test]
async fn who_chose_the_digest_gets_one_mail_in_the_morning_with_all_that_happened() {
    let world = World::new().await;
    let home = world.found("North").await;
    wish(&world, &home.owner, Choice::Digest).await;
    at_noon(&world);
    let ((one, taken), (two, taken_by_two)) = (worker(&world), worker(&world));
    submit(&world, &home, 0..2).await;
    drain(&one).await;
    assert_eq!(world.app.notifications.unread(&home.owner.actor).await.unwrap(), 2, "the bell tells at once");
    world.clock.advance(SignedDuration::from_hours(19));
    submit(&world, &home, 2..3).await;
    tokio::join!(drain(&one), drain(&two));
    assert!(mails(&taken).is_empty(), "at seven it is not yet morning");
    world.clock.advance(SignedDuration::from_mins(90));
    tokio::join!(drain(&one), drain(&two));
    let digest = [mails(&taken), mails(&taken_by_two)].concat();
    assert_eq!(digest.len(), 1, "by however many workers");
    assert_eq!(digest[0].subject, "Your daily digest: 3 new leads");
    assert!(named(&digest, &home.owner, 0..3).values().all(|times| *times == 1), "{}", digest[0].text);
    submit(&world, &home, 3..4).await;
    drain(&one).await;
    assert_eq!(mails(&taken).len() + mails(&taken_by_two).len(), 1, "once a day");
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_hours(24));
        tokio::join!(drain(&one), drain(&two));
    }
    assert_eq!(mails(&taken).len() + mails(&taken_by_two).len(), 2, "and none when nothing happened");
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn rls_13_a_digest_names_nobody_who_is_beyond_reach_in_the_morning() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    wish(&world, &agent, Choice::Digest).await;
    at_noon(&world);
    let lead = world.lead(&home, "v000@example.com").await;
    world.lead(&home, "v001@example.com").await;
    world.give(&home, lead.id, home.owner.user).await;
    world.clock.advance(SignedDuration::from_hours(24));
    let digest = world.work().await;
    assert_eq!(digest.iter().filter(|mail| mail.to == agent.email).count(), 1);
    assert_eq!(named(&digest, &agent, 0..2), BTreeMap::from([(0, 0), (1, 1)]));
}

#[tokio::test]
async fn who_does_not_want_to_know_is_told_nothing_and_who_changes_their_mind_nothing_that_waited() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    wish(&world, &home.owner, Choice::Off).await;
    wish(&world, &agent, Choice::Digest).await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    assert!(world.work().await.is_empty());
    assert_eq!(world.app.notifications.unread(&home.owner.actor).await.unwrap(), 0);
    assert_eq!(world.app.notifications.unread(&agent.actor).await.unwrap(), 1);
    wish(&world, &agent, Choice::Off).await;
    world.clock.advance(SignedDuration::from_hours(48));
    assert!(world.work().await.is_empty());
    assert_eq!(world.waiting().await, 0);
    let kept = world.app.notifications.wishes(&agent.actor).await.unwrap();
    assert_eq!(kept.of(NotificationKind::Answer), Choice::Off);
}

#[tokio::test]
async fn who_is_given_a_lead_by_somebody_else_is_mailed() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let lead = world.lead(&home, "anna@example.com").await;
    let give = |owner, version| AssignLead { owner: Some(owner), version };
    world.app.leads.assign(&home.owner.actor, lead.id, give(home.owner.user, 1)).await.unwrap();
    assert!(world.work().await.is_empty(), "who takes a lead knows");
    world.app.leads.assign(&home.owner.actor, lead.id, give(agent.user, 2)).await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.len(), 1);
    assert_eq!((&mails[0].to, &*mails[0].subject), (&agent.email, "Un lead pour vous : anna@example.com"));
}

#[tokio::test]
async fn who_has_left_is_mailed_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    wish(&world, &agent, Choice::Digest).await;
    world.lead(&home, "anna@example.com").await;
    world.app.members.remove(&home.owner.actor, agent.user, None).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(48));
    assert!(world.work().await.is_empty());
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn the_digest_comes_in_the_morning_where_the_member_reads_clocks() {
    let world = World::new().await;
    let home = world.found("North").await;
    wish(&world, &home.owner, Choice::Digest).await;
    let profile = Profile {
        first_name: home.owner.first_name.clone(),
        last_name: home.owner.last_name.clone(),
        language: Language::English,
        theme: Theme::default(),
        time_zone: Some("Pacific/Auckland".parse().unwrap()),
    };
    world.app.profiles.change(&home.owner, &profile).await.unwrap();
    at_noon(&world);
    submit(&world, &home, 0..1).await;
    assert!(world.work().await.is_empty());
    world.clock.advance(SignedDuration::from_mins(6 * 60 + 30));
    assert!(world.work().await.is_empty(), "half past six of the evening: at most half past seven in Auckland");
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(world.work().await.len(), 1, "half past eight: morning in Auckland, summer or winter");
}
