//! What visitors send: kept once, never lost, never shown to anybody else.

mod sealed;

use jiff::SignedDuration;
use qualify_domain::{access::Role, spam::MEMORY, submission::Sent, violation::Rule};
use qualify_usecases::{CreateForm, Error, Submit};
use uuid::Uuid;

use crate::world::{Home, World, from, nobody, saying};

fn keyed(key: &str, message: &str) -> Submit {
    let mut command = from("anna@example.com");
    message.clone_into(&mut command.sent.message);
    command.key = Some(key.to_owned());
    command
}

fn with_spam(name: &'static str, value: &str) -> Submit {
    let mut command = from("anna@example.com");
    command.spam.insert(name, value.to_owned());
    command
}

/// The token of the form, as it is shown now.
async fn token(world: &World, home: &Home) -> String {
    let visitor = world.app.access.visitor(home.form).await.unwrap();
    let fields = world.app.submissions.filled_spam_fields(&visitor.form);
    fields.into_iter().find(|(field, _)| field.name == "_token").unwrap().1
}

async fn leads(world: &World, home: &Home) -> usize {
    world.work().await;
    world.leads(home).await.len()
}

#[tokio::test]
async fn web_11_the_same_key_with_the_same_answers_gives_the_same_receipt() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first = world.submit(home.form, keyed("k", "Hello")).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(47));
    assert_eq!(world.submit(home.form, keyed("k", "Hello")).await.unwrap(), first);
    let other = world.submit(home.form, keyed("k", "Something else")).await.unwrap_err();
    assert!(matches!(other, Error::Conflict(_)), "{other:?}");
    world.clock.advance(SignedDuration::from_hours(2));
    assert_ne!(world.submit(home.form, keyed("k", "Hello")).await.unwrap(), first, "48 hours are over");
    assert_eq!(leads(&world, &home).await, 1);
}

#[tokio::test]
async fn web_11_a_key_belongs_to_one_form_of_one_organization() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let one = world.submit(north.form, keyed("k", "Hello")).await.unwrap();
    let two = world.submit(south.form, keyed("k", "Other words")).await.unwrap();
    assert_ne!(one.id, two.id);
}

#[tokio::test]
async fn without_a_key_the_same_answers_within_a_minute_are_one_submission() {
    let world = World::new().await;
    let home = world.found("North").await;
    let first = world.submit(home.form, from("Anna@example.com")).await.unwrap();
    let again = world.submit(home.form, from("  anna@EXAMPLE.com ")).await.unwrap();
    assert_eq!(first, again, "case and spaces around do not matter");
    world.clock.advance(SignedDuration::from_secs(61));
    assert_ne!(world.submit(home.form, from("anna@example.com")).await.unwrap(), first);
}

#[tokio::test]
async fn a_second_try_at_a_refused_submission_is_taken() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mut wrong = keyed("k", "Hello");
    wrong.sent.email = "not an address".to_owned();
    let refused = world.submit(home.form, wrong).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid(faults) if faults.iter().any(|v| v.rule == Rule::NotAnEmail)));
    world.submit(home.form, keyed("k", "Hello")).await.unwrap();
}

#[tokio::test]
async fn a_person_is_known_again_by_address_or_by_number() {
    let world = World::new().await;
    let home = world.found("North").await;
    let sent = |email: &str, phone: &str| Sent { email: email.into(), phone: phone.into(), ..Sent::default() };
    let sendings = [
        sent("anna@example.com", "+33 6 12 34 56 78"),
        sent("ANNA@example.com", ""),
        sent("", "+33612345678"),
        sent("", "+33 (0)6-12-34-56-78"),
    ];
    for sent in sendings {
        world.submit(home.form, saying(sent)).await.unwrap();
        world.work().await;
    }
    assert_eq!(world.leads(&home).await.len(), 1);
    world.submit(home.form, saying(sent("", "+33 6 99 99 99 99"))).await.unwrap();
    assert_eq!(leads(&world, &home).await, 2);
}

#[tokio::test]
async fn the_same_person_is_another_lead_of_another_organization() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    world.submit(north.form, from("anna@example.com")).await.unwrap();
    world.submit(south.form, from("anna@example.com")).await.unwrap();
    assert_eq!(leads(&world, &north).await, 1);
    assert_ne!(world.leads(&north).await[0].id, world.leads(&south).await[0].id);
}

#[tokio::test]
async fn a_submission_that_looks_like_spam_waits_until_a_member_releases_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let receipt = world.submit(home.form, with_spam("website", "https://buy.example")).await.unwrap();
    assert_eq!(leads(&world, &home).await, 0);
    world.app.submissions.release(&home.owner.actor, receipt.id).await.unwrap();
    let again = world.app.submissions.release(&home.owner.actor, receipt.id).await.unwrap_err();
    assert!(matches!(again, Error::NotFound("submission")), "{again:?}");
    assert_eq!(leads(&world, &home).await, 1);
}

#[tokio::test]
async fn what_nobody_let_out_of_quarantine_is_forgotten_after_30_days() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let held = |email: &str| Submit { spam: [("website", "https://buy.example".to_owned())].into(), ..from(email) };
    let let_out = world.submit(north.form, held("otto@example.com")).await.unwrap().id;
    world.app.submissions.release(&north.owner.actor, let_out).await.unwrap();
    for form in [north.form, south.form] {
        world.submit(form, held("spam@example.com")).await.unwrap();
    }
    world.submit(north.form, from("anna@example.com")).await.unwrap();
    assert_eq!(leads(&world, &north).await, 2);
    let hour = SignedDuration::from_hours(1);
    world.clock.advance(hour);
    world.submit(north.form, held("later@example.com")).await.unwrap();
    let mut left = Vec::new();
    for passed in [MEMORY - hour * 2, hour, SignedDuration::ZERO, hour] {
        world.clock.advance(passed);
        world.sweep().await;
        let in_quarantine = world.rows("SELECT count(*) FROM submissions WHERE verdict = 'quarantined'").await;
        left.push((in_quarantine, world.rows("SELECT count(*) FROM submissions").await));
    }
    assert_eq!(left, [(3, 5), (1, 3), (1, 3), (0, 2)], "what was accepted or let out stays");
    assert_eq!(world.rows("SELECT count(*) FROM submission_keys").await, 0, "nothing waits for another try of them");
    let north = Home { owner: world.sign_in("owner@north.example").await, ..north };
    assert_eq!(world.leads(&north).await.len(), 2);
}

#[tokio::test]
async fn a_form_token_that_is_forged_too_young_or_too_old_is_held_back() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (young, old) = (token(&world, &home).await, token(&world, &home).await);
    world.submit(home.form, with_spam("_token", &young)).await.unwrap();
    world.submit(home.form, with_spam("_token", "v1.1.x.y")).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(25));
    world.submit(home.form, with_spam("_token", &old)).await.unwrap();
    assert_eq!(leads(&world, &home).await, 0);
    let good = token(&world, &home).await;
    world.clock.advance(SignedDuration::from_secs(10));
    world.submit(home.form, with_spam("_token", &good)).await.unwrap();
    assert_eq!(leads(&world, &home).await, 1);
}

#[tokio::test]
async fn a_form_token_of_another_form_is_forged() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let token = token(&world, &south).await;
    world.clock.advance(SignedDuration::from_secs(10));
    world.submit(north.form, with_spam("_token", &token)).await.unwrap();
    assert_eq!(leads(&world, &north).await, 0);
}

#[tokio::test]
async fn rls_13_only_who_may_releases_and_only_in_their_organization() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let held = world.submit(north.form, with_spam("website", "x")).await.unwrap().id;
    let manager = world.join(&north, "manager@north.example", &[Role::Manager]).await;
    let error = world.app.submissions.release(&manager.actor, held).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
    for id in [held, nobody().0] {
        let error = world.app.submissions.release(&south.owner.actor, id).await.unwrap_err();
        assert!(matches!(error, Error::NotFound("submission")), "{error:?}");
    }
    assert_eq!(leads(&world, &north).await, 0);
}

#[tokio::test]
async fn dat_3_undeclared_fields_are_counted_by_name_and_their_values_are_nowhere() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..3 {
        let mut command = from(&format!("visitor{n}@example.com"));
        command.undeclared = vec!["company".to_owned(), "company".to_owned()];
        world.submit(home.form, command).await.unwrap();
    }
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let undeclared = world.app.forms.open(&home.owner.actor, form.id).await.unwrap().undeclared;
    assert_eq!(undeclared.iter().map(|field| (field.name.as_str(), field.times)).collect::<Vec<_>>(), [("company", 3)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_at_once_with_one_key_are_one_submission() {
    let world = World::new().await;
    let home = world.found("North").await;
    let tries = futures::future::join_all((0..100).map(|_| world.submit(home.form, keyed("k", "Hello")))).await;
    let receipts: std::collections::BTreeSet<_> = tries.into_iter().map(|receipt| receipt.unwrap().id).collect();
    assert_eq!(receipts.len(), 1);
    world.work().await;
    let lead = world.leads(&home).await.remove(0);
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    assert_eq!(file.submissions.len(), 1);
}

#[tokio::test]
async fn an_unknown_public_id_and_a_retired_one_are_not_there() {
    let world = World::new().await;
    let home = world.found("North").await;
    let error = world.submit(qualify_domain::id::PublicFormId(Uuid::from_u128(7)), from("a@example.com")).await;
    assert!(matches!(error.unwrap_err(), Error::NotFound("form")));
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let new = world.app.forms.rotate(&home.owner.actor, form.id).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    let error = world.submit(home.form, from("a@example.com")).await;
    assert!(matches!(error.unwrap_err(), Error::NotFound("form")));
    world.submit(new, from("a@example.com")).await.unwrap();
}

#[tokio::test]
async fn a_former_address_works_for_seven_more_days() {
    let world = World::new().await;
    let home = world.found("North").await;
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    world.app.forms.rotate(&home.owner.actor, form.id).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    world.submit(home.form, from("a@example.com")).await.unwrap();
}

#[tokio::test]
async fn a_form_that_wants_our_token_holds_back_what_comes_without() {
    let world = World::new().await;
    let home = world.found("North").await;
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let settings = qualify_domain::form::FormSettings { requires_token: true, ..form.settings };
    let id = world.app.forms.create(&home.owner.actor, CreateForm { settings }).await.unwrap();
    let strict = world.app.forms.open(&home.owner.actor, id).await.unwrap().form.public_id;
    world.submit(strict, from("anna@example.com")).await.unwrap();
    assert_eq!(leads(&world, &home).await, 0);
}
