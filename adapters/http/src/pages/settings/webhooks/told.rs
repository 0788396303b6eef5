//! Webhooks and what they were told, on their way into words.

use qualify_domain::{
    hook::{Answer, Delivery, DeliveryState, Detail, Endpoint, EndpointState, HookKind, Obstacle},
    id::{DeliveryId, LeadId},
};

use crate::{
    moment::{Calendar, Moment},
    text::Text,
};

/// One that the organization has.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) state: String,
    pub(super) badge: &'static str,
    pub(super) kinds: String,
    pub(super) detail: String,
    pub(super) last: Option<DeliveryRow>,
}

/// What one was told, and what became of it.
pub(super) struct DeliveryRow {
    pub(super) id: DeliveryId,
    pub(super) what: String,
    pub(super) lead: Option<LeadId>,
    pub(super) at: Moment,
    pub(super) state: String,
    pub(super) badge: &'static str,
    pub(super) tries: String,
    pub(super) answer: String,
    pub(super) next: Option<Moment>,
    /// What replaying it is called.
    pub(super) replay: String,
}

/// Words in a language, with times as they go there.
pub(super) struct Words {
    pub(super) t: Text,
    pub(super) calendar: Calendar,
}

impl Words {
    pub(super) fn row(&self, endpoint: &Endpoint, last: Option<&Delivery>) -> Row {
        let (state, badge) = self.state(endpoint);
        Row {
            id: endpoint.id.to_string(),
            url: endpoint.url.to_string(),
            state,
            badge,
            kinds: self.kinds(endpoint),
            detail: self.detail(endpoint.detail),
            last: last.map(|last| self.delivery(last)),
        }
    }

    /// Of what it is told.
    pub(super) fn kinds(&self, endpoint: &Endpoint) -> String {
        endpoint.kinds.iter().map(|kind| kind_name(self.t, *kind)).collect::<Vec<_>>().join(", ")
    }

    /// How much it is told.
    pub(super) fn detail(&self, detail: Detail) -> String {
        match detail {
            Detail::Thin => self.t.get("hook-detail-thin"),
            Detail::Full => self.t.get("hook-detail-full"),
        }
    }

    /// Whether it is told anything, and the colour of that.
    pub(super) fn state(&self, endpoint: &Endpoint) -> (String, &'static str) {
        match (endpoint.state, endpoint.failing_since) {
            (EndpointState::On, None) => (self.t.get("hook-state-on"), "won"),
            (EndpointState::On, Some(since)) => {
                (self.t.with("hook-state-troubled", "when", self.calendar.moment(since).full), "warn")
            }
            (EndpointState::Paused, _) => (self.t.get("hook-state-paused"), ""),
            (EndpointState::Gone, _) => (self.t.get("hook-state-gone"), "bad"),
            (EndpointState::Failing, _) => (self.t.get("hook-state-failing"), "bad"),
        }
    }

    /// Why it is told nothing; empty if it is told.
    pub(super) fn why(&self, state: EndpointState) -> String {
        match state {
            EndpointState::On => String::new(),
            EndpointState::Paused => self.t.get("hook-why-paused"),
            EndpointState::Gone => self.t.get("hook-why-gone"),
            EndpointState::Failing => self.t.get("hook-why-failing"),
        }
    }

    pub(super) fn delivery(&self, delivery: &Delivery) -> DeliveryRow {
        let (state, badge, next) = match delivery.state {
            DeliveryState::Waiting(next) => ("hook-waiting", "open", Some(self.calendar.moment(next))),
            DeliveryState::Taken(_) => ("hook-taken", "won", None),
            DeliveryState::GivenUp(_) => ("hook-given-up", "bad", None),
        };
        let (what, at) = (kind_name(self.t, delivery.kind), self.calendar.moment(delivery.at));
        DeliveryRow {
            id: delivery.id,
            replay: self.t.with_all("hook-replay-named", [("what", &what), ("when", &at.full)]),
            what,
            lead: delivery.lead,
            at,
            state: self.t.get(state),
            badge,
            tries: self.t.times("hook-tries", "", delivery.attempts.into()),
            answer: delivery.last.map(|answer| self.answer(answer)).unwrap_or_default(),
            next,
        }
    }

    /// What the last attempt met.
    fn answer(&self, answer: Answer) -> String {
        match answer {
            Answer::Status(status) => self.t.with("hook-answered", "status", status),
            Answer::None(obstacle) => self.t.get(met(obstacle)),
        }
    }
}

/// The kinds there are to choose from: their codes, and what they are called.
pub(super) fn choices(t: Text) -> Vec<(&'static str, String)> {
    HookKind::CHOICES.iter().map(|kind| (kind.code(), kind_name(t, *kind))).collect()
}

fn kind_name(t: Text, kind: HookKind) -> String {
    match kind {
        HookKind::Created => t.get("hook-kind-created"),
        HookKind::Changed => t.get("hook-kind-changed"),
        HookKind::Moved => t.get("hook-kind-moved"),
        HookKind::Assigned => t.get("hook-kind-assigned"),
        HookKind::Rectified => t.get("hook-kind-rectified"),
        HookKind::Erased => t.get("hook-kind-erased"),
        HookKind::Restricted => t.get("hook-kind-restricted"),
        HookKind::Test => t.get("hook-kind-test"),
    }
}

const fn met(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::NoAddress => "hook-met-no-address",
        Obstacle::Blocked => "hook-met-blocked",
        Obstacle::Unreachable => "hook-met-unreachable",
        Obstacle::Insecure => "hook-met-insecure",
        Obstacle::Late => "hook-met-late",
        Obstacle::Broken => "hook-met-broken",
    }
}
