use std::fmt::Write;

use hyper::StatusCode;

use super::{
    Visit,
    paper::{Answer, button, escaped, go, moment, money, page, refused, row},
};
use crate::{
    json::link,
    state::{DocumentKind, State, Subscription},
};

fn nothing() -> Answer {
    refused(StatusCode::NOT_FOUND, "Nothing here")
}

/// The way back to the product, if it is known.
fn back(state: &State, reference: &str) -> String {
    let checkout = state.checkouts.iter().find(|checkout| checkout.reference == reference);
    let url = checkout.map(|checkout| escaped(&checkout.redirect_url)).filter(|url| !url.is_empty());
    url.map(|url| format!(r#"<p><a href="{url}">Back to the product</a></p>"#)).unwrap_or_default()
}

/// How a subscription stands, in rows.
pub(super) fn rows(state: &State, subscription: &Subscription) -> String {
    let tone = match subscription.status.as_str() {
        "active" => "good",
        "past_due" | "unpaid" | "expired" => "bad",
        _ => "warn",
    };
    let word = subscription.status.replace('_', " ");
    let pause = subscription.pause.as_ref().map(|mode| format!(" ({mode})")).unwrap_or_default();
    let mut rows = format!(
        "<dl><dt>Status</dt><dd class=\"badge {tone}\">{}{}</dd><dt>Buyer</dt><dd>{}</dd><dt>Price</dt><dd>{} a month, and VAT</dd>",
        escaped(&word),
        escaped(&pause),
        escaped(&subscription.email),
        money(state.price(subscription.variant).unwrap_or_default()),
    );
    match (subscription.ends_at, subscription.status.as_str()) {
        (Some(end), "expired") => rows += &row("Ended", &moment(end)),
        (Some(end), _) => rows += &row("Ends", &moment(end)),
        (None, "past_due" | "unpaid") => {
            rows += &row("Owed since", &moment(subscription.renews_at));
        }
        (None, "paused") => {}
        (None, _) => rows += &row("Renews", &moment(subscription.renews_at)),
    }
    if subscription.status != "expired" {
        let words = if subscription.is_failing { "payments fail" } else { "payments go through" };
        rows += &row("Card", words);
    }
    rows + "</dl>"
}

/// Where a buyer sees what is theirs, cancels, and thinks better of that.
pub(super) fn portal(state: &mut State, visit: &Visit, id: u64) -> Answer {
    let Some(subscription) = state.subscription(id).cloned() else { return nothing() };
    if visit.is_post {
        let _ = match visit.field("do") {
            "cancel" => state.cancel(id),
            "resume" => state.resume(id),
            _ => false,
        };
        return go(&visit.target);
    }
    let name = escaped(&state.name(subscription.variant));
    let mut body = format!("<section><h2>Qualify {name}</h2>{}<form method=\"post\">", rows(state, &subscription));
    match subscription.status.as_str() {
        "expired" => {}
        "cancelled" => body += &button("do", "resume", "Resume"),
        _ => body += &button("do", "cancel", "Cancel"),
    }
    let card = escaped(&link(state, &format!("/subscription/{id}/payment-details")));
    let _ = write!(body, r#"<a class="button" href="{card}">The card</a></form></section><section><h2>Invoices</h2>"#);
    let invoices = state.documents.iter().filter(|document| document.subscription == id);
    for invoice in invoices.filter(|document| document.kind == DocumentKind::Invoice) {
        let at = escaped(&link(state, &format!("/subscription-invoice/{}", invoice.id)));
        let (day, total) = (moment(invoice.created_at), money(invoice.total()));
        let _ = write!(body, r#"<p><a href="{at}">{day}</a>: {total}, {}</p>"#, invoice.status.replace('_', " "));
    }
    body += "</section>";
    page("Your subscription", &(body + &back(state, &subscription.reference)))
}

/// Where a buyer gives another card.
pub(super) fn card(state: &mut State, visit: &Visit, id: u64) -> Answer {
    let Some(subscription) = state.subscription(id).cloned() else { return nothing() };
    if visit.is_post {
        if visit.field("do") == "card" && !["cancelled", "expired"].contains(&subscription.status.as_str()) {
            state.recover(id);
        }
        return go(&visit.target);
    }
    let words = match (subscription.owed.is_some(), subscription.is_failing) {
        (true, _) => "The last payment failed. Another card pays what is owed at once, and what comes.",
        (false, true) => "The next payment will fail: this card is not good.",
        (false, false) => "This card is good.",
    };
    let body = format!(
        "<section><h2>The card</h2><p>{words}</p><form method=\"post\"><button class=\"main\" name=\"do\" value=\"card\">\
         Use another card</button></form></section>{}",
        back(state, &subscription.reference)
    );
    page("Payment details", &body)
}

/// An order or an invoice.
pub(super) fn document(state: &State, kind: DocumentKind, id: u64) -> Answer {
    let Some(document) = state.document(kind, id) else { return nothing() };
    let of = state.subscription(document.subscription);
    let name = of.map(|subscription| state.name(subscription.variant)).unwrap_or_default();
    let mut body = format!(
        "<section><h2>Qualify {}</h2><dl><dt>Issued</dt><dd>{}</dd><dt>Buyer</dt><dd>{}</dd><dt>Before tax</dt><dd>{}</dd>\
         <dt>VAT, 20 %</dt><dd>{}</dd><dt>Total</dt><dd><strong>{}</strong></dd><dt>Status</dt><dd>{}</dd>",
        escaped(&name),
        moment(document.created_at),
        escaped(&document.email),
        money(document.subtotal),
        money(document.tax),
        money(document.total()),
        document.status.replace('_', " "),
    );
    if document.refunded > 0 {
        body += &row("Given back", &money(document.refunded));
    }
    body += "</dl></section>";
    let title = if kind == DocumentKind::Order { "Receipt" } else { "Invoice" };
    page(&format!("{title} {id}"), &(body + &of.map(|of| back(state, &of.reference)).unwrap_or_default()))
}
