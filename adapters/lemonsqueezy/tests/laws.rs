//! The laws of the port, against the provider's side over real HTTP.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use http_body_util::Empty;
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::subscription::{PaymentLink, ProviderId};
use qualify_fake_provider::{Config, FakeProvider, Fault};
use qualify_laws::billing::{BillingRig, Failure};
use qualify_lemonsqueezy::BILLING;
use qualify_ports::{billing::Billing, plugin::Settings};
use tokio::net::TcpStream;

struct Rig {
    billing: Arc<dyn Billing>,
    provider: FakeProvider,
}

impl Rig {
    async fn new() -> Self {
        let provider = FakeProvider::start(Config::default()).await.unwrap();
        let config = provider.config();
        let defaults = BILLING.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
        let settings = Settings::new("lemonsqueezy", defaults)
            .with("url", provider.url())
            .with("key", config.key)
            .with("store", config.store.to_string())
            .with("webhook_secret", config.webhook_secret)
            .with("variants", "solo:101,team:102,business:103");
        Self { billing: (BILLING.build)(settings).unwrap(), provider }
    }
}

fn number(id: &ProviderId) -> u64 {
    id.0.parse().unwrap()
}

#[async_trait]
impl BillingRig for Rig {
    fn billing(&self) -> &dyn Billing {
        &*self.billing
    }

    fn now(&self) -> Timestamp {
        self.provider.now()
    }

    fn advance(&self, duration: SignedDuration) {
        self.provider.advance(duration);
    }

    fn pay(&self, reference: &str) -> Option<ProviderId> {
        self.provider.pay(reference).map(|id| ProviderId(id.to_string()))
    }

    fn fail_payments(&self, subscription: &ProviderId) {
        self.provider.fail_payments(number(subscription));
    }

    fn refund(&self, invoice: &ProviderId, cents: i64) {
        self.provider.refund(number(invoice), cents);
    }

    fn give_away(&self, subscription: &ProviderId) {
        self.provider.distort(number(subscription), |subscription| subscription.store = 8);
    }

    fn stand_strangely(&self, subscription: &ProviderId) {
        self.provider.distort(number(subscription), |subscription| "dormant".clone_into(&mut subscription.status));
    }

    fn fail(&self, failure: Failure) {
        self.provider.fail(Some(match failure {
            Failure::Down => Fault::Down,
            Failure::Late => Fault::Slow(Duration::from_secs(30)),
            Failure::TooOften => Fault::TooOften(42),
            Failure::Page => Fault::Html,
            Failure::PageMissing => Fault::HtmlMissing,
            Failure::KeyExpired => Fault::KeyExpired,
        }));
    }

    fn webhooks(&self) -> Vec<(String, Vec<u8>)> {
        let deliveries = self.provider.take_deliveries().into_iter();
        deliveries.map(|delivery| (delivery.signature, delivery.body)).collect()
    }

    async fn is_open(&self, link: &PaymentLink) -> bool {
        let target = link.as_str().strip_prefix(self.provider.url()).unwrap().to_owned();
        let address = self.provider.url().trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(target).header("host", address).body(Empty::<Bytes>::new()).unwrap();
        sender.send_request(request).await.unwrap().status().is_success()
    }
}

qualify_laws::billing_laws!(Rig::new());

#[tokio::test]
async fn bil_6_the_provider_is_told_a_reference_and_nothing_else_of_the_organization() {
    let rig = Rig::new().await;
    qualify_laws::billing::bil_6_what_was_bought_is_told_and_comes_back_by_its_reference(&rig).await;
    let checkout = rig.provider.checkouts().swap_remove(0);
    assert_eq!(checkout.custom.to_string(), r#"{"reference":"cr_one"}"#);
    assert_eq!(checkout.expires_at, Some(rig.now() + SignedDuration::from_hours(24)));
    assert_eq!((checkout.email.as_str(), checkout.locale.as_deref()), ("jo@example.com", Some("fr")));
    assert_eq!(checkout.redirect_url, "https://crm.example.com/settings/billing");
}
