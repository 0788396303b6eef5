//! What was paid: the organization's part of the ledger, as a list and as a file.

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use qualify_domain::{
    access::Permission,
    csv,
    ledger::{self, LedgerEntry, LedgerKind},
};
use serde::Deserialize;

use crate::{
    actor::Member,
    api::cursor,
    download::kept_as,
    moment::{Calendar, Moment},
    money::money,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

pub(super) const HERE: &str = "/settings/billing/bills";
/// A file has at most so many pages of the list: more than ten years of monthly invoices.
const MOST_PAGES: usize = 200;

#[derive(Template)]
#[template(path = "pages/settings/billing/bills.html")]
struct BillsPage {
    page: Page,
    rows: Vec<Row>,
    may_manage: bool,
    is_further: bool,
    /// The address of the bills before these; empty if there are none.
    older: String,
}

struct Row {
    id: String,
    at: Moment,
    day: String,
    kind: String,
    status: String,
    total: String,
    refunded: String,
    is_test: bool,
    has_document: bool,
}

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct Coming {
    /// The place after which the list begins.
    #[serde(default)]
    after: String,
}

/// `GET /settings/billing/bills`
pub async fn list(
    State(web): State<Web>,
    member: Member,
    coming: Result<Query<Coming>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Coming { after }) = coming.map_err(|_| Problem::bad_request())?;
    let after = (!after.is_empty()).then_some(after);
    let after = after.map(|after| cursor::read_bill(&after).ok_or_else(Problem::bad_request)).transpose()?;
    let (t, calendar, is_further) = (member.text(), web.calendar(&member.0), after.is_some());
    let bills = web.app().billing.bills(&member.0.actor, after).await?;
    show(&BillsPage {
        page: Page { title: t.get("bills-title"), ..super::super::page(&member.0, super::HERE) },
        // An order is the same money as its first invoice: seen beside it, it would look like a second bill.
        rows: bills
            .items
            .iter()
            .filter(|entry| entry.kind != LedgerKind::Order)
            .map(|entry| row(entry, t, &calendar))
            .collect(),
        may_manage: member.0.actor.may(Permission::ManageBilling),
        is_further,
        older: bills.next.map(|next| format!("{HERE}?after={}", cursor::written_bill(&next))).unwrap_or_default(),
    })
}

fn row(entry: &LedgerEntry, t: Text, calendar: &Calendar) -> Row {
    let (total, refunded) = amounts(entry);
    let told = |cents: Option<i64>| cents.map(|cents| money(t, cents, &entry.amounts.currency)).unwrap_or_default();
    Row {
        id: entry.id.to_string(),
        at: calendar.moment(entry.issued_at),
        day: calendar.day(entry.issued_at),
        kind: t.get(&format!("bill-{}", entry.kind.code())),
        status: t.find(&format!("bill-is-{}", entry.status)).unwrap_or_else(|| entry.status.clone()),
        total: told(total),
        refunded: told(refunded),
        is_test: entry.is_test,
        has_document: entry.kind == LedgerKind::Invoice,
    }
}

/// What was charged, and what was given back, as one or the other: neither is ever below nought.
fn amounts(entry: &LedgerEntry) -> (Option<i64>, Option<i64>) {
    match entry.kind {
        LedgerKind::Order | LedgerKind::Invoice => (Some(entry.amounts.total), None),
        LedgerKind::Refund => (None, Some(entry.amounts.total.saturating_neg())),
    }
}

/// `GET /settings/billing/bills.csv`
pub async fn download(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    let (mut file, mut after) = (csv::line(ledger::COLUMNS), None);
    for _ in 0..MOST_PAGES {
        let bills = web.app().billing.bills(&member.0.actor, after).await?;
        file.extend(bills.items.iter().map(line));
        after = bills.next;
        if after.is_none() {
            break;
        }
    }
    let name = format!("{}-{}.csv", member.text().get("bills-file"), web.calendar(&member.0).today());
    Ok((kept_as("text/csv; charset=utf-8", &name), file).into_response())
}

fn line(entry: &LedgerEntry) -> String {
    csv::line(ledger::cells(entry).iter().map(String::as_str))
}
