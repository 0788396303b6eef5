//! A till at which nobody is served.

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    ledger::Bill,
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId},
    text::Email,
};
use qualify_ports::billing::{AskCheckout, Billing, BillingError, Hint, HintError, Place};

/// There is somebody to pay, who is not asked for anything.
pub struct Till;

fn refused<T>() -> Result<T, BillingError> {
    Err(BillingError::Refused("nobody asks here".to_owned()))
}

#[async_trait]
impl Billing for Till {
    fn is_billed(&self) -> bool {
        true
    }

    fn plans(&self) -> Vec<PlanCode> {
        PlanCode::ALL.to_vec()
    }

    fn key_expires_at(&self) -> Option<Timestamp> {
        None
    }

    fn read(&self, _: Option<&str>, _: &[u8]) -> Result<Hint, HintError> {
        Err(HintError::NotHere)
    }

    async fn check_out(&self, _: &AskCheckout) -> Result<PaymentLink, BillingError> {
        refused()
    }

    async fn subscription(&self, _: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        refused()
    }

    async fn subscriptions_of(&self, _: &Email, _: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        refused()
    }

    async fn bills(&self, _: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        refused()
    }

    async fn document(&self, _: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        refused()
    }

    async fn place(&self, _: &ProviderId, _: Place) -> Result<PaymentLink, BillingError> {
        refused()
    }

    async fn change_plan(&self, _: &ProviderId, _: PlanCode) -> Result<Fetched, BillingError> {
        refused()
    }

    async fn cancel(&self, _: &ProviderId) -> Result<Fetched, BillingError> {
        refused()
    }

    async fn resume(&self, _: &ProviderId) -> Result<Fetched, BillingError> {
        refused()
    }
}
