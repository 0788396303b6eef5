use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_fake_provider::{Config, FakeProvider, Watch};
use qualify_ports::time::Clock;
use qualify_system::ShiftedClock;
use tokio_util::sync::CancellationToken;

use crate::Failure;

/// Which plan is sold as which variant there.
const VARIANTS: &str = "solo:101,team:102,business:103";
/// Where the product hears of payments.
const WEBHOOKS: &str = "/webhooks/billing";

/// The payment provider of a demo: it runs on this machine, and only pretends.
pub(super) struct Provider(FakeProvider);

/// The demo's clock, by which the provider goes, too.
struct DemoWatch(Arc<ShiftedClock>);

impl Watch for DemoWatch {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn advance(&self, time: SignedDuration) {
        self.0.advance(time);
    }
}

impl Provider {
    /// Starts it by that clock.
    pub async fn start(clock: Arc<ShiftedClock>) -> Result<Self, Failure> {
        let config = Config { is_test: true, ..Config::default() };
        let started = FakeProvider::start_by(Arc::new(DemoWatch(clock)), config).await;
        Ok(Self(started.map_err(Failure::because("no port on 127.0.0.1 can be had for payments"))?))
    }

    /// What the configuration says so that organizations pay there.
    pub fn settings(&self) -> impl Iterator<Item = (String, String)> + use<> {
        let config = self.0.config();
        let settings = [
            ("billing.adapter", "lemonsqueezy".to_owned()),
            ("lemonsqueezy.url", self.0.url().to_owned()),
            ("lemonsqueezy.key", config.key),
            ("lemonsqueezy.store", config.store.to_string()),
            ("lemonsqueezy.webhook_secret", config.webhook_secret),
            ("lemonsqueezy.variants", VARIANTS.to_owned()),
            ("lemonsqueezy.test_mode", config.is_test.to_string()),
        ];
        settings.into_iter().map(|(key, value)| (key.to_owned(), value))
    }

    /// Where people let time pass, and things go wrong.
    pub fn desk(&self) -> String {
        self.0.desk()
    }

    /// Tells the product on that port what happens, until `stop`.
    pub async fn tell(&self, port: u16, stop: CancellationToken) {
        tokio::select! {
            () = self.0.carry(port, WEBHOOKS) => {}
            () = stop.cancelled() => {}
        }
    }
}
