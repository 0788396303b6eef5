//! What people see of the provider: its checkout, what its links lead to, and the desk.

mod checkout;
mod customer;
mod desk;
mod paper;

use std::collections::BTreeMap;

use hyper::StatusCode;

use self::paper::{Answer, go, refused};
use crate::{
    json::is_good,
    state::{DocumentKind, State},
};

/// A browser's question.
pub(crate) struct Visit {
    pub(crate) is_post: bool,
    pub(crate) path: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) query: BTreeMap<String, String>,
    /// What was filled in, or which button was pressed.
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) host: Option<String>,
    pub(crate) origin: Option<String>,
}

impl Visit {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether it is asked for under the provider's own name, and what is posted comes from its own pages.
    fn is_own(&self, url: &str) -> bool {
        let authority = url.trim_start_matches("http://");
        let is_here = self.host.as_ref().is_none_or(|host| host == authority);
        is_here && !(self.is_post && self.origin.as_ref().is_some_and(|origin| origin != url))
    }
}

/// A page. All but the desk's are behind addresses that are good for a day.
pub(crate) fn seen(state: &mut State, visit: &Visit) -> Answer {
    if !visit.is_own(&state.url) {
        return refused(StatusCode::FORBIDDEN, "This comes from elsewhere");
    }
    let parts: Vec<&str> = visit.path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        [""] => return go("/desk"),
        ["desk", rest @ ..] => return desk::seen(state, visit, rest),
        _ => {}
    }
    let said = |name: &str| visit.query.get(name).map(String::as_str).unwrap_or_default();
    if !is_good(state, &visit.path, said("expires"), said("signature")) {
        return refused(StatusCode::FORBIDDEN, "Invalid signature");
    }
    let number = |text: &str| text.parse().unwrap_or_default();
    match parts.as_slice() {
        ["checkout", "custom", id] => checkout::seen(state, visit, number(id)),
        ["billing", id] => customer::portal(state, visit, number(id)),
        ["subscription", id, "payment-details"] => customer::card(state, visit, number(id)),
        ["my-orders", id] => customer::document(state, DocumentKind::Order, number(id)),
        ["subscription-invoice", id] => customer::document(state, DocumentKind::Invoice, number(id)),
        _ => refused(StatusCode::NOT_FOUND, "Nothing here"),
    }
}
