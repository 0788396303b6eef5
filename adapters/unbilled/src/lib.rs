//! Nobody pays here: for whoever hosts the product for themselves. Everything is entitled, no trial runs, and no network is
//! spoken to.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    ledger::Bill,
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId},
    text::Email,
};
use qualify_ports::{
    billing::{AskCheckout, Billing, BillingError, Hint, HintError, Place},
    plugin::Adapter,
};

/// Lets nobody pay.
pub const BILLING: Adapter<dyn Billing> = Adapter { name: "none", keys: &[], build: |_| Ok(Arc::new(Unbilled)) };

/// Nobody to pay.
#[derive(Clone, Copy, Debug)]
pub struct Unbilled;

fn refused<T>() -> Result<T, BillingError> {
    Err(BillingError::Refused("nobody pays here".to_owned()))
}

#[async_trait]
impl Billing for Unbilled {
    fn is_billed(&self) -> bool {
        false
    }

    fn plans(&self) -> Vec<PlanCode> {
        Vec::new()
    }

    fn key_expires_at(&self) -> Option<Timestamp> {
        None
    }

    fn read(&self, _signature: Option<&str>, _body: &[u8]) -> Result<Hint, HintError> {
        Err(HintError::NotHere)
    }

    async fn check_out(&self, _checkout: &AskCheckout) -> Result<PaymentLink, BillingError> {
        refused()
    }

    async fn subscription(&self, _id: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        Ok(None)
    }

    async fn subscriptions_of(&self, _email: &Email, _since: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        Ok(Vec::new())
    }

    async fn bills(&self, _subscription: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        Ok(Vec::new())
    }

    async fn document(&self, _bill: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        Ok(None)
    }

    async fn place(&self, _subscription: &ProviderId, _place: Place) -> Result<PaymentLink, BillingError> {
        refused()
    }

    async fn change_plan(&self, _subscription: &ProviderId, _plan: PlanCode) -> Result<Fetched, BillingError> {
        refused()
    }

    async fn cancel(&self, _subscription: &ProviderId) -> Result<Fetched, BillingError> {
        refused()
    }

    async fn resume(&self, _subscription: &ProviderId) -> Result<Fetched, BillingError> {
        refused()
    }
}
