//! What stands on a card comes with every word of the provider, and goes no further (DAT-5).

use std::{
    io,
    sync::{Arc, Mutex},
};

use jiff::SignedDuration;
use qualify_domain::plan::PlanCode;
use qualify_fake_provider::{Config, Delivery, DocumentKind, FakeProvider, Fault};
use qualify_usecases::{App, Ports};
use serde_json::Value;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    histories::parts::Line,
    world::{World, paid_at},
};

const NAME: &str = "Canaryname Birdsong";
const CARD: [&str; 2] = ["canarybrand", "canaryfour"];

/// Everything that this process logs.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logs {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Logs {
    fn capture() -> Self {
        let logs = Self::default();
        let filter = EnvFilter::new("trace,hyper=info,hyper_util=info,mio=info,polling=info");
        let listener = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(logs.clone());
        listener.init();
        logs
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// What of a card and of who pays stands in a webhook. An order tells of no card.
fn canaries(delivery: &Delivery) -> [Option<String>; 3] {
    let told: Value = serde_json::from_slice(&delivery.body).unwrap();
    ["card_brand", "card_last_four", "user_name"]
        .map(|field| told.pointer(&format!("/data/attributes/{field}")).and_then(Value::as_str).map(str::to_owned))
}

/// All webhooks that wait arrive, and are worked on.
async fn hear_all(world: &World, provider: &FakeProvider) -> usize {
    let deliveries = provider.take_deliveries();
    for delivery in &deliveries {
        let is_order = delivery.event == "order_created";
        let [brand, four, name] = canaries(delivery);
        let card = (brand.as_deref(), four.as_deref());
        assert_eq!(card, if is_order { (None, None) } else { (Some(CARD[0]), Some(CARD[1])) }, "{}", delivery.event);
        assert_eq!(name.as_deref(), Some(NAME), "{}", delivery.event);
        assert!(String::from_utf8_lossy(&delivery.body).contains("owner@north.example"), "{}", delivery.event);
        world.app.billing.hear(Some(&delivery.signature), &delivery.body).await.unwrap();
    }
    world.work().await;
    deliveries.len()
}

#[tokio::test]
async fn dat_5_what_stands_on_a_card_comes_with_every_word_of_the_provider_and_is_neither_kept_nor_logged() {
    let logs = Logs::capture();
    let card = (CARD[0].to_owned(), CARD[1].to_owned());
    let config = Config { user_name: NAME.to_owned(), card, calls_a_minute: usize::MAX, ..Config::default() };
    let provider = Arc::new(FakeProvider::start(config).await.unwrap());
    let mut world = World::new().await;
    let line = Arc::new(Line::to(provider.clone()));
    world.ports = Ports { payments: paid_at(line), ..world.ports };
    world.app = App::new(&world.ports);
    world.clock.set(provider.now());
    let home = world.found("North").await;
    world.app.billing.check_out(&home.owner.actor, PlanCode::Team).await.unwrap();
    let id = provider.pay(&provider.checkouts()[0].reference).unwrap();
    let mut heard = hear_all(&world, &provider).await;
    world.app.billing.change_plan(&home.owner.actor, PlanCode::Business).await.unwrap();
    heard += hear_all(&world, &provider).await;
    let invoice = provider.bills().iter().find(|bill| bill.kind == DocumentKind::Invoice).map(|bill| bill.id).unwrap();
    provider.refund(invoice, 100);
    provider.fail_payments(id);
    for _ in 0..6 {
        provider.advance(SignedDuration::from_hours(24 * 8));
        world.clock.set(provider.now());
        heard += hear_all(&world, &provider).await;
    }
    // While nobody answers, what is told counts; and what cannot be read is told to the operator.
    provider.recover(id);
    provider.fail(Some(Fault::Down));
    heard += hear_all(&world, &provider).await;
    provider.fail(Some(Fault::Html));
    provider.cancel(id);
    heard += hear_all(&world, &provider).await;
    provider.distort(id, |subscription| "dormant".clone_into(&mut subscription.status));
    provider.fail(None);
    world.clock.advance(SignedDuration::from_hours(25));
    heard += hear_all(&world, &provider).await;
    assert!(heard >= 15, "{heard} webhooks");
    let (dump, logs) = (world.dump().await, logs.text());
    assert!(dump.contains(&format!("\"subscription_id\":\"{id}\"")), "the subscription is kept");
    assert!(logs.contains("the payment provider says of a subscription what is not known here"), "{}", logs.len());
    for (place, text) in [("the database", dump.to_lowercase()), ("the logs", logs.to_lowercase())] {
        let found: Vec<_> = ["canary", "birdsong"].into_iter().filter(|mark| text.contains(mark)).collect();
        assert!(
            found.iter().all(|mark| text.replace("atlantic/canary", "").find(mark).is_none()),
            "{place}: {found:?}"
        );
    }
}
