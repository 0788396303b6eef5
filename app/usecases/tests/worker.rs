//! What follows from what happened: at least once, in the end once.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;
use qualify_domain::delivery::{MAX_ATTEMPTS, back_off};
use qualify_ports::mailer::MailError;
use tokio_util::sync::CancellationToken;

use crate::world::{MockMailer, World, from, willing};

async fn drain(worker: &qualify_usecases::Worker) {
    worker.drain(&CancellationToken::new()).await.unwrap();
}

fn refusing(answer: fn() -> MailError) -> MockMailer {
    let mut mailer = MockMailer::new();
    mailer.expect_send().returning(move |_| Err(answer()));
    mailer
}

#[tokio::test]
async fn a_submission_becomes_a_lead_and_a_mail_to_the_member_who_wants_to_know() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let mails = world.work().await;
    assert_eq!(world.leads(&home).await.len(), 1);
    let to: Vec<_> = mails.iter().map(|mail| mail.to.to_string()).collect();
    assert_eq!(to, [home.owner.email.to_string()]);
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn mail_5_a_notification_names_the_person_and_says_nothing_of_what_they_wrote() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mut command = from("anna@example.com");
    command.sent.name = "Anna Berg".to_owned();
    command.sent.phone = "+33 6 12 34 56 78".to_owned();
    world.submit(home.form, command).await.unwrap();
    let mail = world.work().await.remove(0);
    for part in [&mail.subject, &mail.text, &mail.html] {
        assert!(part.contains("Anna Berg"), "{part}");
    }
    let all = format!("{}{}{}", mail.subject, mail.text, mail.html);
    for secret in ["anna@example.com", "+33 6", "Please call me", "192.0.2.7"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    for remote in ["<img", "src=", "@import", "url("] {
        assert!(!mail.html.contains(remote), "{remote} in {}", mail.html);
    }
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_parked_with_its_reason_and_goes_out_when_it_is_replayed() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let worker = world.worker(refusing(|| MailError::Rejected("550".into())));
    drain(&worker).await;
    let parked = worker.parked(10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert!(parked[0].reason.contains("refused"), "{}", parked[0].reason);
    assert_eq!((parked[0].event.name(), parked[0].organization), ("lead_mail_due", home.id));
    assert!(world.work().await.is_empty(), "what is parked is left alone");
    assert!(worker.replay(parked[0].id).await.unwrap());
    assert!(!worker.replay(parked[0].id).await.unwrap(), "only once");
    assert_eq!(world.work().await.len(), 1);
    assert!(worker.parked(10).await.unwrap().is_empty());
    assert_eq!(world.leads(&home).await.len(), 1);
}

#[tokio::test]
async fn mail_1_a_mail_waits_for_a_server_that_is_down_and_is_the_same_mail_at_each_try() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (mut mailer, into) = (MockMailer::new(), seen.clone());
    mailer.expect_send().returning(move |message| {
        let mut seen = into.lock().unwrap();
        seen.push(message.clone());
        if seen.len() < 3 { Err(MailError::Unavailable("down".into())) } else { Ok(()) }
    });
    let worker = world.worker(mailer);
    for (tries, attempt) in [(1, 1), (2, 2), (3, 3)] {
        drain(&worker).await;
        drain(&worker).await;
        assert_eq!(seen.lock().unwrap().len(), tries, "no try before its time");
        world.clock.advance(back_off(attempt) + SignedDuration::from_secs(1));
    }
    assert_eq!(world.waiting().await, 0);
    let ids: BTreeSet<_> = seen.lock().unwrap().iter().map(|message| message.id.clone()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.leads(&home).await.len(), 1);
}

#[tokio::test]
async fn mail_2_after_the_last_try_a_mail_is_parked() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let worker = world.worker(refusing(|| MailError::Unavailable("down".into())));
    for _ in 1..MAX_ATTEMPTS {
        drain(&worker).await;
        assert!(worker.parked(1).await.unwrap().is_empty());
        world.clock.advance(SignedDuration::from_hours(4));
    }
    drain(&worker).await;
    let parked = worker.parked(1).await.unwrap();
    assert_eq!(parked[0].attempts, MAX_ATTEMPTS);
}

#[tokio::test]
async fn one_mail_that_does_not_go_holds_up_no_other() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    world.submit(north.form, from("anna@example.com")).await.unwrap();
    world.submit(south.form, from("bert@example.com")).await.unwrap();
    let (mut mailer, sent) = (MockMailer::new(), Arc::new(AtomicUsize::new(0)));
    let (counter, blocked) = (sent.clone(), north.owner.email.clone());
    mailer.expect_send().returning(move |message| {
        if message.to == blocked {
            return Err(MailError::Unavailable("down".into()));
        }
        counter.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    drain(&world.worker(mailer)).await;
    assert_eq!(sent.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_do_everything_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..40 {
        world.submit(home.form, from(&format!("visitor{n}@example.com"))).await.unwrap();
    }
    let ((one, taken_by_one), (two, taken_by_two)) = (willing(), willing());
    let (one, two) = (world.worker(one), world.worker(two));
    tokio::join!(drain(&one), drain(&two));
    // The quicker one may have stopped while the other still held events whose sequels came afterwards.
    drain(&one).await;
    let ids: Vec<_> =
        [&taken_by_one, &taken_by_two].iter().flat_map(|taken| taken.lock().unwrap().clone()).map(|m| m.id).collect();
    assert!(!ids.is_empty() && ids.len() <= 40, "{} mails, of which some may tell of several", ids.len());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "no mail went twice");
    assert_eq!(world.leads(&home).await.len(), 40);
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_submissions_of_one_person_at_once_open_one_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..10 {
        let mut command = from("Anna@Example.com");
        command.sent.message = format!("number {n}");
        world.submit(home.form, command).await.unwrap();
    }
    let (one, two) = (world.worker(willing().0), world.worker(willing().0));
    tokio::join!(drain(&one), drain(&two));
    let leads = world.leads(&home).await;
    assert_eq!(leads.len(), 1);
    let file = world.app.leads.open(&home.owner.actor, leads[0].id).await.unwrap();
    assert_eq!(file.submissions.len(), 10);
}

#[tokio::test]
async fn what_a_worker_held_when_it_died_is_taken_up_when_its_lease_ends() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let dying = world.worker(stuck());
    let death = tokio::time::timeout(Duration::from_secs(2), dying.drain(&CancellationToken::new())).await;
    assert!(death.is_err(), "it died in the middle of a mail");
    assert!(world.work().await.is_empty(), "its lease has not ended");
    world.clock.advance(SignedDuration::from_secs(16));
    assert_eq!(world.work().await.len(), 1);
    assert_eq!(world.leads(&home).await.len(), 1);
}

/// A mail server that takes the line and never answers.
fn stuck() -> impl qualify_ports::mailer::Mailer {
    struct Stuck;
    #[async_trait::async_trait]
    impl qualify_ports::mailer::Mailer for Stuck {
        async fn send(&self, _: &qualify_ports::mailer::Message) -> Result<(), MailError> {
            std::future::pending().await
        }
    }
    Stuck
}

#[tokio::test]
async fn a_lead_that_is_there_already_is_mailed_as_such() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.lead(&home, "anna@example.com").await;
    let mut again = from("anna@example.com");
    again.sent.message = "Me again.".to_owned();
    world.submit(home.form, again).await.unwrap();
    let mails = world.work().await;
    assert!(mails[0].subject.contains("wrote again"), "{}", mails[0].subject);
}
