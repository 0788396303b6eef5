//! What every handler can reach.

use std::sync::Arc;

use axum::{Router, middleware};
use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::zone::Zone;
use qualify_ports::time::Clock;
use qualify_usecases::{App, SignedIn};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::{
    api::key_limit::KeyLimit,
    compression::compressed,
    intake_limit::IntakeLimit,
    moment::Calendar,
    routes,
    security::guard,
    settings::{Options, Site},
    text::Text,
};

/// The web face of the product.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    app: App,
    clock: Arc<dyn Clock>,
    site: Site,
    origin: String,
    options: Options,
    intake: IntakeLimit,
    keys: KeyLimit,
    stop: CancellationToken,
}

impl Web {
    /// The web face over the use cases. Open event streams end at `stop`.
    pub fn new(app: App, clock: Arc<dyn Clock>, site: Site, options: Options, stop: CancellationToken) -> Self {
        let intake = IntakeLimit::new(options.intake_per_source, options.intake_per_form);
        let keys = KeyLimit::new(options.api_per_key);
        let origin = site.origin();
        Self(Arc::new(Inner { app, clock, site, origin, options, intake, keys, stop }))
    }

    /// All routes, with what holds for each of them.
    pub fn router(&self) -> Router {
        compressed(routes::router(self).layer(middleware::from_fn(guard))).with_state(self.clone())
    }

    /// Serves on `listener` until the stop that was given at the beginning.
    pub async fn serve(&self, listener: tokio::net::TcpListener) {
        crate::serve::serve(listener, self.router(), self.0.options.pace, self.0.stop.clone()).await;
    }

    /// The use cases.
    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    /// What lets somebody see the metrics.
    pub(crate) fn metrics_token(&self) -> &SecretString {
        &self.0.options.metrics_token
    }

    /// Who runs this installation, and where.
    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    /// The origin of our own pages.
    pub(crate) fn origin(&self) -> &str {
        &self.0.origin
    }

    pub(crate) fn intake(&self) -> &IntakeLimit {
        &self.0.intake
    }

    pub(crate) fn key_limit(&self) -> &KeyLimit {
        &self.0.keys
    }

    pub(crate) fn trusted_proxies(&self) -> usize {
        self.0.options.trusted_proxies
    }

    pub(crate) fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// How times are told to a member now: where they read clocks, else where their organization does.
    pub(crate) fn calendar(&self, member: &SignedIn) -> Calendar {
        let zone = member.time_zone.or(member.organization_zone).map(Zone::rules);
        Calendar::new(member.language, zone.unwrap_or_else(|| self.0.options.time_zone.clone()), self.now())
    }

    /// How times are told to somebody of whom nothing is known.
    pub(crate) fn public_calendar(&self, text: Text) -> Calendar {
        Calendar::new(text.language(), self.0.options.time_zone.clone(), self.now())
    }

    /// How the clocks go where the installation is.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.0.options.time_zone
    }

    /// Where clocks are read by those who chose nothing, in an organization that says nothing.
    pub(crate) fn zone_name(&self) -> &str {
        self.0.options.time_zone.iana_name().unwrap_or("UTC")
    }
}
