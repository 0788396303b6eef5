use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    json,
    state::{Checkout, DocumentKind, State, Subscription},
};

/// A question, as far as the provider looks at it.
pub(crate) struct Question {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) body: Value,
}

/// A status and a document.
pub(crate) type Said = (StatusCode, Value);

/// A refusal as the provider words it.
pub(crate) fn refusal(status: StatusCode, detail: &str) -> Said {
    let title = status.canonical_reason().unwrap_or_default();
    (
        status,
        json!({"jsonapi": {"version": "1.0"}, "errors": [
            {"status": status.as_str(), "title": title, "detail": detail},
        ]}),
    )
}

fn missing() -> Said {
    refusal(StatusCode::NOT_FOUND, "The requested resource could not be found.")
}

fn unprocessable(detail: &str) -> Said {
    refusal(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

fn one(status: StatusCode, data: &Value) -> Said {
    (status, json!({"jsonapi": {"version": "1.0"}, "data": data}))
}

/// What the API says.
pub(crate) fn answer(state: &mut State, question: &Question) -> Said {
    let parts: Vec<&str> = question.path.trim_matches('/').split('/').collect();
    let id = parts.get(2).and_then(|id| id.parse().ok());
    match (question.method.as_str(), parts.get(1).copied().unwrap_or_default(), id) {
        ("POST", "checkouts", None) => check_out(state, &question.body),
        ("GET", "subscriptions", None) => subscriptions(state, &question.query),
        ("GET", "subscriptions", Some(id)) => told(state, id),
        ("PATCH", "subscriptions", Some(id)) => change(state, id, &question.body),
        ("DELETE", "subscriptions", Some(id)) => {
            if state.subscription(id).is_some() && !state.cancel(id) {
                return unprocessable("The subscription is cancelled already.");
            }
            told(state, id)
        }
        ("GET", "subscription-invoices", None) => invoices(state, &question.query),
        ("GET", "subscription-invoices", Some(id)) => document(state, DocumentKind::Invoice, id),
        ("GET", "orders", Some(id)) => document(state, DocumentKind::Order, id),
        _ => missing(),
    }
}

fn told(state: &State, id: u64) -> Said {
    let found = state.subscription(id).map(|subscription| json::subscription(state, subscription));
    found.map_or_else(missing, |data| one(StatusCode::OK, &data))
}

fn document(state: &State, kind: DocumentKind, id: u64) -> Said {
    let found = state.document(kind, id).map(|document| json::document(state, document));
    found.map_or_else(missing, |data| one(StatusCode::OK, &data))
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn check_out(state: &mut State, body: &Value) -> Said {
    let store = text(body, "/data/relationships/store/data/id");
    if store != Some(state.config.store.to_string()) {
        return missing();
    }
    let variant = text(body, "/data/relationships/variant/data/id").and_then(|id| id.parse().ok());
    let Some(variant) = variant.filter(|variant| state.price(*variant).is_some()) else { return missing() };
    let custom = body.pointer("/data/attributes/checkout_data/custom").cloned().unwrap_or_default();
    let expires_at = match text(body, "/data/attributes/expires_at").map(|text| text.parse()) {
        Some(Err(_)) => return unprocessable("The expires_at field must be a valid ISO 8601 date."),
        Some(Ok(expires_at)) => Some(expires_at),
        None => None,
    };
    let checkout = Checkout {
        id: state.next_id(),
        reference: text(&custom, "/reference").unwrap_or_default(),
        variant,
        email: text(body, "/data/attributes/checkout_data/email").unwrap_or_default(),
        redirect_url: text(body, "/data/attributes/product_options/redirect_url").unwrap_or_default(),
        locale: text(body, "/data/attributes/checkout_options/locale"),
        expires_at,
        custom,
    };
    let data = json::checkout(state, &checkout);
    state.checkouts.push(checkout);
    one(StatusCode::CREATED, &data)
}

fn change(state: &mut State, id: u64, body: &Value) -> Said {
    let Some(subscription) = state.subscription(id) else { return missing() };
    let is_expired = subscription.status == "expired";
    let attribute = |name: &str| body.pointer("/data/attributes").and_then(|attributes| attributes.get(name));
    if text(body, "/data/id") != Some(id.to_string()) {
        return unprocessable("The data.id field must be the id of the subscription.");
    }
    if is_expired {
        return unprocessable("The subscription has expired.");
    }
    if let Some(variant) = attribute("variant_id") {
        let variant = variant.as_u64().filter(|variant| state.price(*variant).is_some());
        let Some(variant) = variant else { return unprocessable("The selected variant_id is invalid.") };
        state.change_variant(id, variant);
    }
    let is_done = match attribute("cancelled").and_then(Value::as_bool) {
        Some(true) => state.cancel(id),
        Some(false) => state.resume(id),
        None => true,
    };
    if is_done { told(state, id) } else { unprocessable("The subscription cannot be changed so.") }
}

fn subscriptions(state: &State, query: &BTreeMap<String, String>) -> Said {
    let is_asked = |subscription: &&Subscription| {
        is_one(query, "filter[store_id]", &subscription.store.to_string())
            && is_one(query, "filter[user_email]", &subscription.email)
    };
    let found = state.subscriptions.iter().filter(is_asked).map(|found| json::subscription(state, found));
    page(query, found.rev().collect())
}

fn invoices(state: &State, query: &BTreeMap<String, String>) -> Said {
    let found = state.documents.iter().filter(|document| {
        document.kind == DocumentKind::Invoice
            && is_one(query, "filter[store_id]", &document.store.to_string())
            && is_one(query, "filter[subscription_id]", &document.subscription.to_string())
    });
    page(query, found.map(|found| json::document(state, found)).rev().collect())
}

fn is_one(query: &BTreeMap<String, String>, name: &str, value: &str) -> bool {
    query.get(name).is_none_or(|asked| asked == value)
}

/// One page of a list: 10 things, or up to 100 if asked for them.
fn page(query: &BTreeMap<String, String>, all: Vec<Value>) -> Said {
    let number = |name: &str, otherwise| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (size, current) = (number("page[size]", 10_usize).clamp(1, 100), number("page[number]", 1_usize).max(1));
    let (total, last) = (all.len(), all.len().div_ceil(size).max(1));
    let data: Vec<Value> = all.into_iter().skip((current - 1) * size).take(size).collect();
    (
        StatusCode::OK,
        json!({
            "meta": {"page": {"currentPage": current, "lastPage": last, "perPage": size, "total": total}},
            "jsonapi": {"version": "1.0"},
            "data": data,
        }),
    )
}
