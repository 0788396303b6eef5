use hyper::StatusCode;

use super::{
    Visit,
    paper::{Answer, button, escaped, go, moment, money, page, refused, row},
};
use crate::state::{Checkout, State};

/// Where a checkout is paid, or not.
pub(super) fn seen(state: &mut State, visit: &Visit, id: u64) -> Answer {
    let Some(checkout) = state.checkouts.iter().find(|checkout| checkout.id == id).cloned() else {
        return refused(StatusCode::NOT_FOUND, "There is no such checkout");
    };
    let back = if checkout.redirect_url.is_empty() { &visit.target } else { &checkout.redirect_url };
    match (visit.is_post, visit.field("do")) {
        (false, _) => shown(state, &checkout),
        (true, "pay") if is_open(state, &checkout) => {
            state.pay(&checkout.reference);
            go(back)
        }
        (true, "leave") => go(back),
        (true, _) => go(&visit.target),
    }
}

fn is_paid(state: &State, checkout: &Checkout) -> bool {
    state.subscriptions.iter().any(|subscription| subscription.reference == checkout.reference)
}

fn is_open(state: &State, checkout: &Checkout) -> bool {
    checkout.expires_at.is_none_or(|end| end > state.now) && !is_paid(state, checkout)
}

fn shown(state: &State, checkout: &Checkout) -> Answer {
    let price = state.price(checkout.variant).unwrap_or_default();
    let mut body = format!(
        "<section><h2>Qualify {}, monthly</h2><dl><dt>Price</dt><dd>{} a month</dd><dt>VAT, 20 %</dt><dd>{}</dd>\
         <dt>To pay now</dt><dd><strong>{}</strong></dd><dt>Buyer</dt><dd>{}</dd>",
        escaped(&state.name(checkout.variant)),
        money(price),
        money(price / 5),
        money(price + price / 5),
        escaped(&checkout.email),
    );
    if let Some(end) = checkout.expires_at {
        body += &row("Good until", &moment(end));
    }
    body += "</dl><form method=\"post\">";
    if is_open(state, checkout) {
        body += "<button class=\"main\" name=\"do\" value=\"pay\">Pay</button>";
        body += &button("do", "leave", "Go away");
    } else {
        body += &button("do", "leave", "Go back");
    }
    body += "</form>";
    if is_paid(state, checkout) {
        body += "<p>This is paid already.</p>";
    } else if !is_open(state, checkout) {
        body += "<p>This checkout has expired.</p>";
    }
    page("Checkout", &(body + "</section>"))
}
