//! Where somebody is signed in, and what a refresh token is good for.

use futures::future::join_all;
use jiff::SignedDuration;
use qualify_domain::{circumstances::Circumstances, connection::ConnectionKind, id::SessionId};
use qualify_usecases::{Error, Granted, SignIn, SignedIn};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{PASSWORD, World, granted, nobody};

const OWNER: &str = "owner@north.example";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36";

fn from(ip: &str, browser: &str) -> Circumstances {
    Circumstances::of(ip.parse().ok(), browser)
}

fn home() -> Circumstances {
    from("192.0.2.7", FIREFOX)
}

async fn sign_in(world: &World, from: Circumstances) -> Granted {
    let command = SignIn { email: OWNER.to_owned(), password: SecretString::from(PASSWORD), from };
    granted(world.app.accounts.sign_in(command).await.unwrap())
}

async fn member(world: &World, granted: &Granted) -> Option<SignedIn> {
    world.app.access.member(granted.access.expose_secret()).await.unwrap()
}

async fn refresh(world: &World, granted: &Granted) -> Option<Granted> {
    let secret = granted.refresh.as_ref().unwrap();
    world.app.accounts.refresh(secret.expose_secret(), &home()).await.unwrap()
}

fn wait(world: &World, seconds: i64) {
    world.clock.advance(SignedDuration::from_secs(seconds));
}

async fn kinds(world: &World, member: &SignedIn) -> Vec<ConnectionKind> {
    let history = world.app.sessions.history(member, None).await.unwrap();
    history.items.iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn ses_6_a_rotated_token_gives_an_access_token_only_for_ten_seconds() {
    let world = World::new().await;
    world.found("North").await;
    let first = sign_in(&world, home()).await;
    assert!(refresh(&world, &first).await.unwrap().refresh.is_some());
    wait(&world, 9);
    let late = refresh(&world, &first).await.unwrap();
    assert!(late.refresh.is_none());
    assert!(member(&world, &late).await.is_some());
}

#[tokio::test]
async fn ses_6_an_answer_that_was_lost_signs_nobody_out() {
    let world = World::new().await;
    world.found("North").await;
    let first = sign_in(&world, home()).await;
    let lost = refresh(&world, &first).await.unwrap();
    wait(&world, 60);
    let second = refresh(&world, &first).await.unwrap();
    assert!(member(&world, &second).await.is_some());
    wait(&world, 60);
    let third = refresh(&world, &second).await.unwrap();
    assert!(member(&world, &third).await.is_some());
    assert!(refresh(&world, &lost).await.is_none(), "what was lost is worth nothing");
    assert!(member(&world, &third).await.is_none(), "and whoever holds it has copied it");
}

#[tokio::test]
async fn ses_6_a_copied_token_ends_the_session_for_both_and_its_user_is_told() {
    let world = World::new().await;
    let north = world.found("North").await;
    let first = sign_in(&world, home()).await;
    let second = refresh(&world, &first).await.unwrap();
    assert!(member(&world, &second).await.is_some(), "the browser has it");
    wait(&world, 11);
    world.work().await;
    let (copy, there) = (first.refresh.unwrap(), from("203.0.113.9", CHROME));
    assert!(world.app.accounts.refresh(copy.expose_secret(), &there).await.unwrap().is_none());
    assert!(member(&world, &second).await.is_none());
    assert!(refresh(&world, &second).await.is_none());
    assert!(member(&world, &sign_in(&world, home()).await).await.is_some());
    assert_eq!(kinds(&world, &north.owner).await[1], ConnectionKind::Revoked);
    let mails = world.work().await;
    assert_eq!(
        mails.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(),
        ["A session was ended for your safety"]
    );
    assert!(!mails[0].text.contains("203.0.113.9"), "the place stands on the page only");
}

#[tokio::test]
async fn ses_6_a_successor_that_was_exchanged_in_turn_was_received() {
    let world = World::new().await;
    world.found("North").await;
    let first = sign_in(&world, home()).await;
    let second = refresh(&world, &first).await.unwrap();
    let third = refresh(&world, &second).await.unwrap();
    wait(&world, 11);
    assert!(refresh(&world, &first).await.is_none());
    assert!(member(&world, &third).await.is_none());
}

#[tokio::test]
async fn rel_3_a_hundred_parallel_uses_give_one_rotation_and_nobody_is_signed_out() {
    let world = World::new().await;
    world.found("North").await;
    let first = sign_in(&world, home()).await;
    for pause in [0, 60] {
        // The second time round the answer of the first was lost.
        wait(&world, pause);
        let uses: Vec<Granted> =
            join_all((0..100).map(|_| refresh(&world, &first))).await.into_iter().map(Option::unwrap).collect();
        assert_eq!(uses.iter().filter(|granted| granted.refresh.is_some()).count(), 1);
        for granted in &uses {
            assert!(world.app.access.renewed(granted).await.unwrap().is_some());
        }
    }
}

#[tokio::test]
async fn ses_8_somebody_sees_where_they_are_signed_in_and_ends_it_there() {
    let world = World::new().await;
    let north = world.found("North").await;
    wait(&world, 5);
    let phone = sign_in(&world, from("198.51.100.4", CHROME)).await;
    wait(&world, 5);
    let here = sign_in(&world, home()).await;
    let me = member(&world, &here).await.unwrap();
    let sessions = world.app.sessions.list(&me).await.unwrap();
    assert_eq!(sessions.iter().map(|session| session.is_this).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(sessions[0].session.from, home());
    assert_eq!(sessions[1].session.from, from("198.51.100.4", CHROME));

    world.app.sessions.end(&me, sessions[1].session.id, &home()).await.unwrap();
    assert!(member(&world, &phone).await.is_none());
    assert!(refresh(&world, &phone).await.is_none());
    let again = world.app.sessions.end(&me, sessions[1].session.id, &home()).await;
    assert!(matches!(again, Err(Error::NotFound("session"))), "{again:?}");

    assert_eq!(world.app.sessions.end_others(&me, &home()).await.unwrap(), 1);
    assert_eq!(world.app.sessions.list(&me).await.unwrap().len(), 1);
    assert!(member(&world, &here).await.is_some());
    assert_eq!(kinds(&world, &north.owner).await[..2], [ConnectionKind::Revoked; 2]);
}

#[tokio::test]
async fn ses_8_nobody_sees_or_ends_the_session_of_another() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let theirs = world.app.sessions.list(&south.owner).await.unwrap();
    assert_eq!(theirs.len(), 1);
    for session in [theirs[0].session.id, SessionId(nobody().0.0)] {
        let ended = world.app.sessions.end(&north.owner, session, &home()).await;
        assert!(matches!(ended, Err(Error::NotFound("session"))), "{ended:?}");
    }
    assert_eq!(world.app.sessions.list(&south.owner).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_log_tells_what_happened_from_where_and_goes_on_where_a_page_ends() {
    let world = World::new().await;
    let north = world.found("North").await;
    for _ in 0..30 {
        wait(&world, 3_600);
        let granted = sign_in(&world, home()).await;
        refresh(&world, &granted).await.unwrap();
    }
    let wrong = SignIn { email: OWNER.to_owned(), password: "not the right one".into(), from: from("::1", "x") };
    world.app.accounts.sign_in(wrong).await.unwrap_err();
    let mut all = Vec::new();
    let mut before = None;
    loop {
        let page = world.app.sessions.history(&north.owner, before).await.unwrap();
        all.extend(page.items);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 62);
    assert_eq!((all[0].kind, &all[0].from), (ConnectionKind::Failure, &from("::1", "x")));
    assert!(all.is_sorted_by(|newer, older| (newer.at, newer.id) > (older.at, older.id)));
    let south = world.found("South").await;
    assert_eq!(kinds(&world, &south.owner).await, [ConnectionKind::SignIn]);
}

#[tokio::test]
async fn ret_4_an_entry_is_hidden_at_ninety_days_although_nothing_was_swept() {
    let world = World::new().await;
    let north = world.found("North").await;
    wait(&world, 90 * 24 * 3_600 - 60);
    assert_eq!(kinds(&world, &north.owner).await.len(), 1);
    wait(&world, 60);
    assert_eq!(kinds(&world, &north.owner).await.len(), 0);
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_or_network_is_told_by_mail_but_not_the_first_or_a_known_one() {
    let world = World::new().await;
    world.sign_up(OWNER, "North").await;
    sign_in(&world, home()).await;
    sign_in(&world, from("192.0.2.99", &FIREFOX.replace("145", "146"))).await;
    assert_eq!(world.work().await.len(), 0);
    sign_in(&world, from("192.0.2.7", CHROME)).await;
    sign_in(&world, from("198.51.100.4", FIREFOX)).await;
    let mails = world.work().await;
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        assert_eq!((mail.to.to_string().as_str(), mail.subject.as_str()), (OWNER, "New sign-in to your account"));
        assert!(mail.text.contains("https://crm.example.com/settings/security"), "{}", mail.text);
        assert!(!mail.text.contains("198.51.100.4") && !mail.html.contains("198.51.100.4"));
    }
    assert!(mails.iter().any(|mail| mail.html.contains("Chrome on Windows")), "{}", mails[0].html);
    sign_in(&world, from("198.51.100.4", FIREFOX)).await;
    assert_eq!(world.work().await.len(), 0);
}
