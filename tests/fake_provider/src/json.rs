//! The provider's documents, with all that the product is not to keep.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    events::signature,
    state::{Checkout, Document, DocumentKind, State, Subscription},
};

/// With what links are signed.
const LINKS: &str = "the provider's own secret";

/// A moment as the provider writes it: with digits beyond the second that are always nought.
fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z").to_string()
}

/// An address that is good for a day.
pub(crate) fn link(state: &State, path: &str) -> String {
    let expires = state.now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX).as_second();
    let signed = signature(LINKS, format!("{path}?{expires}").as_bytes());
    format!("{}{path}?expires={expires}&signature={signed}", state.url)
}

/// Whether an address is good now.
pub(crate) fn is_good(state: &State, path: &str, expires: &str, signed: &str) -> bool {
    let is_signed = signature(LINKS, format!("{path}?{expires}").as_bytes()) == signed;
    is_signed && expires.parse().is_ok_and(|expires: i64| expires > state.now.as_second())
}

fn capital(word: &str) -> String {
    let mut signs = word.chars();
    signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
}

pub(crate) fn checkout(state: &State, checkout: &Checkout) -> Value {
    json!({"type": "checkouts", "id": checkout.id.to_string(), "attributes": {
        "store_id": state.config.store,
        "variant_id": checkout.variant,
        "custom_price": null,
        "product_options": {"redirect_url": checkout.redirect_url, "enabled_variants": [checkout.variant]},
        "checkout_options": {"embed": false, "locale": checkout.locale},
        "checkout_data": {"email": checkout.email, "name": "", "custom": checkout.custom},
        "expires_at": checkout.expires_at.map(written),
        "created_at": written(state.now),
        "updated_at": written(state.now),
        "test_mode": state.config.is_test,
        "url": link(state, &format!("/checkout/custom/{}", checkout.id)),
    }})
}

pub(crate) fn subscription(state: &State, subscription: &Subscription) -> Value {
    let (id, is_expired) = (subscription.id, subscription.status == "expired");
    let is_cancelled = is_expired || subscription.status == "cancelled";
    json!({"type": "subscriptions", "id": id.to_string(), "attributes": {
        "store_id": subscription.store,
        "customer_id": subscription.customer,
        "order_id": subscription.order,
        "order_item_id": subscription.order,
        "product_id": 11,
        "variant_id": subscription.variant,
        "product_name": "Qualify",
        "variant_name": "A plan",
        "user_name": state.config.user_name,
        "user_email": subscription.email,
        "status": subscription.status,
        "status_formatted": capital(&subscription.status),
        "card_brand": state.config.card.0,
        "card_last_four": state.config.card.1,
        "pause": subscription.pause.as_ref().map(|mode| json!({"mode": mode, "resumes_at": null})),
        "cancelled": is_cancelled,
        "trial_ends_at": null,
        "billing_anchor": 29,
        "first_subscription_item": {"id": id, "subscription_id": id, "price_id": 1, "quantity": 1},
        "urls": {
            "update_payment_method": link(state, &format!("/subscription/{id}/payment-details")),
            "customer_portal": link(state, &format!("/billing/{id}")),
        },
        "renews_at": Some(subscription.renews_at).filter(|_| !is_expired).map(written),
        "ends_at": subscription.ends_at.map(written),
        "created_at": written(subscription.created_at),
        "updated_at": written(subscription.updated_at),
        "test_mode": subscription.is_test,
    }})
}

pub(crate) fn document(state: &State, document: &Document) -> Value {
    let mut fields = json!({
        "store_id": document.store,
        "customer_id": document.customer,
        "user_name": state.config.user_name,
        "user_email": document.email,
        "currency": "EUR",
        "currency_rate": "1.08000000",
        "status": document.status,
        "status_formatted": capital(document.status),
        "refunded": document.status == "refunded",
        "refunded_at": document.refunded_at.map(written),
        "subtotal": document.subtotal,
        "discount_total": 0,
        "tax": document.tax,
        "tax_inclusive": false,
        "total": document.total(),
        "refunded_amount": document.refunded,
        "total_formatted": format!("€{}.{:02}", document.total() / 100, document.total() % 100),
        "created_at": written(document.created_at),
        "updated_at": written(document.updated_at),
        "test_mode": document.is_test,
    });
    let (kind, more) = match document.kind {
        DocumentKind::Order => (
            "orders",
            json!({
                "identifier": format!("order-{}", document.id),
                "order_number": document.id,
                "tax_name": "VAT",
                "tax_rate": "20.00",
                "urls": {"receipt": link(state, &format!("/my-orders/{}", document.id))},
            }),
        ),
        DocumentKind::Invoice => (
            "subscription-invoices",
            json!({
                "subscription_id": document.subscription,
                "billing_reason": document.reason,
                "card_brand": state.config.card.0,
                "card_last_four": state.config.card.1,
                // What is not paid has no document yet.
                "urls": {"invoice_url": Some(link(state, &format!("/subscription-invoice/{}", document.id)))
                    .filter(|_| document.status != "pending")},
            }),
        ),
    };
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend(more);
    }
    json!({"type": kind, "id": document.id.to_string(), "attributes": fields})
}
