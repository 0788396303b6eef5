//! The laws of [`Billing`].

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    language::Language,
    ledger::{Bill, LedgerKind},
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId, Status},
    text::Email,
};
use qualify_ports::billing::{AskCheckout, Billing, BillingError, HintError, Place};

/// The port and the provider behind it, which sells every plan.
#[async_trait]
pub trait BillingRig: Send + Sync {
    /// The port under test.
    fn billing(&self) -> &dyn Billing;

    /// What time it is at the provider.
    fn now(&self) -> Timestamp;

    /// Lets time pass at the provider.
    fn advance(&self, duration: SignedDuration);

    /// The buyer pays the checkout of that reference; none if that is not possible.
    fn pay(&self, reference: &str) -> Option<ProviderId>;

    /// Payments fail from now on.
    fn fail_payments(&self, subscription: &ProviderId);

    /// Gives money back on an invoice.
    fn refund(&self, invoice: &ProviderId, cents: i64);

    /// The subscription turns out to be of another store.
    fn give_away(&self, subscription: &ProviderId);

    /// The subscription stands in a way that nobody knows.
    fn stand_strangely(&self, subscription: &ProviderId);

    /// The provider fails so from now on.
    fn fail(&self, failure: Failure);

    /// The webhooks that are due: the signature and the body of each.
    fn webhooks(&self) -> Vec<(String, Vec<u8>)>;

    /// Whether something is to be seen at an address of the provider.
    async fn is_open(&self, link: &PaymentLink) -> bool;
}

/// How a provider fails whoever asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is broken.
    Down,
    /// It answers too late.
    Late,
    /// It wants to be left alone for 42 seconds.
    TooOften,
    /// Something in between answers with a page.
    Page,
    /// Something in between says that nothing is there.
    PageMissing,
    /// The key has expired.
    KeyExpired,
}

/// One test for each law of a provider.
#[macro_export]
macro_rules! billing_laws {
    ($rig:expr) => {
        $crate::laws! { billing, $rig =>
            bil_6_what_was_bought_is_told_and_comes_back_by_its_reference,
            bil_6_a_checkout_of_yesterday_cannot_be_paid,
            bil_6_what_is_of_another_store_is_not_there,
            bil_7_a_state_that_nobody_knows_is_none,
            what_a_lost_webhook_would_have_told_is_found_by_address,
            what_is_not_there_is_none,
            bil_9_all_documents_come_with_their_cents,
            bil_9_what_was_given_back_is_told_even_beyond_the_amount,
            a_long_list_is_followed_to_its_end,
            what_is_cancelled_runs_on_and_can_be_taken_back_until_its_end,
            another_plan_counts_at_once_and_settles_the_difference,
            bil_8_places_and_documents_are_good_for_a_day_and_asked_for_anew,
            bil_1_webhooks_are_read_only_as_they_were_signed,
            bil_5_every_webhook_names_what_it_is_about,
            bil_10_a_failing_provider_is_never_taken_at_its_word,
            web_10_an_expired_key_is_told_apart,
        }
    };
}

/// One test for each law of an installation where nobody pays.
#[macro_export]
macro_rules! unbilled_laws {
    ($rig:expr) => {
        $crate::laws! { billing, $rig =>
            where_nobody_pays_nothing_is_sold_and_nothing_taken,
        }
    };
}

fn email() -> Email {
    Email::parse("jo@example.com").expect("an address")
}

/// What is asked for at a checkout.
fn checkout(rig: &dyn BillingRig, reference: &str) -> AskCheckout {
    AskCheckout {
        reference: reference.to_owned(),
        plan: PlanCode::Team,
        email: email(),
        return_to: "https://crm.example.com/settings/billing".to_owned(),
        expires_at: rig.now() + SignedDuration::from_hours(24),
        language: Language::French,
    }
}

async fn subscribed(rig: &dyn BillingRig, reference: &str) -> ProviderId {
    rig.billing().check_out(&checkout(rig, reference)).await.expect("a checkout");
    rig.pay(reference).expect("a subscription")
}

async fn fetched(rig: &dyn BillingRig, id: &ProviderId) -> Fetched {
    rig.billing().subscription(id).await.expect("an answer").expect("a subscription")
}

async fn bills(rig: &dyn BillingRig, id: &ProviderId) -> Vec<Bill> {
    rig.billing().bills(id).await.expect("bills")
}

/// What was bought is told, and comes back by its reference.
pub async fn bil_6_what_was_bought_is_told_and_comes_back_by_its_reference(rig: &dyn BillingRig) {
    assert!(rig.billing().is_billed());
    assert_eq!(rig.billing().plans(), PlanCode::ALL, "every plan is sold, in order");
    let link = rig.billing().check_out(&checkout(rig, "cr_one")).await.expect("a checkout");
    assert!(rig.is_open(&link).await, "one can pay there");
    assert!(rig.webhooks().is_empty(), "and nothing has happened yet");
    let id = rig.pay("cr_one").expect("a subscription");
    let told = fetched(rig, &id).await;
    assert_eq!((&told.id, told.plan, told.status), (&id, Some(PlanCode::Team), Some(Status::Active)));
    assert_eq!((told.created_at, told.ends_at), (rig.now(), None));
    for (signature, body) in rig.webhooks() {
        let hint = rig.billing().read(Some(&signature), &body).expect("a hint");
        assert_eq!((hint.reference.as_deref(), hint.is_foreign), (Some("cr_one"), false), "{}", hint.event);
    }
}

/// Nobody pays by a checkout of yesterday.
pub async fn bil_6_a_checkout_of_yesterday_cannot_be_paid(rig: &dyn BillingRig) {
    rig.billing().check_out(&checkout(rig, "cr_one")).await.expect("a checkout");
    rig.advance(SignedDuration::from_hours(24));
    assert_eq!(rig.pay("cr_one"), None);
}

/// What is of another store is not there, and its webhooks are foreign.
pub async fn bil_6_what_is_of_another_store_is_not_there(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    rig.webhooks();
    rig.give_away(&id);
    assert_eq!(rig.billing().subscription(&id).await.expect("an answer"), None);
    assert_eq!(bills(rig, &id).await, []);
    assert!(matches!(rig.billing().place(&id, Place::Portal).await, Err(BillingError::Refused(_))));
    let webhooks = rig.webhooks();
    assert!(!webhooks.is_empty());
    for (signature, body) in webhooks {
        let hint = rig.billing().read(Some(&signature), &body).expect("a hint");
        assert!(hint.is_foreign && hint.told.is_none(), "{}", hint.event);
    }
}

/// A state that nobody knows is none, and all else is told.
pub async fn bil_7_a_state_that_nobody_knows_is_none(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    rig.stand_strangely(&id);
    let told = fetched(rig, &id).await;
    assert_eq!((told.status, told.plan), (None, Some(PlanCode::Team)));
}

/// What a lost webhook would have told is found by the buyer's address, and only if it began since then.
pub async fn what_a_lost_webhook_would_have_told_is_found_by_address(rig: &dyn BillingRig) {
    let first = subscribed(rig, "cr_one").await;
    let between = rig.now() + SignedDuration::from_secs(1);
    rig.advance(SignedDuration::from_secs(5));
    let second = subscribed(rig, "cr_two").await;
    let ids = |found: Vec<Fetched>| found.into_iter().map(|found| found.id).collect::<Vec<_>>();
    let all = rig.billing().subscriptions_of(&email(), Timestamp::UNIX_EPOCH).await.expect("a list");
    assert_eq!(ids(all), [second.clone(), first], "the newest first");
    let within = rig.now() + SignedDuration::from_millis(900);
    let found = rig.billing().subscriptions_of(&email(), within).await.expect("a list");
    assert_eq!(found.len(), 1, "what began within the same second");
    assert_eq!(ids(rig.billing().subscriptions_of(&email(), between).await.expect("a list")), [second]);
    let other = Email::parse("somebody+else@example.com").expect("an address");
    assert_eq!(rig.billing().subscriptions_of(&other, Timestamp::UNIX_EPOCH).await.expect("a list"), []);
}

/// What is not there is none, whatever its id looks like.
pub async fn what_is_not_there_is_none(rig: &dyn BillingRig) {
    for id in ["1", "", "../checkouts", "1?include=customer", "1/../2", "é"] {
        let id = ProviderId(id.to_owned());
        assert_eq!(rig.billing().subscription(&id).await.expect("an answer"), None, "{id}");
        assert_eq!(bills(rig, &id).await, [], "{id}");
        for change in [rig.billing().cancel(&id).await, rig.billing().resume(&id).await] {
            assert!(matches!(change, Err(BillingError::Refused(_))), "{id}: {change:?}");
        }
    }
}

/// All documents of a subscription come, the oldest first, with their amounts in whole cents.
pub async fn bil_9_all_documents_come_with_their_cents(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    rig.advance(SignedDuration::from_hours(24 * 40));
    let bills = bills(rig, &id).await;
    let kinds: Vec<_> = bills.iter().map(|bill| bill.kind).collect();
    assert_eq!(kinds, [LedgerKind::Order, LedgerKind::Invoice, LedgerKind::Invoice]);
    for bill in &bills {
        let amounts = &bill.amounts;
        assert_eq!(amounts.total, amounts.subtotal - amounts.discount + amounts.tax, "{}", bill.id);
        assert!(amounts.total > 0 && amounts.refunded == 0 && !bill.is_test && !bill.is_strange(), "{}", bill.id);
        assert_eq!((bill.status.as_str(), amounts.currency.len()), ("paid", 3), "{}", bill.id);
        assert_eq!(bill.subscription.as_ref(), Some(&id));
    }
    assert!(bills.is_sorted_by_key(|bill| bill.issued_at));
}

/// What was given back is told as it is, even more than was paid.
pub async fn bil_9_what_was_given_back_is_told_even_beyond_the_amount(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    let invoice = bills(rig, &id).await.pop().expect("an invoice");
    rig.advance(SignedDuration::from_secs(60));
    rig.refund(&invoice.id, 100);
    let refunded = bills(rig, &id).await.pop().expect("an invoice");
    assert_eq!((refunded.amounts.refunded, refunded.refunded_at), (100, Some(rig.now())));
    assert!(!refunded.is_strange());
    rig.refund(&invoice.id, invoice.amounts.total);
    let beyond = bills(rig, &id).await.pop().expect("an invoice");
    assert!(beyond.is_strange(), "{:?}", beyond.amounts);
}

/// A list of many pages is followed to its end.
pub async fn a_long_list_is_followed_to_its_end(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    rig.advance(SignedDuration::from_hours(24 * 365 * 20));
    let bills = bills(rig, &id).await;
    assert!(bills.len() > 200, "an invoice for each month of twenty years: {}", bills.len());
    assert!(bills.is_sorted_by_key(|bill| bill.issued_at));
}

/// What is cancelled runs on, and can be taken back until its end. Cancelling twice is cancelling once.
pub async fn what_is_cancelled_runs_on_and_can_be_taken_back_until_its_end(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    let cancelled = rig.billing().cancel(&id).await.expect("a subscription");
    assert_eq!(cancelled.status, Some(Status::Cancelled));
    assert!(cancelled.ends_at.is_some_and(|end| end > rig.now()), "what is paid for is used");
    let again = rig.billing().cancel(&id).await.expect("a subscription");
    assert_eq!((again.status, again.ends_at), (cancelled.status, cancelled.ends_at));
    let resumed = rig.billing().resume(&id).await.expect("a subscription");
    assert_eq!((resumed.status, resumed.ends_at), (Some(Status::Active), None));
    rig.billing().cancel(&id).await.expect("a subscription");
    rig.advance(SignedDuration::from_hours(24 * 40));
    assert_eq!(fetched(rig, &id).await.status, Some(Status::Expired));
    let too_late = rig.billing().resume(&id).await;
    assert!(matches!(too_late, Err(BillingError::Refused(_))), "{too_late:?}");
}

/// Another plan counts at once, and the difference is settled.
pub async fn another_plan_counts_at_once_and_settles_the_difference(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    let before = bills(rig, &id).await.len();
    let changed = rig.billing().change_plan(&id, PlanCode::Business).await.expect("a subscription");
    assert_eq!((changed.plan, changed.status), (Some(PlanCode::Business), Some(Status::Active)));
    assert_eq!(fetched(rig, &id).await.plan, Some(PlanCode::Business));
    assert_eq!(bills(rig, &id).await.len(), before + 1);
}

/// Places and documents are good for a day; whoever asks later gets another address.
pub async fn bil_8_places_and_documents_are_good_for_a_day_and_asked_for_anew(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    let mut links = Vec::new();
    for place in [Place::Portal, Place::Card] {
        links.push(rig.billing().place(&id, place).await.expect("a place"));
    }
    for bill in bills(rig, &id).await {
        links.push(rig.billing().document(&bill).await.expect("an answer").expect("a document"));
    }
    for link in &links {
        assert!(rig.is_open(link).await, "a fresh address");
    }
    rig.advance(SignedDuration::from_hours(24));
    for link in &links {
        assert!(!rig.is_open(link).await, "an address of yesterday");
    }
    let fresh = rig.billing().place(&id, Place::Portal).await.expect("a place");
    assert!(rig.is_open(&fresh).await && !links.contains(&fresh));
    // What was not paid has no document.
    rig.fail_payments(&id);
    rig.advance(SignedDuration::from_hours(24 * 31));
    let owed = bills(rig, &id).await.pop().expect("an invoice");
    assert_eq!(rig.billing().document(&owed).await.expect("an answer"), None);
}

/// Webhooks are read only as they were signed.
pub async fn bil_1_webhooks_are_read_only_as_they_were_signed(rig: &dyn BillingRig) {
    subscribed(rig, "cr_one").await;
    let webhooks = rig.webhooks();
    let other = &webhooks.last().expect("a webhook").0;
    let (signature, body) = webhooks.first().expect("a webhook");
    assert!(rig.billing().read(Some(signature), body).is_ok());
    let longer = [body.as_slice(), b" "].concat();
    for (signature, body) in [(None, body), (Some(""), body), (Some(other), body), (Some(signature), &longer)] {
        let read = rig.billing().read(signature.map(|it| it as &str), body);
        assert!(matches!(read, Err(HintError::NotSigned)), "{read:?}");
    }
}

/// Every webhook names the subscription or the order it is about, and each has a key of its own.
pub async fn bil_5_every_webhook_names_what_it_is_about(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    let order = fetched(rig, &id).await.order;
    rig.fail_payments(&id);
    rig.advance(SignedDuration::from_hours(24 * 31));
    let mut keys = Vec::new();
    for (signature, body) in rig.webhooks() {
        let hint = rig.billing().read(Some(&signature), &body).expect("a hint");
        let is_named = hint.subscription.as_ref() == Some(&id) || hint.order.as_ref() == Some(&order);
        assert!(is_named, "{hint:?}");
        assert_eq!(hint.invoice.is_some(), hint.event.contains("payment"), "{hint:?}");
        keys.push(hint.key);
    }
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert!(all >= 6 && keys.len() == all, "{keys:?}");
}

/// A provider that fails says nothing: not that something is there, and not that it is not.
pub async fn bil_10_a_failing_provider_is_never_taken_at_its_word(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    for failure in [Failure::Down, Failure::Late, Failure::TooOften, Failure::Page, Failure::PageMissing] {
        rig.fail(failure);
        let error = rig.billing().subscription(&id).await.expect_err("no answer");
        assert!(error.is_passing(), "{failure:?}: {error}");
        let is_meant = match failure {
            Failure::Down | Failure::Late => matches!(error, BillingError::Unavailable(_)),
            Failure::TooOften => matches!(error, BillingError::TooOften(wait) if wait == Duration::from_secs(42)),
            _ => matches!(error, BillingError::NotUnderstood(_)),
        };
        assert!(is_meant, "{failure:?}: {error:?}");
    }
}

/// An expired key is told apart from everything that passes, and is not repeated.
pub async fn web_10_an_expired_key_is_told_apart(rig: &dyn BillingRig) {
    let id = subscribed(rig, "cr_one").await;
    rig.fail(Failure::KeyExpired);
    let error = rig.billing().subscription(&id).await.expect_err("no answer");
    assert!(matches!(error, BillingError::KeyRefused) && !error.is_passing(), "{error:?}");
}

/// Where nobody pays, nothing is sold and nothing taken.
pub async fn where_nobody_pays_nothing_is_sold_and_nothing_taken(billing: &dyn Billing) {
    let id = ProviderId("1".to_owned());
    assert!(!billing.is_billed() && billing.plans().is_empty() && billing.key_expires_at().is_none());
    assert!(matches!(billing.read(Some("00"), b"{}"), Err(HintError::NotHere)));
    assert!(matches!(billing.subscription(&id).await, Err(BillingError::Refused(_))));
    assert!(matches!(billing.subscriptions_of(&email(), Timestamp::MIN).await, Err(BillingError::Refused(_))));
    assert!(matches!(billing.bills(&id).await, Err(BillingError::Refused(_))));
    assert!(matches!(billing.place(&id, Place::Portal).await, Err(BillingError::Refused(_))));
    let changes =
        [billing.change_plan(&id, PlanCode::Team).await, billing.cancel(&id).await, billing.resume(&id).await];
    assert!(changes.iter().all(|change| matches!(change, Err(BillingError::Refused(_)))));
}
