//! The provider's documents, as far as they are read: names, addresses and cards are in none of these (DAT-5).

use jiff::Timestamp;
use qualify_domain::{
    ledger::{Amounts, Bill, LedgerKind},
    plan::PlanCode,
    subscription::{Fetched, Pause, ProviderId, Status},
};
use serde::{Deserialize, Deserializer, de::Error};

use crate::Shop;

/// A document about one thing.
#[derive(Deserialize)]
pub(crate) struct One<T> {
    pub(crate) data: Thing<T>,
}

/// One page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<Thing<T>>,
    #[serde(default)]
    pub(crate) meta: PageMeta,
}

/// Where in its list a page is.
#[derive(Default, Deserialize)]
pub(crate) struct PageMeta {
    #[serde(default)]
    pub(crate) page: Numbers,
}

/// How many pages there are.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Numbers {
    #[serde(default)]
    pub(crate) last_page: u32,
}

/// A thing and its id.
#[derive(Deserialize)]
pub(crate) struct Thing<T> {
    #[serde(deserialize_with = "id")]
    pub(crate) id: ProviderId,
    pub(crate) attributes: T,
}

/// A subscription.
#[derive(Deserialize)]
pub(crate) struct SubscriptionFields {
    store_id: u64,
    #[serde(deserialize_with = "id")]
    customer_id: ProviderId,
    #[serde(deserialize_with = "id")]
    pub(crate) order_id: ProviderId,
    variant_id: u64,
    status: String,
    pause: Option<PauseFields>,
    trial_ends_at: Option<Timestamp>,
    renews_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    test_mode: bool,
}

#[derive(Deserialize)]
struct PauseFields {
    mode: String,
}

/// An order, or an invoice of a subscription.
#[derive(Deserialize)]
pub(crate) struct BillFields {
    store_id: u64,
    #[serde(deserialize_with = "id")]
    customer_id: ProviderId,
    currency: String,
    currency_rate: Rate,
    subtotal: i64,
    #[serde(default)]
    discount_total: i64,
    tax: i64,
    tax_name: Option<String>,
    tax_rate: Option<Rate>,
    #[serde(default)]
    tax_inclusive: bool,
    total: i64,
    #[serde(default)]
    refunded_amount: Option<i64>,
    status: String,
    refunded_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    test_mode: bool,
}

/// A rate, which the provider writes as a text or as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rate {
    Text(String),
    Number(serde_json::Number),
}

/// Where things of the provider can be seen: read on click, and kept nowhere (BIL-8).
#[derive(Default, Deserialize)]
pub(crate) struct Links {
    #[serde(default)]
    pub(crate) customer_portal: Option<String>,
    #[serde(default)]
    pub(crate) update_payment_method: Option<String>,
    #[serde(default)]
    pub(crate) invoice_url: Option<String>,
    #[serde(default)]
    pub(crate) receipt: Option<String>,
}

/// The links of anything of ours.
#[derive(Deserialize)]
pub(crate) struct Linked {
    pub(crate) store_id: u64,
    pub(crate) test_mode: bool,
    #[serde(default)]
    pub(crate) urls: Links,
}

/// A checkout.
#[derive(Deserialize)]
pub(crate) struct CheckoutFields {
    pub(crate) url: String,
}

/// An id as the provider writes it, as a text or as a number. It goes into paths, and so it is plain.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ProviderId, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    id_of(&value).ok_or_else(|| D::Error::custom("no id"))
}

/// The id that is written so.
pub(crate) fn id_of(value: &serde_json::Value) -> Option<ProviderId> {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.as_u64()?.to_string(),
        _ => return None,
    };
    is_id(&text).then_some(ProviderId(text))
}

/// Whether the provider could have given such an id.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-')
}

impl Rate {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Thing<SubscriptionFields> {
    /// The subscription, if it is of that shop.
    pub(crate) fn fetched(self, shop: &Shop) -> Option<Fetched> {
        let fields = self.attributes;
        shop.owns(fields.store_id, fields.test_mode).then(|| Fetched {
            id: self.id,
            customer: fields.customer_id,
            order: fields.order_id,
            plan: shop.plan(fields.variant_id),
            status: status(&fields.status, fields.pause.as_ref()),
            trial_ends_at: fields.trial_ends_at,
            renews_at: fields.renews_at,
            ends_at: fields.ends_at,
            created_at: fields.created_at,
            updated_at: fields.updated_at,
        })
    }
}

impl Thing<BillFields> {
    /// The document, if it is of that shop.
    pub(crate) fn bill(self, kind: LedgerKind, subscription: &ProviderId, shop: &Shop) -> Option<Bill> {
        let fields = self.attributes;
        shop.owns(fields.store_id, fields.test_mode).then(|| Bill {
            kind,
            id: self.id,
            subscription: Some(subscription.clone()),
            customer: fields.customer_id,
            status: fields.status,
            amounts: Amounts {
                currency: fields.currency,
                currency_rate: fields.currency_rate.text(),
                subtotal: fields.subtotal,
                discount: fields.discount_total,
                tax: fields.tax,
                tax_name: fields.tax_name.filter(|name| !name.is_empty()),
                tax_rate: fields.tax_rate.map(Rate::text).filter(|rate| !rate.is_empty()),
                tax_inclusive: fields.tax_inclusive,
                total: fields.total,
                refunded: fields.refunded_amount.unwrap_or_default(),
            },
            issued_at: fields.created_at,
            refunded_at: fields.refunded_at,
            updated_at: fields.updated_at,
            is_test: fields.test_mode,
        })
    }
}

fn status(word: &str, pause: Option<&PauseFields>) -> Option<Status> {
    match (word, pause.map(|pause| pause.mode.as_str())) {
        ("on_trial", _) => Some(Status::OnTrial),
        ("active", _) => Some(Status::Active),
        ("paused", Some("free")) => Some(Status::Paused(Pause::Free)),
        ("paused", Some("void")) => Some(Status::Paused(Pause::Void)),
        ("past_due", _) => Some(Status::PastDue),
        ("unpaid", _) => Some(Status::Unpaid),
        ("cancelled", _) => Some(Status::Cancelled),
        ("expired", _) => Some(Status::Expired),
        _ => None,
    }
}

impl Shop {
    /// Whether what says so of itself is of this shop (BIL-6).
    pub(crate) const fn owns(&self, store: u64, is_test: bool) -> bool {
        self.store == store && self.is_test == is_test
    }

    fn plan(&self, variant: u64) -> Option<PlanCode> {
        self.variants.iter().find(|known| known.1 == variant).map(|known| known.0)
    }

    /// The variant that is sold for that plan.
    pub(crate) fn variant(&self, plan: PlanCode) -> Option<u64> {
        self.variants.iter().find(|known| known.0 == plan).map(|known| known.1)
    }
}
