//! Whoever is not billed is asked for nothing.

use qualify_domain::{plan::PlanCode, subscription::ProviderId};
use qualify_ports::billing::{Billing, BillingError, HintError};
use qualify_unbilled::Unbilled;

#[tokio::test]
async fn who_is_not_billed_has_nothing_to_choose_to_pay_or_to_hear() {
    assert!(!Unbilled.is_billed());
    assert!(Unbilled.plans().is_empty());
    assert!(matches!(Unbilled.read(Some("00"), b"{}"), Err(HintError::NotHere)));
    let id = ProviderId("1".to_owned());
    assert!(matches!(Unbilled.subscription(&id).await, Ok(None)));
    assert!(matches!(Unbilled.cancel(&id).await, Err(BillingError::Refused(_))));
    assert!(matches!(Unbilled.change_plan(&id, PlanCode::Solo).await, Err(BillingError::Refused(_))));
}
