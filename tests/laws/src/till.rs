//! A payment provider for tests: it sells, changes and stays away as a test wants it to, and tells of it in a line of its own.

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

/// The reference of what another store sold.
pub const FOREIGN: &str = "foreign";

/// A subscription there.
#[derive(Clone, Debug)]
pub struct Sold {
    /// By what checkout it was begun.
    pub reference: String,
    /// Whose address paid for it.
    pub email: Email,
    /// How it stands.
    pub is: Fetched,
    /// Its invoices.
    pub bills: Vec<Bill>,
}

/// What it holds.
#[derive(Debug, Default)]
pub struct TillState {
    /// What was sold, the first first: `s1`, `s2` …
    pub sold: Vec<Sold>,
    /// What was asked for.
    pub asked: Vec<AskCheckout>,
    /// What was to be cancelled.
    pub cancelled: Vec<ProviderId>,
    /// Whether it does not answer.
    pub is_away: bool,
    /// Whether a checkout is paid as soon as it is asked for.
    sells: bool,
}

/// A payment provider.
#[derive(Debug, Default)]
pub struct Till(Mutex<TillState>);

impl Till {
    /// One at which a checkout is paid as soon as it is asked for.
    pub fn that_sells() -> Self {
        Self(Mutex::new(TillState { sells: true, ..TillState::default() }))
    }

    /// What it holds.
    pub fn open(&self) -> MutexGuard<'_, TillState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody pays at the checkout that was asked for last; tells which subscription begins.
    ///
    /// # Panics
    /// If none was.
    pub fn pay(&self, now: Timestamp) -> ProviderId {
        let mut state = self.open();
        let asked = state.asked.last().expect("a checkout").clone();
        let sold = sold(state.sold.len() + 1, asked, second(now));
        let id = sold.is.id.clone();
        state.sold.push(sold);
        id
    }

    /// Something changes of a subscription.
    ///
    /// # Panics
    /// If there is none of that id.
    pub fn change(&self, id: &ProviderId, now: Timestamp, change: impl FnOnce(&mut Sold)) {
        let mut state = self.open();
        let sold = state.sold.iter_mut().find(|sold| sold.is.id == *id).expect("a subscription");
        sold.is.updated_at = second(now);
        change(sold);
    }

    /// How it tells that something happened to a subscription: the number of the webhook, and the subscription. It comes with the
    /// reference of the checkout.
    pub fn told(number: u32, id: &str) -> String {
        format!("{number}|{id}")
    }

    /// The same with that for a reference, none if it is empty; [`FOREIGN`] for what is of another store.
    pub fn told_of(number: u32, id: &ProviderId, reference: &str) -> String {
        format!("{number}|{id}|{reference}")
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

fn sold(number: usize, asked: AskCheckout, now: Timestamp) -> Sold {
    let is = Fetched {
        id: ProviderId(format!("s{number}")),
        customer: ProviderId(format!("c{number}")),
        order: ProviderId(format!("o{number}")),
        plan: Some(asked.plan),
        status: Some(Status::Active),
        trial_ends_at: None,
        renews_at: None,
        ends_at: None,
        created_at: now,
        updated_at: now,
    };
    Sold { reference: asked.reference, email: asked.email, bills: vec![bill(&is, 1, 4_900)], is }
}

/// An invoice of a subscription: its number there, and the amount in cents.
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

/// A provider's times have no finer grain.
fn second(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

fn link(path: &str) -> Result<PaymentLink, BillingError> {
    format!("https://pay.example/{path}?signature=s").parse().map_err(|_| BillingError::Refused("no link".to_owned()))
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

    fn read(&self, signature: Option<&str>, body: &[u8]) -> Result<Hint, HintError> {
        if signature != Some("good") {
            return Err(HintError::NotSigned);
        }
        let text = std::str::from_utf8(body).map_err(|_| HintError::Malformed)?;
        let mut parts = text.split('|');
        let (Some(key), Some(id), reference) = (parts.next(), parts.next(), parts.next()) else {
            return Err(HintError::Malformed);
        };
        let state = self.open();
        let sold = state.sold.iter().find(|sold| sold.is.id.0 == id);
        let reference = reference.map_or_else(|| sold.map(|sold| sold.reference.clone()), |told| Some(told.to_owned()));
        Ok(Hint {
            key: key.to_owned(),
            event: "subscription_updated".to_owned(),
            subscription: Some(ProviderId(id.to_owned())),
            order: None,
            invoice: None,
            is_foreign: reference.as_deref() == Some(FOREIGN),
            reference: reference.filter(|told| !told.is_empty()),
            told: sold.map(|sold| sold.is.clone()),
        })
    }

    async fn check_out(&self, checkout: &AskCheckout) -> Result<PaymentLink, BillingError> {
        let mut state = self.open();
        if state.is_away {
            return Err(BillingError::Unavailable("away".into()));
        }
        state.asked.push(checkout.clone());
        if state.sells {
            let begun = checkout.expires_at - qualify_domain::subscription::Checkout::OPEN;
            let sold = sold(state.sold.len() + 1, checkout.clone(), second(begun));
            state.sold.push(sold);
        }
        link("checkout")
    }

    async fn subscription(&self, id: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        self.find(id, |sold| sold.is.clone())
    }

    async fn subscriptions_of(&self, email: &Email, since: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        let state = self.open();
        if state.is_away {
            return Err(BillingError::Unavailable("away".into()));
        }
        let of = |sold: &&Sold| sold.email == *email && sold.is.created_at >= since;
        Ok(state.sold.iter().filter(of).map(|sold| sold.is.clone()).collect())
    }

    async fn bills(&self, subscription: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        Ok(self.find(subscription, |sold| sold.bills.clone())?.unwrap_or_default())
    }

    async fn document(&self, bill: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        link(&bill.id.0).map(Some)
    }

    async fn place(&self, subscription: &ProviderId, place: Place) -> Result<PaymentLink, BillingError> {
        let place = match place {
            Place::Portal => "portal",
            Place::Card => "card",
        };
        self.must(subscription, |sold| link(&format!("{}/{place}", sold.is.id)))?
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
            sold.is.ends_at = sold.is.renews_at.or(Some(sold.is.updated_at));
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
