//! The life of a subscription, at a provider that speaks as the real one does, from the trial to the last entry of the ledger
//! (RET-6 to RET-11): what those who pay are told, what is open, and that nothing but the ledger is left.

use std::{collections::BTreeSet, sync::Arc};

use jiff::SignedDuration;
use qualify_domain::retention::Outcome;
use qualify_fake_provider::{Config, Delivery, DocumentKind, FakeProvider, Fault};
use qualify_integration::{House, Organization, Plan};
use qualify_lemonsqueezy::BILLING;
use qualify_ports::{billing::Billing, plugin::Settings, time::Clock};
use qualify_system::ShiftedClock;
use qualify_usecases::Retention;
use reqwest::Method;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{DAY, HERE, page, work};
use crate::{capture::post_json, census};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Stands in every name, address and word of the organization and its people.
const MARK: &str = "canary";
/// How the product asks that provider.
fn asking(provider: &FakeProvider) -> Arc<dyn Billing> {
    let config = provider.config();
    let defaults = BILLING.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
    let settings = Settings::new(BILLING.name, defaults)
        .with("url", provider.url())
        .with("key", config.key)
        .with("store", config.store.to_string())
        .with("webhook_secret", config.webhook_secret)
        .with("variants", "solo:101,team:102,business:103");
    (BILLING.build)(settings).unwrap()
}

struct Life {
    house: House,
    provider: FakeProvider,
    canary: Organization,
    /// The mails that were looked at.
    seen: BTreeSet<String>,
}

impl Life {
    async fn begun() -> Self {
        let clock: ShiftedClock = ShiftedClock::default();
        let provider = FakeProvider::start(Config { now: clock.now(), ..Config::default() }).await.unwrap();
        let plan = Plan { works: false, billing: Some(asking(&provider)), ..Plan::default() };
        let house = House::built(plan).await;
        let canary = house.found("Canary Ltd").await;
        let mut life = Self { house, provider, canary, seen: BTreeSet::new() };
        life.pass(SignedDuration::ZERO).await;
        let lead = json!({ "name": "Canary Bird", "email": "lead@canary.example", "message": "a canary sings" });
        census::capture(&life.house, &life.canary.public_id, &lead).await;
        life.pass(SignedDuration::ZERO).await;
        life
    }

    /// Lets time pass for everybody; the last of the provider's webhooks about the organization comes and the others are lost, as
    /// are all about its neighbour; and all that is due is done.
    async fn pass(&mut self, time: SignedDuration) -> Vec<String> {
        self.house.clock.advance(time);
        self.provider.advance(self.house.clock.now().duration_since(self.provider.now()));
        let told = |delivery: &Delivery| String::from_utf8_lossy(&delivery.body).contains(&self.canary.owner.email);
        if let Some(delivery) = self.provider.take_deliveries().iter().rfind(|delivery| told(delivery)) {
            assert_eq!(self.carry(delivery).await, 200);
        }
        work(&self.house).await;
        self.told()
    }

    async fn carry(&self, delivery: &Delivery) -> u16 {
        let client = self.house.client();
        let request = client.request(Method::POST, "/webhooks/billing").header("x-signature", &delivery.signature);
        client.ask(request.body(delivery.body.clone())).await.status
    }

    /// The subjects of the mails that the owner got since they were looked at last.
    fn told(&mut self) -> Vec<String> {
        let mails = self.house.mails.to(&self.canary.owner.email).into_iter();
        let mut new: Vec<_> =
            mails.filter(|mail| self.seen.insert(mail.raw.clone())).map(|mail| mail.subject).collect();
        new.sort();
        new
    }

    /// Sweeps all there is to sweep; tells how many rows of that rule went.
    async fn sweep(&self, rule: &str) -> u64 {
        let house = &self.house;
        let retention =
            Retention::new(house.ports.storage.clone(), house.ports.files.clone(), house.ports.clock.clone());
        let swept = retention.sweep_now(&CancellationToken::new()).await;
        let of = swept.iter().find(|swept| swept.rule.code == rule).unwrap();
        assert_eq!(of.outcome, Outcome::Done);
        of.rows
    }

    /// A page as the owner sees it, who signs in again: time passed.
    async fn page(&mut self, path: &str) -> String {
        self.canary.owner = self.house.sign_in(&self.canary.owner.email).await;
        page(&mut self.canary.owner.client, path).await
    }

    /// Which tables hold something of the organization or of its people.
    async fn tables_that_tell(&self) -> Vec<String> {
        let rows = self.house.dump().await.into_iter();
        // The islands have a time zone, which stands in a list of all.
        let rows = rows.filter(|row| row.to_lowercase().replace("atlantic/canary", "").contains(MARK));
        let tables: BTreeSet<_> = rows.map(|row| row.split(':').next().unwrap_or_default().to_owned()).collect();
        tables.into_iter().collect()
    }

    /// What the ledger says was earned of it, in cents.
    async fn booked(&self) -> i64 {
        self.house.count("SELECT coalesce(sum(total), 0)::bigint FROM ledger WHERE kind <> 'order'").await
    }

    /// What the provider says was earned, in cents.
    fn earned(&self) -> i64 {
        let bills = self.provider.bills().into_iter();
        let paid = bills.filter(|bill| bill.kind == DocumentKind::Invoice && bill.status != "pending");
        paid.map(|bill| bill.total() - bill.refunded).sum()
    }
}

/// An organization subscribes to the plan Team, and pays.
async fn subscribe(provider: &FakeProvider, organization: &mut Organization) -> u64 {
    let asked = organization.owner.client.post(&format!("{HERE}/checkout"), &[("plan", "team")]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    provider.pay(&provider.checkouts().last().unwrap().reference).unwrap()
}

#[tokio::test]
async fn ret_6_ret_7_ret_8_ret_11_the_life_of_a_subscription_ends_with_nothing_left_and_its_ledger_ten_years_later() {
    let mut life = Life::begun().await;
    // A neighbour lives on.
    let mut south = life.house.found("South").await;
    let neighbour = subscribe(&life.provider, &mut south).await;

    // The trial.
    assert_eq!(life.pass(DAY * 6).await, [""; 0]);
    assert_eq!(life.pass(DAY * 2).await, ["The trial of Canary Ltd ends in 7 days"]);
    assert_eq!(life.pass(DAY * 4).await, ["The trial of Canary Ltd ends in 3 days"]);

    // It is paid for, once and again.
    life.page(HERE).await;
    let id = subscribe(&life.provider, &mut life.canary).await;
    assert_eq!(life.pass(HOUR).await, ["Canary Ltd is subscribed to Team"]);
    assert!(life.page(HERE).await.contains(">Active<"));
    assert_eq!(life.pass(DAY * 32).await, [""; 0], "the trial is over, and nothing else");
    assert_eq!((life.booked().await, life.earned()), (4 * 5_880, 4 * 5_880), "two invoices of each");

    // A payment fails, and comes in.
    life.provider.fail_payments(id);
    assert_eq!(life.pass(DAY * 31).await, ["A payment for Canary Ltd failed"]);
    assert!(life.page("/leads").await.contains("id=\"banner\""));
    life.provider.recover(id);
    assert_eq!(life.pass(HOUR).await, ["The payment for Canary Ltd came in"]);
    assert!(!life.page("/leads").await.contains("id=\"banner\""));

    // Some of it is given back; then it is cancelled, and ends with what is paid for.
    let invoice = life.provider.bills().into_iter().rfind(|bill| bill.subscription == id).unwrap().id;
    life.provider.refund(invoice, 880);
    assert!(life.provider.cancel(id));
    assert_eq!(life.pass(HOUR).await, ["The subscription of Canary Ltd was cancelled"]);
    assert!(life.page("/leads").await.contains("Canary Bird"), "everything is open until its end");
    let end = life.provider.subscriptions().iter().find(|subscription| subscription.id == id).unwrap().ends_at.unwrap();
    let told = life.pass(end.duration_since(life.house.clock.now())).await;
    assert_eq!(told, ["Canary Ltd is closed and will be deleted"]);
    assert!(life.page(HERE).await.contains("action=\"/settings/billing/checkout\""), "it can subscribe again");
    assert_eq!(life.canary.owner.client.get("/leads").await.location(), "/locked");
    let (visitor, late) = (life.house.client(), json!({ "email": "b@canary.example" }));
    assert_ne!(post_json(&visitor, &life.canary.public_id, None, &late).await.status, 201, "nothing is taken in");

    // 30 days, with a notice a week before and one the day before.
    assert_eq!(life.pass(DAY * 23).await.len(), 1);
    assert_eq!(life.pass(DAY * 6).await.len(), 1);
    let last = life.house.mails.to(&life.canary.owner.email);
    assert!(last.iter().any(|mail| mail.subject.contains("Canary Ltd")));
    assert_eq!(life.sweep("organization").await, 0, "29 days");

    // Nobody confirms the end, and so nothing goes.
    life.provider.fail(Some(Fault::Down));
    life.pass(DAY * 2).await;
    assert_eq!(life.sweep("organization").await, 0);
    assert!(!life.tables_that_tell().await.is_empty());
    life.provider.fail(None);
    life.pass(HOUR).await;
    while life.sweep("organization").await > 0 {}

    // Nothing of them is left, and the ledger still balances.
    assert_eq!(life.tables_that_tell().await, [""; 0]);
    assert_eq!(life.house.app.retention.certificates().await.unwrap().len(), 1);
    assert_eq!(life.booked().await, life.earned());
    let documents = "SELECT count(*) FROM ledger AS l
        WHERE NOT EXISTS (SELECT FROM billing_records AS r WHERE r.billing_subject_id = l.billing_subject_id)";
    assert_eq!(life.house.count(documents).await, 5, "an order, three invoices and a refund are nobody's");
    south.owner = life.house.sign_in(&south.owner.email).await;
    assert_eq!(page(&mut south.owner.client, HERE).await.matches(">Active<").count(), 1, "the neighbour lives on");

    // Ten years after the end of their fiscal year they are gone, and not before.
    assert!(life.provider.cancel(neighbour));
    life.pass(DAY * 365 * 9).await;
    assert_eq!((life.sweep("ledger").await, life.house.count(documents).await), (0, 5));
    life.pass(DAY * 366 * 3).await;
    assert!(life.sweep("ledger").await >= 5);
    assert_eq!(life.house.count(documents).await, 0);
}
