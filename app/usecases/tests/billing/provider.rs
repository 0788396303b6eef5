//! The provider's side, as a test moves it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    ledger::{Amounts, Bill, LedgerKind},
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId, Status},
    text::Email,
};
use qualify_ports::billing::{AskCheckout, Billing, BillingError, Hint, HintError, Place};

/// A subscription there, and whose address paid for it.
pub struct Sold {
    pub email: Email,
    pub is: Fetched,
    pub bills: Vec<Bill>,
}

#[derive(Default)]
pub struct State {
    pub sold: Vec<Sold>,
    pub asked: Vec<AskCheckout>,
    pub cancelled: Vec<ProviderId>,
    pub is_away: bool,
}

/// A provider whose clock and moods are the test's.
#[derive(Default)]
pub struct Provider(Mutex<State>);

impl Provider {
    pub fn open(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody pays at the checkout that was asked for last; tells the subscription's id.
    pub fn pay(&self, now: Timestamp) -> ProviderId {
        let mut state = self.open();
        let asked = state.asked.last().unwrap().clone();
        let number = state.sold.len() + 1;
        let id = ProviderId(format!("s{number}"));
        let is = Fetched {
            id: id.clone(),
            customer: ProviderId(format!("c{number}")),
            order: ProviderId(format!("o{number}")),
            plan: Some(asked.plan),
            status: Some(Status::Active),
            trial_ends_at: None,
            renews_at: None,
            ends_at: None,
            created_at: second(now),
            updated_at: second(now),
        };
        state.sold.push(Sold { email: asked.email, bills: vec![bill(&is, 1, 4_900)], is });
        id
    }

    /// Something changes there.
    pub fn change(&self, id: &ProviderId, now: Timestamp, change: impl FnOnce(&mut Sold)) {
        let mut state = self.open();
        let sold = state.sold.iter_mut().find(|sold| sold.is.id == *id).unwrap();
        sold.is.updated_at = second(now);
        change(sold);
    }

    fn find<T>(&self, id: &ProviderId, look: impl FnOnce(&mut Sold) -> T) -> Result<Option<T>, BillingError> {
        let mut state = self.open();
        if state.is_away {
            return Err(BillingError::Unavailable("away".into()));
        }
        Ok(state.sold.iter_mut().find(|sold| sold.is.id == *id).map(look))
    }

    fn must<T>(&self, id: &ProviderId, look: impl FnOnce(&mut Sold) -> T) -> Result<T, BillingError> {
        self.find(id, look)?.ok_or_else(|| BillingError::Refused("unknown".to_owned()))
    }
}

/// The provider's times have no finer grain.
fn second(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap()
}

/// An invoice of a subscription.
pub fn bill(of: &Fetched, number: u32, total: i64) -> Bill {
    Bill {
        kind: LedgerKind::Invoice,
        id: ProviderId(format!("i{number}-{}", of.id)),
        subscription: Some(of.id.clone()),
        customer: of.customer.clone(),
        status: "paid".to_owned(),
        amounts: Amounts {
            currency: "EUR".to_owned(),
            currency_rate: "1.08".to_owned(),
            subtotal: total,
            discount: 0,
            tax: 0,
            tax_name: None,
            tax_rate: None,
            tax_inclusive: false,
            total,
            refunded: 0,
        },
        issued_at: of.updated_at,
        refunded_at: None,
        updated_at: of.updated_at,
        is_test: false,
    }
}

/// A webhook as this provider sends it: its number, the subscription, and the checkout's reference.
pub fn told(number: u32, id: &ProviderId, reference: &str) -> Vec<u8> {
    format!("{number}|{id}|{reference}").into_bytes()
}

#[async_trait]
impl Billing for Provider {
    fn is_billed(&self) -> bool {
        true
    }

    fn plans(&self) -> Vec<PlanCode> {
        PlanCode::ALL.to_vec()
    }

    fn key_expires_at(&self) -> Option<Timestamp> {
        None
    }

    fn read(&self, signature: Option<&str>, body: &[u8]) -> Result<Hint, HintError> {
        if signature != Some("good") {
            return Err(HintError::NotSigned);
        }
        let text = std::str::from_utf8(body).map_err(|_| HintError::Malformed)?;
        let [key, id, reference] = text.split('|').collect::<Vec<_>>()[..] else { return Err(HintError::Malformed) };
        let told = self.open().sold.iter().find(|sold| sold.is.id.0 == id).map(|sold| sold.is.clone());
        Ok(Hint {
            key: key.to_owned(),
            event: "subscription_updated".to_owned(),
            subscription: Some(ProviderId(id.to_owned())),
            order: None,
            invoice: None,
            reference: (!reference.is_empty()).then(|| reference.to_owned()),
            is_foreign: reference == "foreign",
            told,
        })
    }

    async fn check_out(&self, checkout: &AskCheckout) -> Result<PaymentLink, BillingError> {
        self.open().asked.push(checkout.clone());
        "https://pay.example/checkout".parse().map_err(|_| BillingError::Refused("no link".to_owned()))
    }

    async fn subscription(&self, id: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        self.find(id, |sold| sold.is.clone())
    }

    async fn subscriptions_of(&self, email: &Email, since: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        let state = self.open();
        let of = |sold: &&Sold| sold.email == *email && sold.is.created_at >= since;
        Ok(state.sold.iter().filter(of).map(|sold| sold.is.clone()).collect())
    }

    async fn bills(&self, subscription: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        Ok(self.find(subscription, |sold| sold.bills.clone())?.unwrap_or_default())
    }

    async fn document(&self, bill: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        Ok(format!("https://pay.example/{}", bill.id).parse().ok())
    }

    async fn place(&self, subscription: &ProviderId, place: Place) -> Result<PaymentLink, BillingError> {
        let link = format!("https://pay.example/{subscription}/{place:?}");
        link.parse().map_err(|_| BillingError::Refused("no link".to_owned()))
    }

    async fn change_plan(&self, subscription: &ProviderId, plan: PlanCode) -> Result<Fetched, BillingError> {
        self.must(subscription, |sold| {
            sold.is.plan = Some(plan);
            sold.is.clone()
        })
    }

    async fn cancel(&self, subscription: &ProviderId) -> Result<Fetched, BillingError> {
        self.open().cancelled.push(subscription.clone());
        self.must(subscription, |sold| {
            sold.is.status = Some(Status::Cancelled);
            sold.is.ends_at = Some(sold.is.updated_at);
            sold.is.clone()
        })
    }

    async fn resume(&self, subscription: &ProviderId) -> Result<Fetched, BillingError> {
        self.must(subscription, |sold| {
            sold.is.status = Some(Status::Active);
            sold.is.ends_at = None;
            sold.is.clone()
        })
    }
}
