//! Sign-up, sign-in, sign-out.

use jiff::SignedDuration;
use qualify_domain::{access::Role, circumstances::Circumstances};
use qualify_usecases::{Broken, Error, SignIn};
use secrecy::{ExposeSecret, SecretString};

use crate::world::{PASSWORD, World, granted, sign_up};

fn here() -> Circumstances {
    Circumstances::of("192.0.2.7".parse().ok(), "Firefox/145.0 (Linux)")
}

fn sign_in(email: &str, password: &str) -> SignIn {
    SignIn { email: email.to_owned(), password: SecretString::from(password), from: here() }
}

#[tokio::test]
async fn who_signs_up_owns_an_organization_with_a_pipeline_and_a_form() {
    let world = World::new().await;
    let home = world.found("North").await;
    assert_eq!((home.owner.roles.as_slice(), &*home.owner.organization), ([Role::Owner].as_slice(), "North"));
    let lead = world.lead(&home, "anna@example.com").await;
    let pipeline = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap().pipelines.live.remove(0);
    assert_eq!(pipeline.entry().map(|stage| stage.id), Some(lead.stage));
}

#[tokio::test]
async fn auth_5_a_second_sign_up_changes_nothing_and_is_told_by_mail_only() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.app.accounts.sign_up(sign_up("OWNER@north.example", "Impostors")).await.unwrap();
    let mails = world.work().await;
    assert_eq!(mails.iter().map(|mail| mail.to.to_string()).collect::<Vec<_>>(), [home.owner.email.to_string()]);
    assert_eq!(&*world.sign_in("owner@north.example").await.organization, "North");
}

#[tokio::test]
async fn auth_5_a_wrong_password_and_an_unknown_address_are_one_answer() {
    let world = World::new().await;
    world.found("North").await;
    let wrong = [
        sign_in("owner@north.example", "not the right password"),
        sign_in("nobody@north.example", PASSWORD),
        sign_in("no address at all", PASSWORD),
        sign_in("owner@north.example", "short"),
        sign_in("owner@north.example", &PASSWORD.to_uppercase()),
        sign_in("owner@north.example", &format!("{PASSWORD}\0")),
    ];
    for command in wrong {
        let error = world.app.accounts.sign_in(command).await.unwrap_err();
        assert!(matches!(error, Error::Rule(Broken::WrongCredentials)), "{error:?}");
    }
}

#[tokio::test]
async fn ses_8_a_session_that_was_ended_is_over_for_both_tokens() {
    let world = World::new().await;
    world.found("North").await;
    let granted = granted(world.app.accounts.sign_in(sign_in("owner@north.example", PASSWORD)).await.unwrap());
    let access = granted.access.expose_secret();
    let member = world.app.access.member(access).await.unwrap().unwrap();
    world.app.accounts.sign_out(&member, &here()).await.unwrap();
    assert!(world.app.access.member(access).await.unwrap().is_none());
    let refresh = granted.refresh.unwrap();
    assert!(world.app.accounts.refresh(refresh.expose_secret(), &here()).await.unwrap().is_none());
}

#[tokio::test]
async fn ses_5_the_eleventh_session_of_a_user_ends_the_first() {
    let world = World::new().await;
    world.found("North").await;
    let mut tokens = Vec::new();
    for _ in 0..11 {
        world.clock.advance(SignedDuration::from_secs(1));
        let begun = world.app.accounts.sign_in(sign_in("owner@north.example", PASSWORD)).await.unwrap();
        tokens.push(granted(begun).access);
    }
    let mut alive = Vec::new();
    for token in &tokens {
        alive.push(world.app.access.member(token.expose_secret()).await.unwrap().is_some());
    }
    assert_eq!(alive, [&[false][..], &[true; 10]].concat());
}
