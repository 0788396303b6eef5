//! Organizations pay at Lemon Squeezy, over its JSON:API.
//!
//! Of its answers only what is named in [`wire`] is read: no name, no address, no card (DAT-5). Whatever is not of our store and
//! mode is not there (BIL-6). A page that the API did not write, such as one of something in between, says nothing.

mod answer;
mod connection;
mod hint;
mod pace;
mod set_up;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use form_urlencoded::Serializer;
use http_body_util::Full;
use hyper::{
    Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
};
use jiff::Timestamp;
use qualify_domain::{
    ledger::{Bill, LedgerKind},
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId, Status},
    text::Email,
};
use qualify_ports::{
    billing::{AskCheckout, Billing, BillingError, Hint, HintError, Place},
    plugin::Adapter,
};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::{
    answer::{Answer, judged, not_understood},
    connection::{Endpoint, PATIENCE},
    pace::Pace,
    wire::{BillFields, CheckoutFields, Linked, Links, One, Page, SubscriptionFields, Thing, is_id},
};

/// Organizations pay at Lemon Squeezy.
pub const BILLING: Adapter<dyn Billing> = Adapter {
    name: "lemonsqueezy",
    keys: set_up::KEYS,
    build: |settings| Ok(Arc::new(LemonSqueezy::build(&settings)?)),
};

/// A list that goes on for longer is none of ours.
const MOST_PAGES: u32 = 100;
/// How both sides call what they say.
const JSON_API: &str = "application/vnd.api+json";

/// Organizations pay at Lemon Squeezy.
pub struct LemonSqueezy {
    endpoint: Endpoint,
    pace: Pace,
    authorization: HeaderValue,
    key_expires_at: Option<Timestamp>,
    webhook_secret: SecretString,
    shop: Shop,
}

/// What is sold, and where.
pub(crate) struct Shop {
    store: u64,
    /// Which variant is for which plan, the smallest plan first.
    variants: Vec<(PlanCode, u64)>,
    is_test: bool,
}

/// A list goes on and on.
#[derive(Debug, thiserror::Error)]
#[error("a list has more than {MOST_PAGES} pages")]
struct Endless;

impl LemonSqueezy {
    /// Asks, within our pace and the time there is for a call.
    async fn ask(&self, method: Method, target: &str, body: Option<Value>) -> Result<Answer, BillingError> {
        let now = Instant::now();
        let until = now + PATIENCE;
        let turn = self.pace.take(now, PATIENCE / 2).map_err(BillingError::TooOften)?;
        sleep_until(turn).await;
        let request = self.request(&method, target, body).map_err(not_understood)?;
        let answered = timeout_at(until, self.endpoint.ask(request)).await;
        let answered = answered.map_err(|late| BillingError::Unavailable(late.into()))?;
        judged(answered.map_err(BillingError::Unavailable)?)
    }

    fn request(
        &self,
        method: &Method,
        target: &str,
        body: Option<Value>,
    ) -> Result<Request<Full<hyper::body::Bytes>>, hyper::http::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(HOST, &self.endpoint.authority)
            .header(USER_AGENT, "Qualify-CRM")
            .header(ACCEPT, JSON_API)
            .header(AUTHORIZATION, &self.authorization)
            .header(CONNECTION, "close");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, JSON_API).header(CONTENT_LENGTH, body.len());
        }
        request.body(Full::new(body.into()))
    }

    /// One document; none if there is none.
    async fn document_at<T: DeserializeOwned>(&self, target: &str) -> Result<Option<Thing<T>>, BillingError> {
        one(self.ask(Method::GET, target, None).await?)
    }

    /// All of a list, in the provider's order.
    async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        filters: &[(&str, &str)],
    ) -> Result<Vec<Thing<T>>, BillingError> {
        let mut all = Vec::new();
        for number in 1..=MOST_PAGES {
            let target = page_of(path, filters, number);
            let Answer::Here(bytes) = self.ask(Method::GET, &target, None).await? else { return Ok(all) };
            let page: Page<T> = serde_json::from_slice(&bytes).map_err(not_understood)?;
            let is_last = page.data.is_empty() || page.meta.page.last_page <= number;
            all.extend(page.data);
            if is_last {
                return Ok(all);
            }
        }
        Err(not_understood(Endless))
    }

    /// Changes a subscription of ours, and tells how it stands then.
    async fn change(&self, method: Method, id: &ProviderId, fields: Option<Value>) -> Result<Fetched, BillingError> {
        let target = format!("/v1/subscriptions/{}", path_of(id).ok_or_else(missing)?);
        let body = fields.map(|fields| json!({"data": {"type": "subscriptions", "id": id.0, "attributes": fields}}));
        let thing = one::<SubscriptionFields>(self.ask(method, &target, body).await?)?;
        thing.and_then(|thing| thing.fetched(&self.shop)).ok_or_else(missing)
    }

    async fn links(&self, target: &str) -> Result<Option<Links>, BillingError> {
        let thing = self.document_at::<Linked>(target).await?.map(|thing| thing.attributes);
        Ok(thing.filter(|linked| self.shop.owns(linked.store_id, linked.test_mode)).map(|linked| linked.urls))
    }
}

fn one<T: DeserializeOwned>(answer: Answer) -> Result<Option<Thing<T>>, BillingError> {
    match answer {
        Answer::Here(bytes) => {
            serde_json::from_slice::<One<T>>(&bytes).map(|one| Some(one.data)).map_err(not_understood)
        }
        Answer::Missing => Ok(None),
    }
}

/// Where that page of a list is.
fn page_of(path: &str, filters: &[(&str, &str)], number: u32) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(filters).append_pair("page[number]", &number.to_string()).append_pair("page[size]", "100");
    format!("{path}?{}", query.finish())
}

/// The id, if it can stand in a path.
fn path_of(id: &ProviderId) -> Option<&str> {
    Some(id.0.as_str()).filter(|text| is_id(text))
}

fn missing() -> BillingError {
    BillingError::Refused("there is no such thing in the store".to_owned())
}

fn link(text: Option<String>) -> Result<Option<PaymentLink>, BillingError> {
    text.map(|text| text.parse().map_err(not_understood)).transpose()
}

#[async_trait]
impl Billing for LemonSqueezy {
    fn is_billed(&self) -> bool {
        true
    }

    fn plans(&self) -> Vec<PlanCode> {
        self.shop.variants.iter().map(|known| known.0).collect()
    }

    fn key_expires_at(&self) -> Option<Timestamp> {
        self.key_expires_at
    }

    fn read(&self, signature: Option<&str>, body: &[u8]) -> Result<Hint, HintError> {
        hint::read(&self.webhook_secret, &self.shop, signature, body)
    }

    async fn check_out(&self, checkout: &AskCheckout) -> Result<PaymentLink, BillingError> {
        let variant = self.shop.variant(checkout.plan);
        let variant = variant.ok_or_else(|| BillingError::Refused("the plan is not sold".to_owned()))?;
        let body = json!({"data": {
            "type": "checkouts",
            "attributes": {
                "product_options": {"redirect_url": checkout.return_to, "enabled_variants": [variant]},
                "checkout_data": {"email": &*checkout.email, "custom": {"reference": checkout.reference}},
                "checkout_options": {"locale": checkout.language.code()},
                "expires_at": checkout.expires_at.to_string(),
                "test_mode": self.shop.is_test,
            },
            "relationships": {
                "store": {"data": {"type": "stores", "id": self.shop.store.to_string()}},
                "variant": {"data": {"type": "variants", "id": variant.to_string()}},
            },
        }});
        let made = one::<CheckoutFields>(self.ask(Method::POST, "/v1/checkouts", Some(body)).await?)?;
        made.ok_or_else(missing)?.attributes.url.parse().map_err(not_understood)
    }

    async fn subscription(&self, id: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        let Some(id) = path_of(id) else { return Ok(None) };
        let thing = self.document_at::<SubscriptionFields>(&format!("/v1/subscriptions/{id}")).await?;
        Ok(thing.and_then(|thing| thing.fetched(&self.shop)))
    }

    async fn subscriptions_of(&self, email: &Email, since: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        let store = self.shop.store.to_string();
        let filters = [("filter[store_id]", store.as_str()), ("filter[user_email]", &**email)];
        let all = self.list::<SubscriptionFields>("/v1/subscriptions", &filters).await?;
        let mut found: Vec<_> = all.into_iter().filter_map(|thing| thing.fetched(&self.shop)).collect();
        // The provider's times have no finer grain than a second.
        found.retain(|fetched| fetched.created_at.as_second() >= since.as_second());
        found.sort_by_key(|fetched| std::cmp::Reverse(fetched.created_at));
        Ok(found)
    }

    async fn bills(&self, subscription: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        let Some(id) = path_of(subscription) else { return Ok(Vec::new()) };
        let thing = self.document_at::<SubscriptionFields>(&format!("/v1/subscriptions/{id}")).await?;
        let Some(fetched) = thing.and_then(|thing| thing.fetched(&self.shop)) else { return Ok(Vec::new()) };
        let order = self.document_at::<BillFields>(&format!("/v1/orders/{}", fetched.order)).await?;
        let store = self.shop.store.to_string();
        let filters = [("filter[store_id]", store.as_str()), ("filter[subscription_id]", id)];
        let invoices = self.list::<BillFields>("/v1/subscription-invoices", &filters).await?;
        let of = |kind| move |thing: Thing<BillFields>| thing.bill(kind, subscription, &self.shop);
        let order = order.and_then(of(LedgerKind::Order));
        let mut bills: Vec<_> =
            order.into_iter().chain(invoices.into_iter().filter_map(of(LedgerKind::Invoice))).collect();
        bills.sort_by_key(|bill| bill.issued_at);
        Ok(bills)
    }

    async fn document(&self, bill: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        let Some(id) = path_of(&bill.id) else { return Ok(None) };
        let is_order = bill.kind == LedgerKind::Order;
        let kind = if is_order { "orders" } else { "subscription-invoices" };
        let links = self.links(&format!("/v1/{kind}/{id}")).await?;
        link(links.and_then(|links| if is_order { links.receipt } else { links.invoice_url }))
    }

    async fn place(&self, subscription: &ProviderId, place: Place) -> Result<PaymentLink, BillingError> {
        let id = path_of(subscription).ok_or_else(missing)?;
        let links = self.links(&format!("/v1/subscriptions/{id}")).await?.ok_or_else(missing)?;
        let found = match place {
            Place::Portal => links.customer_portal,
            Place::Card => links.update_payment_method,
        };
        link(found)?.ok_or_else(missing)
    }

    async fn change_plan(&self, subscription: &ProviderId, plan: PlanCode) -> Result<Fetched, BillingError> {
        let variant = self.shop.variant(plan);
        let variant = variant.ok_or_else(|| BillingError::Refused("the plan is not sold".to_owned()))?;
        let fields = json!({"variant_id": variant, "invoice_immediately": true});
        self.change(Method::PATCH, subscription, Some(fields)).await
    }

    async fn cancel(&self, subscription: &ProviderId) -> Result<Fetched, BillingError> {
        let refused = match self.change(Method::DELETE, subscription, None).await {
            Err(error @ BillingError::Refused(_)) => error,
            other => return other,
        };
        // What is cancelled already stays so, whether the provider says so by a refusal or not.
        let now = self.subscription(subscription).await?;
        let is_over = |fetched: &Fetched| matches!(fetched.status, Some(Status::Cancelled | Status::Expired));
        now.filter(is_over).ok_or(refused)
    }

    async fn resume(&self, subscription: &ProviderId) -> Result<Fetched, BillingError> {
        self.change(Method::PATCH, subscription, Some(json!({"cancelled": false}))).await
    }
}
