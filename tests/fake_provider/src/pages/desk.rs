//! The desk: where time passes, and everything goes wrong that can.

use std::{fmt::Write, time::Duration};

use hyper::StatusCode;
use jiff::SignedDuration;

use super::{
    Visit,
    customer::rows,
    paper::{Answer, button, escaped, go, moment, page, refused},
};
use crate::{
    Fault,
    carry::Outcome,
    state::{DocumentKind, State, Subscription},
};

/// How much time can pass at once, in hours.
const WAITS: [(&str, i64, &str); 4] =
    [("1", 1, "1 hour"), ("24", 24, "1 day"), ("168", 168, "1 week"), ("720", 720, "30 days")];

/// How the provider can fail.
const FAULTS: [(&str, Option<Fault>, &str); 5] = [
    ("none", None, "Well again"),
    ("down", Some(Fault::Down), "Down"),
    ("slow", Some(Fault::Slow(Duration::from_secs(20))), "Slow"),
    ("often", Some(Fault::TooOften(60)), "Asked too often"),
    ("html", Some(Fault::Html), "A page in between"),
];

/// The desk, and what is done there.
pub(super) fn seen(state: &mut State, visit: &Visit, rest: &[&str]) -> Answer {
    let pressed = visit.field("do");
    match (visit.is_post, rest) {
        (false, []) => return shown(state),
        (true, ["time"]) => {
            if let Some((_, hours, _)) = WAITS.iter().find(|known| known.0 == pressed) {
                state.let_pass(SignedDuration::from_hours(*hours));
            }
        }
        (true, ["fault"]) => {
            if let Some((_, fault, _)) = FAULTS.iter().find(|known| known.0 == pressed) {
                state.fault = *fault;
            }
        }
        (true, ["webhooks"]) => state.is_losing = pressed == "lose",
        (true, ["subscriptions", id]) => {
            let found = id.parse().ok().and_then(|id| state.subscription(id).cloned());
            let Some(subscription) = found else { return refused(StatusCode::NOT_FOUND, "Nothing here") };
            // What another window did meanwhile may have made it impossible.
            if offers(state, &subscription).iter().any(|offer| offer.0 == pressed) {
                act(state, subscription.id, pressed);
            }
        }
        _ => return refused(StatusCode::NOT_FOUND, "Nothing here"),
    }
    go("/desk")
}

/// What can be done with a subscription now.
fn offers(state: &State, subscription: &Subscription) -> Vec<(&'static str, &'static str)> {
    let status = subscription.status.as_str();
    let is_running = !["cancelled", "expired"].contains(&status);
    let is_owing = ["past_due", "unpaid"].contains(&status);
    let all = [
        (is_running && !subscription.is_failing, "fail", "Let payments fail"),
        (is_running && (is_owing || subscription.is_failing), "recover", "Pay what is owed, with a new card"),
        (is_running, "cancel", "Cancel"),
        (status == "cancelled", "resume", "Resume"),
        (status == "active", "free", "Pause (free)"),
        (status == "active", "void", "Pause (void)"),
        (status == "paused", "unpause", "Unpause"),
        (refundable(state, subscription.id).is_some(), "refund", "Refund the last invoice"),
    ];
    all.into_iter().filter(|offer| offer.0).map(|offer| (offer.1, offer.2)).collect()
}

/// The last invoice that was paid and not given back, and what is left of it.
fn refundable(state: &State, id: u64) -> Option<(u64, i64)> {
    let mut invoices = state.documents.iter().rev().filter(|document| {
        document.kind == DocumentKind::Invoice
            && document.subscription == id
            && ["paid", "partial_refund"].contains(&document.status)
    });
    invoices.next().map(|document| (document.id, document.total() - document.refunded))
}

fn act(state: &mut State, id: u64, pressed: &str) {
    match pressed {
        "fail" => state.change(id, |subscription| subscription.is_failing = true),
        "recover" => state.recover(id),
        "cancel" => drop(state.cancel(id)),
        "resume" => drop(state.resume(id)),
        "free" | "void" => state.pause(id, pressed),
        "unpause" => state.unpause(id),
        "refund" => {
            if let Some((invoice, cents)) = refundable(state, id) {
                state.refund(invoice, cents);
            }
        }
        _ => {}
    }
}

fn shown(state: &State) -> Answer {
    let body = time(state) + &subscriptions(state) + &faults(state) + &webhooks(state);
    page("The desk of the payment provider", &body)
}

fn time(state: &State) -> String {
    let buttons: String = WAITS.iter().map(|(value, _, label)| button("do", value, label)).collect();
    format!(
        "<section><h2>Time</h2><p class=\"time\">{}</p><form method=\"post\" action=\"/desk/time\">{buttons}\
         <a class=\"button\" href=\"/desk\">Look again</a></form>\
         <p class=\"quiet\">The product’s clock moves with this one, and never back. Whoever is signed in there may have to sign in \
         again. Webhooks and mails follow within seconds. What nobody tells the product it asks for by itself, within a quarter of an \
         hour of this clock: let one hour pass. What is kept for a limited time, an organization that has ended included, goes within \
         some minutes of yours, for good.</p>\
         </section>",
        moment(state.now)
    )
}

fn subscriptions(state: &State) -> String {
    let mut body = "<section><h2>Subscriptions</h2>".to_owned();
    if state.subscriptions.is_empty() {
        body +=
            "<p class=\"quiet\">Nobody has subscribed yet. In the product, choose a plan under Settings, Billing.</p>";
    }
    for subscription in state.subscriptions.iter().rev() {
        let (id, name) = (subscription.id, escaped(&state.name(subscription.variant)));
        let offers = offers(state, subscription);
        let buttons: String = offers.into_iter().map(|(value, label)| button("do", value, label)).collect();
        let _ = write!(
            body,
            "<section aria-labelledby=\"s{id}\"><h3 id=\"s{id}\">{name}, subscription {id}</h3>{}\
             <form method=\"post\" action=\"/desk/subscriptions/{id}\">{buttons}</form></section>",
            rows(state, subscription)
        );
    }
    body + "</section>"
}

fn faults(state: &State) -> String {
    let now = FAULTS.iter().find(|known| known.1 == state.fault).map_or("Another fault", |known| known.2);
    let now = if state.fault.is_none() { "It answers the product as it should." } else { now };
    let others = FAULTS.iter().filter(|known| known.1 != state.fault);
    let buttons: String = others.map(|(value, _, label)| button("do", value, label)).collect();
    format!(
        "<section><h2>Its health</h2><p>{now}</p><form method=\"post\" action=\"/desk/fault\">{buttons}</form></section>"
    )
}

fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(status) => format!("answered {status}"),
        Outcome::Unanswered => "not answered".to_owned(),
        Outcome::Lost => "lost".to_owned(),
    }
}

fn webhooks(state: &State) -> String {
    let (carried, waiting) = (&state.carried, state.pending.len());
    let sent: usize = carried.counts.values().sum();
    let counts: Vec<String> =
        carried.counts.iter().map(|(what, count)| format!("{count} {}", outcome(*what))).collect();
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let (words, switch) = if state.is_losing {
        ("They get lost on their way: the product finds out by itself.", button("do", "carry", "Carry webhooks again"))
    } else {
        ("They are carried to the product.", button("do", "lose", "Lose webhooks"))
    };
    let mut body = format!(
        "<section><h2>Webhooks</h2><p>{sent} sent{counts}. {waiting} waiting. {words}</p>\
         <form method=\"post\" action=\"/desk/webhooks\">{switch}</form>"
    );
    if !carried.last.is_empty() {
        body += "<div class=\"across\"><table><caption class=\"quiet\">The last ones</caption><thead><tr><th scope=\"col\">When</th>\
                 <th scope=\"col\">What</th><th scope=\"col\">Try</th><th scope=\"col\">Outcome</th></tr></thead><tbody>";
        for (at, event, tries, what) in &carried.last {
            let (at, event, what) = (moment(*at), escaped(event), outcome(*what));
            let _ = write!(body, "<tr><td>{at}</td><td>{event}</td><td>{}</td><td>{what}</td></tr>", tries + 1);
        }
        body += "</tbody></table></div>";
    }
    body + "</section>"
}
