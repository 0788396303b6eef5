//! Nobody pays here: whoever hosts the product for themselves has everything.

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

/// Nobody pays here.
pub const BILLING: Adapter<dyn Billing> = Adapter { name: "none", keys: &[], build: |_| Ok(Arc::new(Unbilled)) };

/// Nobody pays here.
#[derive(Clone, Copy, Debug)]
pub struct Unbilled;

fn refused() -> BillingError {
    BillingError::Refused("nobody pays here".to_owned())
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
        Err(refused())
    }

    async fn subscription(&self, _id: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        Err(refused())
    }

    async fn subscriptions_of(&self, _email: &Email, _since: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        Err(refused())
    }

    async fn bills(&self, _subscription: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        Err(refused())
    }

    async fn document(&self, _bill: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        Err(refused())
    }

    async fn place(&self, _subscription: &ProviderId, _place: Place) -> Result<PaymentLink, BillingError> {
        Err(refused())
    }

    async fn change_plan(&self, _subscription: &ProviderId, _plan: PlanCode) -> Result<Fetched, BillingError> {
        Err(refused())
    }

    async fn cancel(&self, _subscription: &ProviderId) -> Result<Fetched, BillingError> {
        Err(refused())
    }

    async fn resume(&self, _subscription: &ProviderId) -> Result<Fetched, BillingError> {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_pays_and_nothing_is_taken() {
        let id = ProviderId("1".to_owned());
        assert!(!Unbilled.is_billed() && Unbilled.plans().is_empty() && Unbilled.key_expires_at().is_none());
        assert!(matches!(Unbilled.read(None, b"{}"), Err(HintError::NotHere)));
        assert!(matches!(Unbilled.subscription(&id).await, Err(BillingError::Refused(_))));
        assert!(matches!(Unbilled.cancel(&id).await, Err(BillingError::Refused(_))));
    }
}
