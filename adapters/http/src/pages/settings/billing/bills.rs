//! What was paid: the organization's part of the ledger, as a list and as a file.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use qualify_domain::{
    access::Permission,
    csv,
    ledger::{LedgerEntry, LedgerKind},
};
use serde::Deserialize;

use crate::{
    actor::Member,
    api::cursor,
    download::kept_as,
    moment::{Calendar, Moment},
    money::{decimal, money},
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

pub(super) const HERE: &str = "/settings/billing/bills";
/// A file has at most so many pages of the list: more than ten years of monthly invoices.
const MOST_PAGES: usize = 200;

const COLUMNS: [&str; 19] = [
    "date",
    "kind",
    "document",
    "status",
    "currency",
    "currency_rate",
    "subtotal_cents",
    "subtotal",
    "discount_cents",
    "discount",
    "tax_cents",
    "tax",
    "tax_name",
    "tax_rate",
    "total_cents",
    "total",
    "refunded_cents",
    "refunded",
    "is_test",
];

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
    let shown = latest(&bills.items, &mut BTreeSet::new());
    show(&BillsPage {
        page: Page { title: t.get("bills-title"), ..super::super::page(&member.0, super::HERE) },
        rows: shown.into_iter().map(|entry| row(entry, t, &calendar)).collect(),
        may_manage: member.0.actor.may(Permission::ManageBilling),
        is_further,
        older: bills.next.map(|next| format!("{HERE}?after={}", cursor::written_bill(&next))).unwrap_or_default(),
    })
}

/// A document is written down again whenever it changes: what it was before is no further bill. What was given back always is.
fn latest<'a>(entries: &'a [LedgerEntry], seen: &mut BTreeSet<(&'static str, String)>) -> Vec<&'a LedgerEntry> {
    let is_news =
        |entry: &&LedgerEntry| entry.kind == LedgerKind::Refund || seen.insert((entry.kind.code(), entry.id.0.clone()));
    entries.iter().filter(is_news).collect()
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
    let (mut file, mut seen, mut after) = (csv::line(COLUMNS), BTreeSet::new(), None);
    for _ in 0..MOST_PAGES {
        let bills = web.app().billing.bills(&member.0.actor, after).await?;
        file.extend(latest(&bills.items, &mut seen).into_iter().map(line));
        after = bills.next;
        if after.is_none() {
            break;
        }
    }
    let name = format!("{}-{}.csv", member.text().get("bills-file"), web.calendar(&member.0).today());
    Ok((kept_as("text/csv; charset=utf-8", &name), file).into_response())
}

fn line(entry: &LedgerEntry) -> String {
    let amounts = &entry.amounts;
    let both = |cents: Option<i64>| {
        let number = |cents: i64| [cents.to_string(), decimal(cents, &amounts.currency)];
        cents.map(number).unwrap_or_default()
    };
    let (total, refunded) = self::amounts(entry);
    let (subtotal, discount, tax) =
        (both(Some(amounts.subtotal)), both(Some(amounts.discount)), both(Some(amounts.tax)));
    let (total, refunded) = (both(total), both(refunded));
    let at = format!("{:.0}", entry.issued_at);
    let cells = [
        &*at,
        entry.kind.code(),
        &entry.id.0,
        &entry.status,
        &amounts.currency,
        &amounts.currency_rate,
        &subtotal[0],
        &subtotal[1],
        &discount[0],
        &discount[1],
        &tax[0],
        &tax[1],
        amounts.tax_name.as_deref().unwrap_or_default(),
        amounts.tax_rate.as_deref().unwrap_or_default(),
        &total[0],
        &total[1],
        &refunded[0],
        &refunded[1],
        if entry.is_test { "1" } else { "" },
    ];
    csv::line(cells)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use qualify_domain::{ledger::Amounts, subscription::ProviderId};

    use super::*;

    fn entry(kind: LedgerKind, total: i64) -> LedgerEntry {
        LedgerEntry {
            kind,
            id: ProviderId("=i1".into()),
            status: "paid".into(),
            amounts: Amounts {
                currency: "EUR".into(),
                currency_rate: "1.08".into(),
                subtotal: total,
                discount: 0,
                tax: 0,
                tax_name: Some("@VAT".into()),
                tax_rate: None,
                tax_inclusive: false,
                total,
                refunded: 0,
            },
            issued_at: Timestamp::UNIX_EPOCH,
            is_test: false,
            fiscal_year_end: "1970-12-31".parse().unwrap(),
            retain_until: Timestamp::MAX,
        }
    }

    fn invoice_of(total: i64) -> LedgerEntry {
        entry(LedgerKind::Invoice, total)
    }

    #[test]
    fn web_9_a_bill_is_a_line_of_numbers_and_never_a_formula() {
        let invoice =
            "1970-01-01T00:00:00Z,invoice,'=i1,paid,EUR,1.08,4900,49.00,0,0.00,0,0.00,'@VAT,,4900,49.00,,,\r\n";
        assert_eq!(line(&entry(LedgerKind::Invoice, 4_900)), invoice);
        let refund = LedgerEntry {
            amounts: Amounts { subtotal: 0, ..entry(LedgerKind::Refund, -1_000).amounts },
            ..entry(LedgerKind::Refund, -1_000)
        };
        assert!(line(&refund).ends_with(",,,1000,10.00,\r\n"), "{}", line(&refund));
        let twice = [invoice_of(4_900), refund.clone(), invoice_of(4_900)];
        assert_eq!(latest(&twice, &mut BTreeSet::new()).len(), 2, "a bill that was paid is no other one");
        assert_eq!(csv::line(COLUMNS).matches(',').count(), line(&refund).matches(',').count());
    }
}
