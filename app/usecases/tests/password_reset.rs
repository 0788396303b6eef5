//! A new password by the link of a mail (AUTH-12), and what it leaves as it was.

use std::net::Ipv4Addr;

use jiff::SignedDuration;
use qualify_domain::{
    audit::{Action, AuditActor, Entry, EntryFilter, SecurityKind},
    circumstances::Circumstances,
    connection::ConnectionKind,
    totp::TotpCode,
};
use qualify_ports::mailer::Message;
use qualify_usecases::{Broken, Error, SignIn, SignInOutcome};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{PASSWORD, World, carried, granted};

const OWNER: &str = "owner@north.example";
const NEW: &str = "jupiter marble otter";

fn here() -> Circumstances {
    Circumstances::of("192.0.2.7".parse().ok(), "Firefox/145.0 (Linux)")
}

/// Asks for a link, and takes it from the mail.
async fn asked(world: &World, email: &str) -> String {
    carried(&mails(world, email).await[0], "password-reset")
}

async fn mails(world: &World, email: &str) -> Vec<Message> {
    world.app.accounts.ask_reset(email.parse().unwrap(), &Circumstances::default()).await.unwrap();
    world.work().await
}

async fn reset(world: &World, link: &str) -> Result<(), Error> {
    world.app.accounts.reset(link, NEW.to_owned(), &here()).await
}

async fn sign_in(world: &World, password: &str, from: Circumstances) -> Result<SignInOutcome, Error> {
    let command = SignIn { email: OWNER.to_owned(), password: SecretString::from(password), from };
    world.app.accounts.sign_in(command).await
}

#[track_caller]
fn assert_over<T>(outcome: Result<T, Error>) {
    assert!(matches!(outcome.err(), Some(Error::Rule(Broken::LinkOver))));
}

#[tokio::test]
async fn auth_12_a_reset_changes_the_password_ends_every_session_and_tells_by_mail() {
    let world = World::new().await;
    let home = world.found("North").await;
    let session = granted(sign_in(&world, PASSWORD, here()).await.unwrap());
    world.work().await;
    let mail = mails(&world, OWNER).await.remove(0);
    assert_eq!((mail.to.to_string().as_str(), mail.subject.as_str()), (OWNER, "Choose a new password"));
    let link = carried(&mail, "password-reset");
    assert!(mail.text.contains(&format!("https://crm.example.com/password-reset/{link}")), "{}", mail.text);
    assert_eq!(&*world.app.accounts.resetting(&link).await.unwrap().email, OWNER);
    assert!(world.app.access.member(session.access.expose_secret()).await.unwrap().is_some(), "asking ends nothing");

    reset(&world, &link).await.unwrap();
    assert!(world.app.access.member(session.access.expose_secret()).await.unwrap().is_none());
    assert!(world.app.accounts.refresh(session.refresh.unwrap().expose_secret(), &here()).await.unwrap().is_none());
    let old = sign_in(&world, PASSWORD, here()).await.unwrap_err();
    assert!(matches!(old, Error::Rule(Broken::WrongCredentials)), "{old:?}");
    let told = world.work().await;
    assert_eq!((told.len(), told[0].subject.as_str()), (1, "Your password was changed"));

    let again = granted(sign_in(&world, NEW, here()).await.unwrap());
    let owner = world.app.access.member(again.access.expose_secret()).await.unwrap().unwrap();
    assert_eq!((owner.user, owner.actor.organization()), (home.owner.user, home.id));
    let history = world.app.sessions.history(&owner, None).await.unwrap().items;
    let ended = history.iter().filter(|event| event.kind == ConnectionKind::Revoked).count();
    assert_eq!(ended, 2, "the log tells of both sessions that ended");
    let action = Some(Action::Security(SecurityKind::PasswordReset));
    let trail = world.app.audit.list(&owner.actor, &EntryFilter { action, ..EntryFilter::default() }, None).await;
    let trail = trail.unwrap().entries.items;
    assert_eq!(trail.iter().map(Entry::who).collect::<Vec<_>>(), [Some(AuditActor::Member(owner.user))]);
}

#[tokio::test]
async fn auth_12_a_reset_is_no_way_around_the_second_factor() {
    let world = World::new().await;
    let home = world.found("North").await;
    let factors = &world.app.second_factors;
    factors.begin_totp(&home.owner).await.unwrap();
    let secret = factors.totp_set_up(&home.owner).await.unwrap().secret;
    let step = u64::try_from(world.ports.clock.now().as_second() / 30).unwrap();
    let code = TotpCode::parse(&format!("{:06}", world.ports.vault.totp(&secret, step))).unwrap();
    factors.confirm_totp(&home.owner, code, &here()).await.unwrap();
    world.work().await;
    let SignInOutcome::Challenged(before) = sign_in(&world, PASSWORD, here()).await.unwrap() else { unreachable!() };
    reset(&world, &asked(&world, OWNER).await).await.unwrap();
    assert!(matches!(sign_in(&world, NEW, here()).await.unwrap(), SignInOutcome::Challenged(_)));
    let answer = qualify_usecases::SecondStep { reference: before.reference, code: "123456".to_owned(), from: here() };
    let late = world.app.accounts.sign_in_second(answer).await.unwrap_err();
    assert!(matches!(late, Error::Rule(Broken::ChallengeOver)), "what the old password began is over: {late:?}");
}

#[tokio::test]
async fn auth_8_the_proof_of_the_mailbox_lets_strangers_try_again() {
    let world = World::new().await;
    world.found("North").await;
    for n in 0..100_u32 {
        let from = Circumstances::of(Some(Ipv4Addr::from(0x0b00_0000 + (n << 8)).into()), "x");
        assert!(sign_in(&world, "not the right password", from).await.is_err());
        world.clock.advance(SignedDuration::from_mins(15));
    }
    world.clock.advance(SignedDuration::from_hours(48));
    let stranger = Circumstances::of("198.51.100.4".parse().ok(), "x");
    let stopped = sign_in(&world, PASSWORD, stranger.clone()).await.unwrap_err();
    assert!(matches!(stopped, Error::TooOften(_)), "{stopped:?}");
    reset(&world, &asked(&world, OWNER).await).await.unwrap();
    granted(sign_in(&world, NEW, stranger).await.unwrap());
}

#[tokio::test]
async fn auth_11_auth_12_a_reset_link_works_once_for_half_an_hour_and_for_its_user_only() {
    let world = World::new().await;
    world.found("North").await;
    world.found("South").await;
    let (first, second) = (asked(&world, OWNER).await, asked(&world, "Owner@North.Example").await);
    let south = asked(&world, "owner@south.example").await;
    for garbage in ["", "x", &first[1..], &format!("{first}A"), &"A".repeat(7_000)] {
        assert_over(reset(&world, garbage).await);
    }
    assert_over(world.app.accounts.confirm_sign_up(&first, NEW.to_owned()).await);
    let weak = world.app.accounts.reset(&first, "owner north owner".to_owned(), &here()).await.unwrap_err();
    assert!(matches!(weak, Error::Invalid(_)), "{weak:?}");
    world.clock.advance(SignedDuration::from_secs(29 * 60));
    world.app.accounts.resetting(&first).await.unwrap();
    reset(&world, &first).await.unwrap();
    for over in [&first, &second] {
        assert_over(world.app.accounts.resetting(over).await);
        assert_over(reset(&world, over).await);
    }
    assert_eq!(&*world.app.accounts.resetting(&south).await.unwrap().email, "owner@south.example");
    assert_eq!(&*world.sign_in("owner@south.example").await.organization, "South", "another's password is as it was");
    world.clock.advance(SignedDuration::from_secs(60));
    assert_over(reset(&world, &south).await);
}

#[tokio::test]
async fn auth_11_of_many_who_open_one_reset_link_at_once_one_changes_the_password() {
    let world = World::new().await;
    world.found("North").await;
    let link = asked(&world, OWNER).await;
    let outcomes = futures::future::join_all((0..6).map(|_| reset(&world, &link))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_over(outcome);
    }
    assert_eq!(world.work().await.len(), 1);
}

#[tokio::test]
async fn auth_5_a_reset_writes_the_same_for_every_address_and_mails_to_accounts_only() {
    let world = World::new().await;
    world.found("North").await;
    world.clock.advance(SignedDuration::from_hours(1));
    for (n, email) in (1..).zip([OWNER, "nobody@nowhere.example"]) {
        world.app.accounts.ask_reset(email.parse().unwrap(), &here()).await.unwrap();
        assert_eq!(world.rows("SELECT count(*) FROM one_time_tokens").await, n);
        assert_eq!(world.waiting().await, n);
    }
    let mails = world.work().await;
    assert_eq!(mails.iter().map(|mail| mail.to.to_string()).collect::<Vec<_>>(), [OWNER]);
    assert_eq!(world.waiting().await, 0);
    let mut refused = Vec::new();
    for email in [OWNER, "nobody@nowhere.example"] {
        for _ in 0..5 {
            refused
                .push(world.app.accounts.ask_reset(email.parse().unwrap(), &Circumstances::default()).await.is_err());
        }
    }
    assert_eq!(refused, [[false, false, false, false, true]; 2].concat());
}
