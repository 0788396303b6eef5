use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use crate::{
    AfterFailures,
    state::{Document, DocumentKind, State, Subscription},
};

/// So many days after a payment failed first it is tried again; after the last the provider gives up.
const TRIES: [i64; 3] = [3, 7, 14];

impl State {
    pub(crate) fn advance(&mut self, duration: SignedDuration) {
        let end = self.now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        let end = Timestamp::from_second(end.as_second()).unwrap_or(end);
        while let Some((at, id)) = self.next_due().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.step(id);
        }
        self.now = end;
    }

    /// What happens next, and to which subscription.
    fn next_due(&self) -> Option<(Timestamp, u64)> {
        self.subscriptions.iter().filter_map(|subscription| Some((due(subscription)?, subscription.id))).min()
    }

    fn step(&mut self, id: u64) {
        let Some(subscription) = self.subscription(id).cloned() else { return };
        match subscription.status.as_str() {
            "cancelled" => self.expire(id),
            "past_due" if !subscription.is_failing => self.recover(id),
            "past_due" => self.fail_again(&subscription),
            _ => self.renew(&subscription),
        }
    }

    pub(crate) fn pay(&mut self, reference: &str) -> Option<u64> {
        let checkout = self.checkouts.iter().find(|checkout| checkout.reference == reference)?.clone();
        if checkout.expires_at.is_some_and(|end| end <= self.now) {
            return None;
        }
        let (id, order, customer) = (self.next_id(), self.next_id(), self.next_id());
        let subscription = Subscription {
            id,
            store: self.config.store,
            order,
            customer,
            email: checkout.email,
            reference: checkout.reference,
            variant: checkout.variant,
            status: "active".to_owned(),
            pause: None,
            renews_at: month_after(self.now),
            ends_at: None,
            created_at: self.now,
            updated_at: self.now,
            is_test: self.config.is_test,
            is_failing: false,
            owed: None,
        };
        let price = self.price(checkout.variant)?;
        self.subscriptions.push(subscription.clone());
        self.charge(DocumentKind::Order, order, &subscription, "initial", "paid", price);
        let invoice = self.next_id();
        self.charge(DocumentKind::Invoice, invoice, &subscription, "initial", "paid", price);
        self.tell_document("order_created", DocumentKind::Order, order);
        self.tell_subscription("subscription_created", id);
        self.tell_document("subscription_payment_success", DocumentKind::Invoice, invoice);
        self.tell_subscription("subscription_updated", id);
        Some(id)
    }

    /// Writes a document.
    fn charge(
        &mut self,
        kind: DocumentKind,
        id: u64,
        of: &Subscription,
        reason: &'static str,
        status: &'static str,
        cents: i64,
    ) {
        self.documents.push(Document {
            kind,
            id,
            store: of.store,
            subscription: of.id,
            customer: of.customer,
            email: of.email.clone(),
            reason,
            status,
            subtotal: cents,
            tax: cents / 5,
            refunded: 0,
            refunded_at: None,
            created_at: self.now,
            updated_at: self.now,
            is_test: of.is_test,
        });
    }

    fn renew(&mut self, subscription: &Subscription) {
        let (id, invoice, now) = (subscription.id, self.next_id(), self.now);
        let price = self.price(subscription.variant).unwrap_or_default();
        let status = if subscription.is_failing { "pending" } else { "paid" };
        self.charge(DocumentKind::Invoice, invoice, subscription, "renewal", status, price);
        if subscription.is_failing {
            self.moved(id, "past_due", |subscription| subscription.owed = Some((now, 0)));
            self.tell_document("subscription_payment_failed", DocumentKind::Invoice, invoice);
        } else {
            self.moved(id, "active", |subscription| subscription.renews_at = month_after(subscription.renews_at));
            self.tell_document("subscription_payment_success", DocumentKind::Invoice, invoice);
        }
        self.tell_subscription("subscription_updated", id);
    }

    fn fail_again(&mut self, subscription: &Subscription) {
        let Some((first, tries)) = subscription.owed else { return };
        let (id, tries) = (subscription.id, tries + 1);
        let after = self.config.after_failures;
        let status = if tries < TRIES.len() { "past_due" } else { "unpaid" };
        self.moved(id, status, |subscription| subscription.owed = Some((first, tries)));
        if let Some(invoice) = self.owed_invoice(id) {
            self.tell_document("subscription_payment_failed", DocumentKind::Invoice, invoice);
        }
        if status == "unpaid" && after == AfterFailures::Expired {
            self.expire(id);
        } else {
            self.tell_subscription("subscription_updated", id);
        }
    }

    fn owed_invoice(&self, id: u64) -> Option<u64> {
        let owed = |document: &&Document| document.subscription == id && document.status == "pending";
        self.documents.iter().find(owed).map(|document| document.id)
    }

    fn expire(&mut self, id: u64) {
        let now = self.now;
        self.moved(id, "expired", |subscription| {
            subscription.ends_at.get_or_insert(now);
        });
        self.tell_subscription("subscription_expired", id);
        self.tell_subscription("subscription_updated", id);
    }

    pub(crate) fn recover(&mut self, id: u64) {
        self.change(id, |subscription| subscription.is_failing = false);
        let is_owing = |subscription: &Subscription| ["past_due", "unpaid"].contains(&subscription.status.as_str());
        if !self.subscription(id).is_some_and(is_owing) {
            return;
        }
        let (now, invoice) = (self.now, self.owed_invoice(id));
        self.moved(id, "active", |subscription| {
            subscription.owed = None;
            while subscription.renews_at <= now {
                subscription.renews_at = month_after(subscription.renews_at);
            }
        });
        if let Some(invoice) = invoice {
            self.mark(invoice, "paid");
            self.tell_document("subscription_payment_success", DocumentKind::Invoice, invoice);
            self.tell_document("subscription_payment_recovered", DocumentKind::Invoice, invoice);
        }
        self.tell_subscription("subscription_updated", id);
    }

    fn mark(&mut self, invoice: u64, status: &'static str) {
        let now = self.now;
        let is_it = |document: &&mut Document| document.kind == DocumentKind::Invoice && document.id == invoice;
        if let Some(document) = self.documents.iter_mut().find(is_it) {
            (document.status, document.updated_at) = (status, now);
        }
    }

    pub(crate) fn cancel(&mut self, id: u64) -> bool {
        let now = self.now;
        let running = |subscription: &Subscription| !["cancelled", "expired"].contains(&subscription.status.as_str());
        if !self.subscription(id).is_some_and(running) {
            return false;
        }
        self.moved(id, "cancelled", |subscription| {
            // What is owed is no time that was paid for.
            let is_owing = subscription.owed.take().is_some();
            subscription.ends_at = Some(if is_owing { now } else { subscription.renews_at.max(now) });
            subscription.pause = None;
        });
        self.tell_subscription("subscription_cancelled", id);
        self.tell_subscription("subscription_updated", id);
        true
    }

    pub(crate) fn resume(&mut self, id: u64) -> bool {
        let now = self.now;
        let may = |subscription: &Subscription| {
            subscription.status == "cancelled" && subscription.ends_at.is_some_and(|end| end > now)
        };
        if !self.subscription(id).is_some_and(may) {
            return false;
        }
        self.moved(id, "active", |subscription| subscription.ends_at = None);
        self.tell_subscription("subscription_resumed", id);
        self.tell_subscription("subscription_updated", id);
        true
    }

    pub(crate) fn pause(&mut self, id: u64, mode: &str) {
        self.moved(id, "paused", |subscription| subscription.pause = Some(mode.to_owned()));
        self.tell_subscription("subscription_paused", id);
        self.tell_subscription("subscription_updated", id);
    }

    pub(crate) fn unpause(&mut self, id: u64) {
        let now = self.now;
        self.moved(id, "active", |subscription| {
            subscription.pause = None;
            while subscription.renews_at <= now {
                subscription.renews_at = month_after(subscription.renews_at);
            }
        });
        self.tell_subscription("subscription_unpaused", id);
        self.tell_subscription("subscription_updated", id);
    }

    pub(crate) fn refund(&mut self, invoice: u64, cents: i64) {
        let now = self.now;
        let is_it = |document: &&mut Document| document.kind == DocumentKind::Invoice && document.id == invoice;
        let Some(document) = self.documents.iter_mut().find(is_it) else { return };
        document.refunded += cents;
        document.refunded_at = Some(now);
        document.updated_at = now;
        document.status = if document.refunded >= document.total() { "refunded" } else { "partial_refund" };
        self.tell_document("subscription_payment_refunded", DocumentKind::Invoice, invoice);
    }

    /// Changes what is bought; a dearer month is settled at once by its difference.
    pub(crate) fn change_variant(&mut self, id: u64, variant: u64) {
        let Some(before) = self.subscription(id).cloned() else { return };
        let more = self.price(variant).unwrap_or_default() - self.price(before.variant).unwrap_or_default();
        let status = before.status.clone();
        self.moved(id, &status, |subscription| subscription.variant = variant);
        if more > 0 {
            let invoice = self.next_id();
            self.charge(DocumentKind::Invoice, invoice, &before, "updated", "paid", more);
            self.tell_document("subscription_payment_success", DocumentKind::Invoice, invoice);
        }
        self.tell_subscription("subscription_plan_changed", id);
        self.tell_subscription("subscription_updated", id);
    }

    pub(crate) fn distort(&mut self, id: u64, how: impl FnOnce(&mut Subscription)) {
        let now = self.now;
        self.change(id, |subscription| {
            subscription.updated_at = now;
            how(subscription);
        });
        self.tell_subscription("subscription_updated", id);
    }

    fn moved(&mut self, id: u64, status: &str, how: impl FnOnce(&mut Subscription)) {
        let now = self.now;
        self.change(id, |subscription| {
            status.clone_into(&mut subscription.status);
            subscription.updated_at = now;
            how(subscription);
        });
    }
}

/// When something happens to it by itself.
fn due(subscription: &Subscription) -> Option<Timestamp> {
    match subscription.status.as_str() {
        "active" => Some(subscription.renews_at),
        "cancelled" => subscription.ends_at,
        "past_due" => {
            let (first, tries) = subscription.owed?;
            first.saturating_add(SignedDuration::from_hours(24 * TRIES.get(tries)?)).ok()
        }
        _ => None,
    }
}

fn month_after(moment: Timestamp) -> Timestamp {
    let next = TimeZone::UTC.to_datetime(moment).checked_add(1.month());
    next.and_then(|next| TimeZone::UTC.to_timestamp(next)).unwrap_or(Timestamp::MAX)
}
