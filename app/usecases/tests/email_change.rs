//! Another address for an account: proven by its mailbox, told to the present one (AUTH-12).

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    audit::{Action, EntryFilter, SecurityKind},
    circumstances::Circumstances,
};
use qualify_usecases::{Broken, Error, SignedIn};

use crate::world::{World, carried};

const OWNER: &str = "owner@north.example";
const NEW: &str = "odile@north.example";

async fn ask(world: &World, member: &SignedIn, email: &str) -> Result<(), Error> {
    world.app.accounts.ask_email_change(member, email.parse().unwrap(), &Circumstances::default()).await
}

async fn asked(world: &World, member: &SignedIn, email: &str) -> String {
    ask(world, member, email).await.unwrap();
    let mails = world.work().await;
    carried(mails.iter().find(|mail| mail.to.to_string() == email).unwrap(), "email-change")
}

async fn change(world: &World, link: &str, viewer: Option<&SignedIn>) -> Result<(), Error> {
    world.app.accounts.change_email(link, viewer, &Circumstances::default()).await
}

#[track_caller]
fn assert_over<T>(outcome: Result<T, Error>) {
    assert!(matches!(outcome.err(), Some(Error::Rule(Broken::LinkOver))));
}

#[tokio::test]
async fn auth_12_the_new_address_is_proven_the_old_one_warned_and_other_sessions_end() {
    let world = World::new().await;
    let home = world.found("North").await;
    let here = world.sign_in(OWNER).await;
    ask(&world, &here, NEW).await.unwrap();
    let mut mails = world.work().await;
    mails.sort_by_key(|mail| mail.to.to_string());
    let told: Vec<_> = mails.iter().map(|mail| (mail.to.to_string(), mail.subject.clone())).collect();
    let expected = [(NEW, "Confirm your new e-mail address"), (OWNER, "A new address for your account")];
    assert_eq!(told, expected.map(|(to, subject)| (to.to_owned(), subject.to_owned())));
    assert!(!mails[1].text.contains("email-change"), "the old mailbox gets no link: {}", mails[1].text);
    assert_eq!(world.sign_in(OWNER).await.user, home.owner.user, "until then nothing changes");

    let link = carried(&mails[0], "email-change");
    let (user, email) = world.app.accounts.changing_email(&link).await.unwrap();
    assert_eq!((user.id, &*email), (home.owner.user, NEW));
    change(&world, &link, Some(&here)).await.unwrap();
    assert_eq!(world.sign_in(NEW).await.user, home.owner.user);
    let sessions = world.app.sessions.list(&here).await.unwrap();
    assert_eq!(sessions.len(), 2, "the one in which the link was opened, and the new one");
    assert!(sessions[0].is_this);
    let action = Some(Action::Security(SecurityKind::EmailChanged));
    let filter = EntryFilter { action, ..EntryFilter::default() };
    assert_eq!(world.app.audit.list(&here.actor, &filter, None).await.unwrap().entries.items.len(), 1);
    let old = world.app.accounts.ask_reset(OWNER.parse().unwrap(), &Circumstances::default()).await;
    old.unwrap();
    assert_eq!(world.work().await.len(), 0, "the old address opens nothing any more");
}

#[tokio::test]
async fn auth_12_a_link_opened_elsewhere_ends_every_session() {
    let world = World::new().await;
    let home = world.found("North").await;
    let south = world.found("South").await;
    let link = asked(&world, &home.owner, NEW).await;
    change(&world, &link, Some(&south.owner)).await.unwrap();
    assert!(world.app.sessions.list(&home.owner).await.unwrap().is_empty());
    assert_eq!(world.app.sessions.list(&south.owner).await.unwrap().len(), 1);
}

#[tokio::test]
async fn auth_11_auth_12_a_change_link_works_once_for_a_day_and_the_latest_opened_wins() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first = asked(&world, &home.owner, "first@north.example").await;
    let second = asked(&world, &home.owner, NEW).await;
    for garbage in ["", "x", &first[1..], &"A".repeat(7_000)] {
        assert_over(change(&world, garbage, None).await);
    }
    assert_over(world.app.accounts.reset(&first, "jupiter marble otter".to_owned(), &Circumstances::default()).await);
    world.clock.advance(SignedDuration::from_secs(24 * 3_600 - 60));
    change(&world, &second, None).await.unwrap();
    for over in [&first, &second] {
        assert_over(world.app.accounts.changing_email(over).await);
        assert_over(change(&world, over, None).await);
    }
    let owner = world.sign_in(NEW).await;
    let late = asked(&world, &owner, OWNER).await;
    world.clock.advance(SignedDuration::from_hours(24));
    assert_over(change(&world, &late, None).await);
    assert_eq!(world.sign_in(NEW).await.user, owner.user);
}

#[tokio::test]
async fn auth_5_an_address_that_another_account_has_is_answered_like_any_other_and_gets_no_mail() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mia = world.join(&home, "mia@north.example", &[Role::Agent]).await;
    ask(&world, &home.owner, "MIA@north.example").await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.iter().map(|mail| mail.to.to_string()).collect::<Vec<_>>(), [OWNER]);
    let unchanged = ask(&world, &home.owner, OWNER).await.unwrap_err();
    let Error::Invalid(faults) = unchanged else { panic!("{unchanged:?}") };
    assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["email"]);
    // Whoever gets the address between the mail and the click keeps it.
    let link = asked(&world, &home.owner, NEW).await;
    let other = asked(&world, &mia, NEW).await;
    change(&world, &other, None).await.unwrap();
    assert_over(change(&world, &link, None).await);
    assert_eq!(world.sign_in(OWNER).await.user, home.owner.user);
    let spelling = asked(&world, &home.owner, "Owner@North.example").await;
    change(&world, &spelling, None).await.unwrap();
    assert_eq!(&*world.sign_in(OWNER).await.email, "Owner@North.example", "one's own address may be spelled anew");
}
