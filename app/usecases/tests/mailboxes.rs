//! Who proves a mailbox: by links that work once, for what they were made for, and not for long (AUTH-11).

use jiff::SignedDuration;
use qualify_domain::{circumstances::Circumstances, id::OneTimeTokenId, one_time::OneTimeKind};
use qualify_ports::mailer::MailError;
use qualify_usecases::{Broken, Error};
use tokio_util::sync::CancellationToken;

use crate::world::{MockMailer, PASSWORD, World, sign_up, willing};

const ZOE: &str = "zoe@south.example";

async fn begun(world: &World, email: &str, organization: &str) -> (OneTimeTokenId, String) {
    let token = world.app.accounts.sign_up(sign_up(email, organization)).await.unwrap();
    (token, world.link(OneTimeKind::SignUp, token))
}

async fn confirmed(world: &World, link: &str) -> Result<(), Error> {
    world.app.accounts.confirm_sign_up(link, PASSWORD.to_owned()).await
}

#[track_caller]
fn assert_over<T>(outcome: Result<T, Error>) {
    assert!(matches!(outcome.err(), Some(Error::Rule(Broken::LinkOver))));
}

#[tokio::test]
async fn a_sign_up_makes_an_account_only_by_the_link_of_its_mail() {
    let world = World::new().await;
    let (_, link) = begun(&world, ZOE, "South").await;
    let mails = world.work().await;
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].to.to_string().as_str(), mails[0].subject.as_str()), (ZOE, "Confirm your e-mail address"));
    assert!(mails[0].text.contains(&format!("https://crm.example.com/sign-up/{link}")), "{}", mails[0].text);
    assert_eq!(world.rows("SELECT count(*) FROM users").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 0);
    for _ in 0..2 {
        let waiting = world.app.accounts.waiting_sign_up(&link).await.unwrap();
        assert_eq!((&*waiting.email, &*waiting.pending.organization), (ZOE, "South"), "looking uses nothing up");
    }
    confirmed(&world, &link).await.unwrap();
    assert_eq!(&*world.sign_in(ZOE).await.organization, "South");
    assert_eq!(world.rows("SELECT count(*) FROM one_time_tokens").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM pending_sign_ups").await, 0);
}

#[tokio::test]
async fn auth_11_a_link_works_once_and_for_its_kind_only() {
    let world = World::new().await;
    let (token, link) = begun(&world, ZOE, "South").await;
    for kind in [OneTimeKind::Reset, OneTimeKind::EmailChange, OneTimeKind::Invitation] {
        assert_over(confirmed(&world, &world.link(kind, token)).await);
    }
    for garbage in ["", "x", &link[1..], &link.to_lowercase(), &format!("{link}A"), &"A".repeat(7_000), "\0\u{202e}"] {
        assert_over(world.app.accounts.waiting_sign_up(garbage).await);
        assert_over(confirmed(&world, garbage).await);
    }
    confirmed(&world, &link).await.unwrap();
    assert_over(confirmed(&world, &link).await);
    assert_over(world.app.accounts.waiting_sign_up(&link).await);
    assert_eq!(world.rows("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn auth_11_a_sign_up_is_good_for_a_day_to_the_second() {
    let world = World::new().await;
    let (_, link) = begun(&world, ZOE, "South").await;
    world.clock.advance(SignedDuration::from_secs(24 * 3_600 - 60));
    world.app.accounts.waiting_sign_up(&link).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(60));
    assert_over(world.app.accounts.waiting_sign_up(&link).await);
    assert_over(confirmed(&world, &link).await);
}

#[tokio::test]
async fn auth_11_of_many_who_open_one_link_at_once_one_makes_the_account() {
    let world = World::new().await;
    let (_, link) = begun(&world, ZOE, "South").await;
    let outcomes = futures::future::join_all((0..6).map(|_| confirmed(&world, &link))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_over(outcome);
    }
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 1);
}

#[tokio::test]
async fn of_several_sign_ups_with_one_address_one_is_confirmed_and_the_others_are_over() {
    let world = World::new().await;
    let (_, first) = begun(&world, ZOE, "Squatters").await;
    let (_, second) = begun(&world, "Zoe@South.example", "South").await;
    let outcomes = futures::future::join(confirmed(&world, &second), confirmed(&world, &first)).await;
    assert!(outcomes.0.is_ok() != outcomes.1.is_ok(), "{outcomes:?}");
    assert_over(confirmed(&world, &first).await);
    assert_over(confirmed(&world, &second).await);
    assert_eq!(world.rows("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn auth_3_a_weak_password_is_told_at_its_field_and_leaves_the_link_as_it_is() {
    let world = World::new().await;
    let (_, link) = begun(&world, ZOE, "Southwind Trails").await;
    for weak in
        ["", "short", "passwordpassword", "southwind-trails!", "with\u{0}nul in the middle", &"long ".repeat(200)]
    {
        let refused = world.app.accounts.confirm_sign_up(&link, weak.to_owned()).await.unwrap_err();
        let Error::Invalid(faults) = refused else { panic!("{refused:?}") };
        assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["password"], "{weak:?}");
    }
    confirmed(&world, &link).await.unwrap();
}

#[tokio::test]
async fn auth_11_what_the_link_carries_lies_nowhere_in_the_storage() {
    let world = World::new().await;
    let (token, link) = begun(&world, ZOE, "South").await;
    let everything = world.dump().await;
    assert!(everything.contains(ZOE) && everything.contains(&token.to_string()), "the dump sees what there is");
    assert!(!everything.contains(&link));
}

#[tokio::test]
async fn mail_1_mail_2_a_link_is_the_same_at_each_try_and_dies_with_its_token() {
    let world = World::new().await;
    let (token, link) = begun(&world, ZOE, "South").await;
    let mut down = MockMailer::new();
    down.expect_send().times(1).returning(|_| Err(MailError::Unavailable("not now".into())));
    world.worker(down).drain(&CancellationToken::new()).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(10));
    world.app.accounts.sign_up_again(token, &Circumstances::default()).await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.len(), 2, "the one that was held up, and the one that was asked for");
    assert!(mails.iter().all(|mail| mail.text.contains(&link)));
    assert_ne!(mails[0].id, mails[1].id);
    world.app.accounts.sign_up_again(token, &Circumstances::default()).await.unwrap();
    confirmed(&world, &link).await.unwrap();
    assert_eq!(world.work().await.len(), 0, "nobody is sent a link that is used");
    let (_, _) = begun(&world, "late@south.example", "Late").await;
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(world.work().await.len(), 0, "nor one whose time is over");
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn auth_9_five_mails_an_hour_go_to_an_address_and_twenty_from_a_source_known_or_not() {
    let world = World::new().await;
    world.found("North").await;
    world.clock.advance(SignedDuration::from_hours(1));
    for email in ["owner@north.example", ZOE] {
        let mut last = None;
        for _ in 0..5 {
            last = Some(world.app.accounts.sign_up(sign_up(email, "South")).await.unwrap());
        }
        let refused = world.app.accounts.sign_up(sign_up(&email.to_uppercase(), "South")).await.unwrap_err();
        assert!(matches!(refused, Error::TooOften(_)), "{email}: {refused:?}");
        let again = world.app.accounts.sign_up_again(last.unwrap(), &Circumstances::default()).await.unwrap_err();
        assert!(matches!(again, Error::TooOften(_)), "{email}: {again:?}");
    }
    let from = Circumstances::of("192.0.2.7".parse().ok(), "");
    for n in 0..20 {
        let command = sign_up(&format!("n{n}@source.example"), "South");
        world.app.accounts.sign_up(qualify_usecases::SignUp { from: from.clone(), ..command }).await.unwrap();
    }
    let command = qualify_usecases::SignUp { from, ..sign_up("n20@source.example", "South") };
    assert!(matches!(world.app.accounts.sign_up(command).await, Err(Error::TooOften(_))));
    let (mailer, taken) = willing();
    world.worker(mailer).drain(&CancellationToken::new()).await.unwrap();
    let subjects: Vec<_> = taken.lock().unwrap().iter().map(|mail| mail.subject.clone()).collect();
    assert_eq!(subjects.iter().filter(|subject| *subject == "You already have an account").count(), 5);
    assert_eq!(subjects.len(), 30);
}

#[tokio::test]
async fn a_reference_that_is_none_sends_nothing_and_answers_the_same() {
    let world = World::new().await;
    world.app.accounts.sign_up_again(world.ports.ids.next(), &Circumstances::default()).await.unwrap();
    assert_eq!(world.waiting().await, 0);
}
