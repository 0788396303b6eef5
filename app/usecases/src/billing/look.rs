use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Permission},
    deadline::paris_month,
    ledger::{LedgerEntry, LedgerKind},
    plan::PlanCode,
    subscription::{Checkout, PaymentLink, ProviderId, TRIAL},
};
use qualify_ports::{
    billing::Place,
    storage::{LedgerPlace, Slice},
};

use super::{BillingOverview, standing};
use crate::{Broken, Error};

/// So many entries of the ledger stand on a page.
const PAGE: u16 = 50;

impl super::Billing {
    /// What the organization subscribed to, and what it uses.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] where nobody pays.
    pub async fn overview(&self, actor: &Actor) -> Result<BillingOverview, Error> {
        let scope = actor.permit(Permission::ReadBilling)?;
        self.require_billed()?;
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope).await?;
        let record = tx.billing().record().await?;
        let trial_ends_at = match &record {
            Some(record) => record.trial_ends_at,
            None => tx.billing().founded_at().await?.saturating_add(TRIAL).unwrap_or(now),
        };
        let usage = tx.billing().usage(paris_month(now)).await?;
        let closing = tx.organizations().closing().await?;
        let day_ago = now.saturating_sub(Checkout::OPEN).unwrap_or(now);
        let checkouts = tx.billing().checkouts(day_ago).await?;
        let subscription = record.as_ref().and_then(|record| record.subscription.clone());
        let heard_at = subscription.as_ref().map(|subscription| subscription.created_at);
        // The provider's times are whole seconds.
        let is_unheard = |checkout: &Checkout| {
            heard_at.is_none_or(|heard| {
                heard.saturating_add(SignedDuration::from_secs(1)).is_ok_and(|at| at < checkout.created_at)
            })
        };
        Ok(BillingOverview {
            standing: standing(true, record.map(|record| record.grounds()), now),
            trial_ends_at,
            usage,
            plans: self.plans(),
            closing,
            is_awaited: checkouts.iter().any(is_unheard),
            subscription,
        })
    }

    /// What can be bought, the smallest first.
    pub(super) fn plans(&self) -> Vec<PlanCode> {
        let mut plans = self.payments.provider.plans();
        plans.sort_unstable();
        plans
    }

    /// What was paid, the latest first, so many at a time; `after` continues a list.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] where nobody pays.
    pub async fn bills(
        &self,
        actor: &Actor,
        after: Option<LedgerPlace>,
    ) -> Result<Slice<LedgerEntry, LedgerPlace>, Error> {
        let scope = actor.permit(Permission::ReadBilling)?;
        self.require_billed()?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.billing().ledger(after.as_ref(), PAGE).await?)
    }

    /// Where the document of one of the organization's invoices can be read now (BIL-8).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it has none of that id; [`Broken::ProviderAway`].
    pub async fn document(&self, actor: &Actor, invoice: &ProviderId) -> Result<PaymentLink, Error> {
        let scope = actor.permit(Permission::ManageBilling)?;
        self.require_billed()?;
        let mut tx = self.storage.tenant(&scope).await?;
        let record = tx.billing().record().await?.ok_or(Error::NotFound("invoice"))?;
        drop(tx);
        let current = record.subscription.map(|subscription| subscription.id);
        // Only what hangs on the organization's own subscriptions is asked for.
        for id in current.into_iter().chain(record.earlier) {
            let bills = self.payments.provider.bills(&id).await?;
            if let Some(bill) = bills.iter().find(|bill| bill.kind == LedgerKind::Invoice && bill.id == *invoice) {
                return self.payments.provider.document(bill).await?.ok_or(Error::NotFound("invoice"));
            }
        }
        Err(Error::NotFound("invoice"))
    }

    /// Where the provider shows the subscription, or takes another card, now (BIL-8).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::NoSubscription`]; [`Broken::ProviderAway`].
    pub async fn place(&self, actor: &Actor, place: Place) -> Result<PaymentLink, Error> {
        let scope = actor.permit(Permission::ManageBilling)?;
        self.require_billed()?;
        let mut tx = self.storage.tenant(&scope).await?;
        let subscription = tx.billing().record().await?.and_then(|record| record.subscription);
        drop(tx);
        let subscription = subscription.ok_or(Broken::NoSubscription)?;
        Ok(self.payments.provider.place(&subscription.id, place).await?)
    }
}
