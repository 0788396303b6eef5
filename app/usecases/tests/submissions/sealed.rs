//! What comes beyond a plan, or while nothing is paid: the visitor notices nothing, nobody else sees it, and nothing is lost.

use std::sync::Arc;

use qualify_domain::{
    access::{Duty, Permission},
    erasure::Ground,
    id::{BillingSubjectId, OrganizationId},
    plan::{Metered, PlanCode},
    submission::SEALED_KEPT,
    subscription::{BillingRecord, ProviderId, Status, Subscription, TRIAL},
    text::Email,
};
use qualify_laws::till::Till;
use qualify_ports::storage::Received;
use qualify_unbilled::Unbilled;
use qualify_usecases::{App, Broken, Ports};

use super::*;
use crate::{
    person_copy::unpacked,
    world::{paid_at, scope},
};

/// A world in which organizations pay.
async fn paid() -> World {
    let mut world = World::new().await;
    world.ports = Ports { payments: paid_at(Arc::new(Till::default())), ..world.ports };
    world.app = App::new(&world.ports);
    world
}

/// The same instance of the product forgets what it remembered.
fn remind(world: &mut World) {
    world.app = App::new(&world.ports);
}

/// What the provider says of the organization from now on.
async fn subscribe(world: &World, organization: OrganizationId, status: Status, plan: PlanCode) {
    let now = world.ports.clock.now();
    let subscription = Subscription {
        id: ProviderId(format!("sub-{organization}")),
        customer: ProviderId("customer".to_owned()),
        plan,
        status,
        since: now,
        trial_ends_at: None,
        renews_at: None,
        ends_at: None,
        created_at: now,
        updated_at: now,
        confirmed_at: now,
    };
    let mut tx = world.ports.storage.tenant(&scope(organization, Duty::Bill, Permission::FollowBilling)).await.unwrap();
    let record = BillingRecord {
        subject: BillingSubjectId(organization.0),
        trial_ends_at: now,
        subscription: Some(subscription),
        earlier: Vec::new(),
    };
    tx.billing().keep(&record, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn sealed(world: &World) -> i64 {
    world.rows("SELECT count(*) FROM submissions WHERE verdict = 'sealed'").await
}

/// As many accepted submissions as leave room for so many more under the smallest plan.
async fn fill(world: &World, room: u32) {
    let limit = PlanCode::Solo.limits().submissions.unwrap();
    let statement = format!(
        "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, verdict, spam_reasons)
        SELECT f.organization_id, gen_random_uuid(), f.id, 1, '{}', false, 'n', 'accepted', '{{}}'
        FROM forms AS f, generate_series(1, {})",
        world.ports.clock.now(),
        limit - room,
    );
    world.database.sql(String::leak(statement)).await;
}

#[tokio::test]
async fn what_comes_while_nothing_is_paid_waits_unseen_and_becomes_leads_once_it_is() {
    let mut world = paid().await;
    let home = world.found("North").await;
    subscribe(&world, home.id, Status::Unpaid, PlanCode::Team).await;
    let receipt = world.submit(home.form, keyed("k", "Hello")).await.unwrap();
    assert_eq!(world.submit(home.form, keyed("k", "Hello")).await.unwrap(), receipt, "a second try is known");
    world.submit(home.form, with_spam("website", "https://buy.example")).await.unwrap();
    assert_eq!(world.work().await.len(), 0, "nobody is told");
    assert_eq!((world.leads(&home).await.len(), sealed(&world).await), (0, 2));
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    for which in [Received::All, Received::Quarantined] {
        let list = world.app.submissions.of_form(&home.owner.actor, form.id, which, None, 10).await.unwrap();
        assert!(list.items.is_empty(), "{which:?}");
    }
    let release = world.app.submissions.release(&home.owner.actor, receipt.id).await.unwrap_err();
    assert!(matches!(release, Error::NotFound("submission")), "{release:?}");
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 0, "nothing is paid yet");

    subscribe(&world, home.id, Status::Active, PlanCode::Team).await;
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 1);
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 0);
    assert_eq!(leads(&world, &home).await, 1);
    let held = Received::Quarantined;
    let list = world.app.submissions.of_form(&home.owner.actor, form.id, held, None, 10).await.unwrap();
    assert_eq!(list.items.len(), 1, "what looks like spam waits for a member");
    remind(&mut world);
    world.submit(home.form, from("bert@example.com")).await.unwrap();
    assert_eq!((leads(&world, &home).await, sealed(&world).await), (2, 0));
}

#[tokio::test]
async fn what_comes_beyond_the_plan_is_let_out_by_a_larger_one() {
    let world = paid().await;
    let home = world.found("North").await;
    subscribe(&world, home.id, Status::Active, PlanCode::Solo).await;
    fill(&world, 2).await;
    for n in 0..5 {
        world.submit(home.form, from(&format!("anna{n}@example.com"))).await.unwrap();
        world.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!((leads(&world, &home).await, sealed(&world).await), (2, 3), "it is counted as it comes");
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 0);
    subscribe(&world, home.id, Status::Active, PlanCode::Team).await;
    // The worker does so by itself.
    assert_eq!((leads(&world, &home).await, sealed(&world).await), (5, 0));
}

#[tokio::test]
async fn a_new_month_lets_the_oldest_out_as_far_as_it_has_room_and_counts_them() {
    let world = paid().await;
    world.clock.set("2026-11-25T12:00:00Z".parse().unwrap());
    let home = world.found("North").await;
    subscribe(&world, home.id, Status::Active, PlanCode::Solo).await;
    fill(&world, 0).await;
    for n in 0..3 {
        world.submit(home.form, from(&format!("anna{n}@example.com"))).await.unwrap();
        world.clock.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(sealed(&world).await, 3);
    world.clock.set("2026-11-30T22:59:00Z".parse().unwrap());
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 0, "not yet in Paris");
    world.clock.set("2026-11-30T23:00:00Z".parse().unwrap());
    fill(&world, 2).await;
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 2);
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 0, "what was let out takes its room");
    let oldest = "SELECT count(*) FROM submissions
        WHERE unsealed_at IS NOT NULL AND email IN ('anna0@example.com', 'anna1@example.com')";
    assert_eq!(world.rows(oldest).await, 2);
    world.submit(home.form, from("late@example.com")).await.unwrap();
    assert_eq!(sealed(&world).await, 2);
}

#[tokio::test]
async fn whoever_pays_nobody_receives_everything_and_what_was_sealed_before() {
    let mut world = paid().await;
    let home = world.found("North").await;
    subscribe(&world, home.id, Status::Unpaid, PlanCode::Solo).await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    assert_eq!((leads(&world, &home).await, sealed(&world).await), (0, 1));
    world.ports = Ports { payments: paid_at(Arc::new(Unbilled)), ..world.ports };
    remind(&mut world);
    fill(&world, 0).await;
    world.submit(home.form, from("bert@example.com")).await.unwrap();
    assert_eq!((leads(&world, &home).await, sealed(&world).await), (2, 0));
}

#[tokio::test]
async fn a_trial_receives_and_after_it_nothing_is_taken_in() {
    let mut world = paid().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    assert_eq!(leads(&world, &home).await, 1);
    world.clock.advance(TRIAL);
    remind(&mut world);
    let closed = world.submit(home.form, from("bert@example.com")).await.unwrap_err();
    assert!(matches!(closed, Error::Rule(Broken::Closed)), "{closed:?}");
    assert_eq!(sealed(&world).await, 0);
}

#[tokio::test]
async fn dsr_9_what_waits_sealed_is_in_the_copy_of_its_person_and_goes_with_their_erasure() {
    let world = paid().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    subscribe(&world, home.id, Status::Unpaid, PlanCode::Team).await;
    let mut again = from("anna@example.com");
    "canary-sealed".clone_into(&mut again.sent.message);
    let app = App::new(&world.ports);
    let visitor = app.access.visitor(home.form).await.unwrap();
    app.submissions.submit(&visitor, again).await.unwrap();
    world.work().await;
    assert_eq!(sealed(&world).await, 1);
    let file = app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    assert_eq!(file.submissions.len(), 1, "members see what came before");
    let address = Email::parse("anna@example.com").unwrap();
    let copy = app.person_copy.of_address(&visitor.actor, &address).await.unwrap();
    assert!(unpacked(&copy)["person.json"].contains("canary-sealed"));
    assert!(world.dump().await.contains("canary-sealed"));
    app.leads.erase(&home.owner.actor, lead.id, Ground::Asked).await.unwrap();
    assert!(!world.dump().await.contains("canary-sealed"));
    assert_eq!(sealed(&world).await, 0);
}

#[tokio::test]
async fn what_nobody_could_receive_is_gone_after_30_days() {
    let mut world = paid().await;
    let home = world.found("North").await;
    subscribe(&world, home.id, Status::Unpaid, PlanCode::Team).await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let second = SignedDuration::from_secs(1);
    let mut left = Vec::new();
    for passed in [SEALED_KEPT - second, second] {
        world.clock.advance(passed);
        world.sweep().await;
        left.push(sealed(&world).await);
    }
    assert_eq!(left, [1, 0]);
    subscribe(&world, home.id, Status::Active, PlanCode::Team).await;
    remind(&mut world);
    assert_eq!(world.app.submissions.release_sealed(home.id).await.unwrap(), 0);
}

#[tokio::test]
async fn nothing_is_let_out_of_quarantine_beyond_the_plan() {
    let world = paid().await;
    let home = world.found("North").await;
    subscribe(&world, home.id, Status::Active, PlanCode::Solo).await;
    let held = world.submit(home.form, with_spam("website", "https://buy.example")).await.unwrap().id;
    fill(&world, 0).await;
    let full = world.app.submissions.release(&home.owner.actor, held).await.unwrap_err();
    assert!(
        matches!(full, Error::Rule(Broken::PlanFull(refused)) if refused.thing == Metered::Submissions),
        "{full:?}"
    );
    subscribe(&world, home.id, Status::Active, PlanCode::Team).await;
    world.app.submissions.release(&home.owner.actor, held).await.unwrap();
    assert_eq!(leads(&world, &home).await, 1);
}
