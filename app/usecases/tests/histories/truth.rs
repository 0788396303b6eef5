//! What must hold once everything was asked for: we stand as the provider says, and hold its documents, each once.

use std::collections::BTreeSet;

use qualify_domain::{
    closing::Ending,
    ledger::{LedgerEntry, LedgerKind},
    plan::PlanCode,
    subscription::{Access, TRIAL},
};
use qualify_fake_provider::{Document, DocumentKind, Subscription};
use qualify_ports::storage::PlatformTask;
use qualify_usecases::BillingOverview;

use super::story::Story;

impl Story<'_> {
    /// Compares what is kept with what the provider says.
    pub async fn judge(&mut self) {
        let overview = self.world.app.billing.overview(&self.owner).await.unwrap();
        let mut faults = self.judge_subscription(&overview);
        faults.extend(self.judge_end(&overview));
        faults.extend(judge_ledger(&self.provider.bills(), &self.ledger().await));
        let waiting = self.world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NULL").await;
        if waiting > 0 {
            faults.push(format!("{waiting} webhooks still wait"));
        }
        self.faults.extend(faults);
    }

    /// How the subscription stands that counts, in one word; for the count of what was seen.
    pub fn end(&self) -> String {
        let Some(current) = self.current() else { return "none".to_owned() };
        current.pause.filter(|_| current.status == "paused").map_or(current.status, |mode| format!("paused {mode}"))
    }

    fn judge_subscription(&self, overview: &BillingOverview) -> Vec<String> {
        let kept = overview.subscription.as_ref().map(|kept| {
            let moments = (kept.renews_at, kept.ends_at, kept.created_at, kept.updated_at);
            (kept.id.to_string(), kept.customer.to_string(), kept.plan, kept.status.code().replace('_', " "), moments)
        });
        let said = self.current().map(|said| {
            let renews_at = Some(said.renews_at).filter(|_| said.status != "expired");
            let moments = (renews_at, said.ends_at, said.created_at, said.updated_at);
            (said.id.to_string(), said.customer.to_string(), plan(said.variant), self.end().replace('_', " "), moments)
        });
        if kept == said { Vec::new() } else { vec![format!("kept is {kept:?}, and the provider says {said:?}")] }
    }

    /// When what it was entitled to ended, as the provider says, and why.
    fn ended(&self) -> Option<(jiff::Timestamp, Ending)> {
        let now = self.now();
        match self.current() {
            None => Some((self.founded_at + TRIAL, Ending::Trial)).filter(|(end, _)| *end <= now),
            Some(said) if matches!(said.status.as_str(), "cancelled" | "expired") => {
                said.ends_at.filter(|end| *end <= now).map(|end| (end, Ending::Subscription))
            }
            Some(_) => None,
        }
    }

    fn judge_end(&self, overview: &BillingOverview) -> Vec<String> {
        let (ended, closing) = (self.ended(), overview.closing.map(|closing| (closing.closed_at, closing.ending)));
        let mut faults = Vec::new();
        if ended != closing {
            faults.push(format!("it is closed as {closing:?}, and has ended as {ended:?}"));
        }
        let access = match (self.current(), ended) {
            (None, None) => Access::Full,
            (None, Some(_)) => Access::ReadOnly,
            (Some(_), Some(_)) => Access::Locked,
            (Some(said), None) => entitled(&said),
        };
        if overview.standing.access != access || overview.standing.ended_at != ended.map(|ended| ended.0) {
            faults.push(format!("it stands as {:?}, and should as {access:?} {ended:?}", overview.standing));
        }
        faults
    }

    /// The whole ledger, in the order in which it was written.
    async fn ledger(&self) -> Vec<LedgerEntry> {
        let mut tx = self.world.ports.storage.platform(PlatformTask::ReadLedger).await.unwrap();
        let slice = tx.payments().ledger(None, 1_000).await.unwrap();
        assert!(slice.next.is_none(), "the ledger of one organization is short");
        slice.items.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// What a subscription that has not ended entitles to (BIL-7).
fn entitled(said: &Subscription) -> Access {
    match (said.status.as_str(), said.pause.as_deref()) {
        ("unpaid", _) | ("paused", Some("void")) => Access::ReadOnly,
        _ => Access::Full,
    }
}

fn plan(variant: u64) -> PlanCode {
    PlanCode::ALL[usize::try_from(variant - 101).unwrap()]
}

/// Each document of the provider that was paid stands in the ledger once, and what was given back of it by its sum; nothing else
/// does; and the money of an order, which is that of an invoice, is not counted.
fn judge_ledger(said: &[Document], kept: &[LedgerEntry]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in kept {
        let state = (entry.kind == LedgerKind::Refund).then_some(entry.amounts.refunded);
        if !seen.insert((entry.kind.code(), entry.id.clone(), state)) {
            faults.push(format!("twice in the ledger: {entry:?}"));
        }
        if !said.iter().any(|document| document.id.to_string() == entry.id.0) {
            faults.push(format!("nobody's in the ledger: {entry:?}"));
        }
    }
    let mut earned = 0;
    for document in said {
        let kind = match document.kind {
            DocumentKind::Order => LedgerKind::Order,
            DocumentKind::Invoice => LedgerKind::Invoice,
        };
        let of = |entry: &&LedgerEntry| entry.id.0 == document.id.to_string();
        let is_paid = !matches!(document.status, "pending" | "void");
        let entered: Vec<_> =
            kept.iter().filter(|entry| of(entry) && entry.kind == kind).map(|entry| entry.amounts.total).collect();
        let told: Vec<_> = is_paid.then(|| document.total()).into_iter().collect();
        if entered != told {
            faults.push(format!("{kind:?} {} is {told:?}, and in the ledger {entered:?}", document.id));
        }
        let back = kept.iter().filter(|entry| of(entry) && entry.kind == LedgerKind::Refund);
        let back: i64 = back.map(|entry| -entry.amounts.total).sum();
        if back != document.refunded {
            faults.push(format!("of {} were {} given back, and {back} in the ledger", document.id, document.refunded));
        }
        if is_paid && kind == LedgerKind::Invoice {
            earned += document.total() - document.refunded;
        }
    }
    let booked: i64 = kept.iter().map(LedgerEntry::booked).sum();
    if booked != earned {
        faults.push(format!("{earned} were earned, and {booked} booked"));
    }
    faults
}
