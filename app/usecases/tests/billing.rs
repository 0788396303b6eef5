//! What organizations subscribe to, and what becomes of those that do not pay.

mod ends;
mod hard;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Permission, Role},
    form::FormSettings,
    ledger::LedgerKind,
    plan::{Metered, PlanCode},
    subscription::{Access, ProviderId, Refused, Status, TRIAL},
};
use qualify_laws::till::{FOREIGN, Till, bill};
use qualify_ports::billing::HintError;
use qualify_usecases::{App, Broken, CreateForm, Error, HearError, Invite, Ports};

use crate::world::{Home, World, from, paid_at};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A world in which organizations pay, and where.
async fn billed() -> (World, Arc<Till>) {
    let mut world = World::new().await;
    let provider = Arc::new(Till::default());
    world.ports = Ports { payments: paid_at(provider.clone()), ..world.ports };
    world.app = App::new(&world.ports);
    (world, provider)
}

fn now(world: &World) -> Timestamp {
    world.ports.clock.now()
}

/// The owner chooses a plan and pays; nothing is heard of it yet.
async fn pay(world: &World, provider: &Till, home: &Home, plan: PlanCode) -> (ProviderId, String) {
    world.app.billing.check_out(&home.owner.actor, plan).await.unwrap();
    let reference = provider.open().asked.last().unwrap().reference.clone();
    (provider.pay(now(world)), reference)
}

/// A webhook: its number, what it is about, and the reference of the checkout; none if it is empty.
fn told(number: u32, id: &ProviderId, reference: &str) -> Vec<u8> {
    Till::told_of(number, id, reference).into_bytes()
}

async fn hear(world: &World, body: &[u8]) {
    world.app.billing.hear(Some("good"), body).await.unwrap();
}

/// How the subscription stands, as we keep it.
async fn status(world: &World, home: &Home) -> Option<Status> {
    let overview = world.app.billing.overview(&home.owner.actor).await.unwrap();
    overview.subscription.map(|subscription| subscription.status)
}

async fn subscribed(world: &World, provider: &Till, home: &Home, plan: PlanCode) -> ProviderId {
    let (id, reference) = pay(world, provider, home, plan).await;
    hear(world, &told(1, &id, &reference)).await;
    world.work().await;
    assert_eq!(status(world, home).await, Some(Status::Active));
    id
}

#[tokio::test]
async fn where_nobody_pays_there_is_nothing_to_see_and_everything_is_entitled() {
    let world = World::new().await;
    let home = world.found("North").await;
    let refused = world.app.billing.overview(&home.owner.actor).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound("billing")), "{refused:?}");
    let heard = world.app.billing.hear(Some("good"), b"1|s1|").await.unwrap_err();
    assert!(matches!(heard, HearError::Hint(HintError::NotHere)), "{heard:?}");
    world.clock.advance(TRIAL + DAY);
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!((owner.standing.access, owner.closing), (Access::Full, None));
}

#[tokio::test]
async fn only_who_may_pay_sees_and_changes_what_is_paid() {
    let (world, _) = billed().await;
    let home = world.found("North").await;
    let payer = world.join(&home, "bo@north.example", &[Role::Billing]).await;
    let admin = world.join(&home, "ada@north.example", &[Role::Admin]).await;
    world.app.billing.overview(&payer.actor).await.unwrap();
    world.app.billing.check_out(&payer.actor, PlanCode::Solo).await.unwrap();
    let refused = world.app.billing.overview(&admin.actor).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let refused = world.app.billing.check_out(&admin.actor, PlanCode::Solo).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
}

#[tokio::test]
async fn bil_6_the_provider_is_told_a_random_reference_and_coming_back_proves_nothing() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let (id, reference) = pay(&world, &provider, &home, PlanCode::Team).await;
    let asked = provider.open().asked[0].clone();
    assert!(!asked.reference.contains(&home.id.to_string()) && asked.reference.len() >= 22);
    assert_eq!(asked.expires_at, now(&world).max(asked.expires_at));
    let waits = world.app.billing.overview(&home.owner.actor).await.unwrap();
    assert!(waits.is_awaited && waits.subscription.is_none());
    hear(&world, &told(1, &id, &reference)).await;
    world.work().await;
    let heard = world.app.billing.overview(&home.owner.actor).await.unwrap();
    assert!(!heard.is_awaited);
    assert_eq!(heard.standing.plan, Some(PlanCode::Team));
    let again = world.app.billing.check_out(&home.owner.actor, PlanCode::Solo).await.unwrap_err();
    assert!(matches!(again, Error::Rule(Broken::Subscribed)), "{again:?}");
}

#[tokio::test]
async fn bil_2_the_same_webhook_is_kept_once_and_a_foreign_or_unsigned_one_never() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let (id, reference) = pay(&world, &provider, &home, PlanCode::Team).await;
    for _ in 0..3 {
        hear(&world, &told(1, &id, &reference)).await;
    }
    hear(&world, &told(2, &id, FOREIGN)).await;
    let refused = world.app.billing.hear(Some("bad"), &told(3, &id, &reference)).await.unwrap_err();
    assert!(matches!(refused, HearError::Hint(HintError::NotSigned)), "{refused:?}");
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints").await, 1);
    world.work().await;
    assert_eq!(status(&world, &home).await, Some(Status::Active));
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NULL").await, 0);
}

#[tokio::test]
async fn bil_3_what_a_webhook_says_is_asked_for_and_told_news_count_only_while_nobody_answers() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    // The webhook was sent while the payment failed; by now it came in.
    world.clock.advance(HOUR);
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::PastDue));
    hear(&world, &told(2, &id, "")).await;
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Active));
    world.work().await;
    assert_eq!(status(&world, &home).await, Some(Status::Active));
    // Nobody answers: then what was told counts, if it is newer.
    world.clock.advance(HOUR);
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::PastDue));
    hear(&world, &told(3, &id, "")).await;
    provider.open().is_away = true;
    world.work().await;
    assert_eq!(status(&world, &home).await, Some(Status::PastDue));
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NULL").await, 1);
    provider.open().is_away = false;
    world.clock.advance(HOUR);
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NULL").await, 0);
}

#[tokio::test]
async fn bil_4_what_no_webhook_told_is_found_by_asking() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    world.work().await;
    // Every webhook of the purchase is lost.
    let (id, _) = pay(&world, &provider, &home, PlanCode::Team).await;
    world.clock.advance(TRIAL / 2);
    world.work().await;
    assert_eq!(status(&world, &home).await, Some(Status::Active));
    // So is that of the cancellation.
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Cancelled));
    world.clock.advance(DAY);
    world.work().await;
    assert_eq!(status(&world, &home).await, Some(Status::Cancelled));
}

#[tokio::test]
async fn nobody_is_given_what_somebody_else_paid_for() {
    let (world, provider) = billed().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let id = subscribed(&world, &provider, &north, PlanCode::Team).await;
    world.app.billing.check_out(&south.owner.actor, PlanCode::Team).await.unwrap();
    let reference = provider.open().asked.last().unwrap().reference.clone();
    // Signed, and yet the subscription is North's.
    hear(&world, &told(9, &id, &reference)).await;
    world.clock.advance(DAY);
    world.work().await;
    assert_eq!(status(&world, &south).await, None);
    assert_eq!(status(&world, &north).await, Some(Status::Active));
}

#[tokio::test]
async fn bil_9_what_was_paid_and_given_back_is_in_the_ledger_once_however_often_it_is_told() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    for round in 2..5 {
        provider.change(&id, now(&world), |sold| {
            if round == 3 {
                sold.bills[0].amounts.refunded = 1_000;
                sold.bills[0].refunded_at = Some(sold.is.updated_at);
                sold.bills.push(bill(&sold.is, 2, 5_900));
            }
        });
        hear(&world, &told(round, &id, "")).await;
        world.work().await;
    }
    let slice = world.app.billing.bills(&home.owner.actor, None).await.unwrap();
    let mut entries: Vec<_> =
        slice.items.iter().map(|entry| (entry.kind, entry.amounts.total, entry.amounts.refunded)).collect();
    entries.sort_by_key(|(kind, total, refunded)| (kind.code(), *total, *refunded));
    assert_eq!(
        entries,
        [(LedgerKind::Invoice, 4_900, 0), (LedgerKind::Invoice, 5_900, 0), (LedgerKind::Refund, -1_000, 1_000),]
    );
}

#[tokio::test]
async fn bil_8_links_are_fetched_when_they_are_asked_for_and_of_own_invoices_only() {
    let (world, provider) = billed().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let id = subscribed(&world, &provider, &north, PlanCode::Team).await;
    let invoice = provider.open().sold[0].bills[0].id.clone();
    let link = world.app.billing.document(&north.owner.actor, &invoice).await.unwrap();
    assert_eq!(link.as_str(), format!("https://pay.example/{invoice}?signature=s"));
    let missing = world.app.billing.document(&south.owner.actor, &invoice).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound("invoice")), "{missing:?}");
    provider.open().is_away = true;
    let away = world.app.billing.change_plan(&north.owner.actor, PlanCode::Solo).await.unwrap_err();
    assert!(matches!(away, Error::Rule(Broken::ProviderAway)), "{away:?}");
    assert_eq!(id, ProviderId("s1".to_owned()));
}

#[tokio::test]
async fn a_plan_without_room_refuses_to_add_and_keeps_what_is_there() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    subscribed(&world, &provider, &home, PlanCode::Solo).await;
    let invite = |email: &str| Invite { email: email.parse().unwrap(), roles: vec![Role::Agent] };
    world.app.invitations.invite(&home.owner.actor, invite("a@north.example")).await.unwrap();
    // Again to the same address takes no room.
    world.app.invitations.invite(&home.owner.actor, invite("a@north.example")).await.unwrap();
    let full = world.app.invitations.invite(&home.owner.actor, invite("b@north.example")).await.unwrap_err();
    let refused = Refused { thing: Metered::Members, limit: 2, used: 2 };
    assert!(matches!(full, Error::Rule(Broken::PlanFull(found)) if found == refused), "{full:?}");
    let settings: FormSettings = {
        let scope = home.owner.actor.permit(Permission::ReadForms).unwrap();
        let mut tx = world.ports.storage.tenant(&scope).await.unwrap();
        let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
        tx.forms().find(form.id).await.unwrap().unwrap().settings
    };
    for _ in 0..2 {
        world.app.forms.create(&home.owner.actor, CreateForm { settings: settings.clone() }).await.unwrap();
    }
    let full = world.app.forms.create(&home.owner.actor, CreateForm { settings: settings.clone() }).await.unwrap_err();
    assert!(matches!(full, Error::Rule(Broken::PlanFull(found)) if found.thing == Metered::Forms), "{full:?}");
    world.app.billing.change_plan(&home.owner.actor, PlanCode::Business).await.unwrap();
    world.app.forms.create(&home.owner.actor, CreateForm { settings }).await.unwrap();
    // A smaller plan hides nothing.
    world.app.billing.change_plan(&home.owner.actor, PlanCode::Solo).await.unwrap();
    assert_eq!(world.app.forms.list(&home.owner.actor).await.unwrap().len(), 4);
}

#[tokio::test]
async fn what_waits_sealed_is_let_out_with_the_word_that_there_is_room() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    subscribed(&world, &provider, &home, PlanCode::Solo).await;
    let full = "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice,
            verdict, spam_reasons)
        SELECT organization_id, gen_random_uuid(), id, 1, created_at, false, 'n', 'accepted', '{}'
        FROM forms, generate_series(1, 500)";
    world.sql(full).await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    world.work().await;
    let sealed = "SELECT count(*) FROM submissions WHERE verdict = 'sealed'";
    assert_eq!((world.rows(sealed).await, world.leads(&home).await.len()), (1, 0));
    world.app.billing.change_plan(&home.owner.actor, PlanCode::Team).await.unwrap();
    assert_eq!(world.rows(sealed).await, 0, "nobody has to wait for the worker's hour");
    world.work().await;
    assert_eq!(world.leads(&home).await.len(), 1);
}
