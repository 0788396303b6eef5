//! What the ledger lacks of what the provider says was paid, and where the two differ.

use jiff::{SignedDuration, Timestamp};

use super::{Amounts, Bill, FiscalYear, LedgerEntry, LedgerKind, retain_until};
use crate::subscription::ProviderId;

/// An order has its invoice within this.
const INVOICED: SignedDuration = SignedDuration::from_hours(24);

/// What the ledger holds of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// An order or an invoice.
    pub kind: LedgerKind,
    /// Its id at the provider.
    pub id: ProviderId,
    /// In which currency, by ISO 4217.
    pub currency: String,
    /// What was charged, in cents.
    pub total: i64,
    /// What of it was given back, in cents.
    pub refunded: i64,
}

/// What the ledger gains by the documents of a subscription as they stand now: each document once it is paid, and what was given
/// back beyond what the ledger knows of. Written in any order and any number of times it comes to the same. What the law no
/// longer keeps does not come back (RET-11).
pub fn missing(bills: &[Bill], entered: &[Entered], fiscal_year: FiscalYear, now: Timestamp) -> Vec<LedgerEntry> {
    let entry = |bill: &Bill, kind, amounts, issued_at| {
        let fiscal_year_end = fiscal_year.end_of(issued_at);
        LedgerEntry {
            kind,
            id: bill.id.clone(),
            status: if kind == LedgerKind::Refund { "refunded".to_owned() } else { bill.status.clone() },
            amounts,
            issued_at,
            is_test: bill.is_test,
            fiscal_year_end,
            retain_until: retain_until(fiscal_year_end),
        }
    };
    let mut entries = Vec::new();
    for bill in bills.iter().filter(|bill| bill.is_paid()) {
        let known = find(entered, bill);
        if known.is_none() {
            entries.push(entry(bill, bill.kind, bill.amounts.clone(), bill.issued_at));
        }
        let (given, given_at) = given_back(bills, bill);
        let more = given - known.map_or(0, |known| known.refunded);
        if more > 0 {
            let amounts =
                Amounts { subtotal: 0, discount: 0, tax: 0, total: -more, refunded: given, ..bill.amounts.clone() };
            entries.push(entry(bill, LedgerKind::Refund, amounts, given_at));
        }
    }
    entries.retain(|entry| entry.retain_until > now);
    entries
}

/// Documents of which the ledger, once it was written up, says something else than the provider: another amount or currency, more given
/// back than there is now, paid though it is not any more, or an order whose money no invoice tells of. Nothing is changed for
/// it; a person looks.
pub fn differing<'a>(bills: &'a [Bill], entered: &[Entered], fiscal_year: FiscalYear, now: Timestamp) -> Vec<&'a Bill> {
    let is_invoiced = bills.iter().any(|bill| bill.kind == LedgerKind::Invoice && bill.is_paid());
    let differs = |bill: &&Bill| match find(entered, bill) {
        Some(known) => {
            let is_awaited = now.duration_since(bill.issued_at) <= INVOICED;
            let is_lost = bill.kind == LedgerKind::Order && bill.amounts.total > 0 && !is_invoiced && !is_awaited;
            !bill.is_paid()
                || is_lost
                || (&known.currency, known.total) != (&bill.amounts.currency, bill.amounts.total)
                || known.refunded != given_back(bills, bill).0
        }
        None => bill.is_paid() && retain_until(fiscal_year.end_of(bill.issued_at)) > now,
    };
    bills.iter().filter(differs).collect()
}

fn find<'a>(entered: &'a [Entered], bill: &Bill) -> Option<&'a Entered> {
    entered.iter().find(|known| (known.kind, &known.id) == (bill.kind, &bill.id))
}

/// What was given back of an invoice, in cents, and when. An order and the first invoice are the same money: what was given back
/// of either, if only one of them tells of it, was given back of that invoice, once.
fn given_back(bills: &[Bill], bill: &Bill) -> (i64, Timestamp) {
    let of = |bill: &Bill| (bill.amounts.refunded, bill.refunded_at.unwrap_or(bill.updated_at));
    if bill.kind == LedgerKind::Order {
        return (0, bill.updated_at);
    }
    let invoices = bills.iter().filter(|other| other.kind == LedgerKind::Invoice && other.is_paid());
    let first = invoices.min_by_key(|invoice| invoice.issued_at);
    let order = bills.iter().find(|other| other.kind == LedgerKind::Order && first == Some(bill));
    order.map(of).filter(|back| back.0 > bill.amounts.refunded).unwrap_or_else(|| of(bill))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn calendar() -> FiscalYear {
        "12-31".parse().unwrap()
    }

    pub(in crate::ledger) fn invoice(id: &str, total: i64, refunded: i64) -> Bill {
        Bill {
            kind: LedgerKind::Invoice,
            id: ProviderId(id.into()),
            subscription: Some(ProviderId("2".into())),
            customer: ProviderId("3".into()),
            status: "paid".into(),
            amounts: Amounts {
                currency: "EUR".into(),
                currency_rate: "1.08".into(),
                subtotal: total,
                discount: 0,
                tax: 0,
                tax_name: None,
                tax_rate: None,
                tax_inclusive: false,
                total,
                refunded,
            },
            issued_at: at("2026-11-29T10:00:00Z"),
            refunded_at: None,
            updated_at: at("2027-01-02T10:00:00Z"),
            is_test: false,
        }
    }

    fn order(id: &str, total: i64, refunded: i64) -> Bill {
        Bill { kind: LedgerKind::Order, ..invoice(id, total, refunded) }
    }

    fn later(bill: Bill) -> Bill {
        Bill { issued_at: at("2026-12-29T10:00:00Z"), ..bill }
    }

    fn in_status(bill: Bill, status: &str) -> Bill {
        Bill { status: status.into(), ..bill }
    }

    fn in_dollars(bill: Bill) -> Bill {
        Bill { amounts: Amounts { currency: "USD".into(), ..bill.amounts }, ..bill }
    }

    fn soon() -> Timestamp {
        at("2027-01-02T11:00:00Z")
    }

    /// What somebody looks at.
    fn told_of(bills: &[Bill], entered: &[Entered], now: Timestamp) -> Vec<String> {
        differing(bills, entered, calendar(), now).into_iter().map(|bill| bill.id.to_string()).collect()
    }

    /// Writes what is missing into what is entered, as the storage does.
    fn write_up(bills: &[Bill], entered: &mut Vec<Entered>) -> Vec<LedgerEntry> {
        let entries = missing(bills, entered, calendar(), soon());
        for entry in &entries {
            if entry.kind == LedgerKind::Refund {
                let known = entered.iter_mut().find(|known| known.kind == LedgerKind::Invoice && known.id == entry.id);
                known.unwrap().refunded = entry.amounts.refunded;
            } else {
                let (kind, id) = (entry.kind, entry.id.clone());
                let currency = entry.amounts.currency.clone();
                entered.push(Entered { kind, id, currency, total: entry.amounts.total, refunded: 0 });
            }
        }
        entries
    }

    #[test]
    fn bil_9_what_was_given_back_is_an_entry_of_its_own_in_the_year_in_which_it_was() {
        let (id, currency) = (ProviderId("1".into()), "EUR".into());
        let known = [Entered { kind: LedgerKind::Invoice, id, currency, total: 4_900, refunded: 900 }];
        let entries = missing(&[invoice("1", 4_900, 1_900)], &known, calendar(), soon());
        let told: Vec<_> =
            entries.iter().map(|entry| (entry.kind, entry.booked(), entry.fiscal_year_end.year())).collect();
        assert_eq!(told, [(LedgerKind::Refund, -1_000, 2027)]);
        let entries = missing(&[invoice("1", 4_900, 1_900)], &[], calendar(), soon());
        let told: Vec<_> =
            entries.iter().map(|entry| (entry.kind, entry.booked(), entry.fiscal_year_end.year())).collect();
        assert_eq!(told, [(LedgerKind::Invoice, 4_900, 2026), (LedgerKind::Refund, -1_900, 2027)]);
    }

    #[test]
    fn bil_9_an_order_and_its_first_invoice_are_the_same_money() {
        // The ids of orders and invoices are series apart: here they are alike.
        let bills = [order("1", 4_900, 0), invoice("1", 4_900, 0), later(invoice("2", 5_900, 0))];
        let mut entered = Vec::new();
        let sum = |entries: &[LedgerEntry]| entries.iter().map(LedgerEntry::booked).sum::<i64>();
        assert_eq!(sum(&write_up(&bills, &mut entered)), 10_800);
        assert_eq!(entered.len(), 3);
        assert_eq!(write_up(&bills, &mut entered), [], "nothing is written twice");
        // The order alone tells of the refund, then the invoice does too, then it alone tells of more.
        for (of_order, of_invoice, back) in [(1_000, 0, -1_000), (1_000, 1_000, 0), (1_000, 4_900, -3_900)] {
            let bills = [order("1", 4_900, of_order), invoice("1", 4_900, of_invoice), bills[2].clone()];
            let entries = write_up(&bills, &mut entered);
            assert_eq!(sum(&entries), back, "{of_order} {of_invoice}");
            assert!(entries.iter().all(|entry| entry.id == ProviderId("1".into())), "{entries:?}");
            assert_eq!(told_of(&bills, &entered, soon()), [""; 0]);
        }
    }

    #[test]
    fn bil_9_what_is_not_paid_is_no_entry_yet() {
        let mut entered = Vec::new();
        for status in ["pending", "void", "failed", "a word of tomorrow"] {
            let bills = [in_status(invoice("1", 4_900, 0), status)];
            assert_eq!(write_up(&bills, &mut entered), [], "{status}");
            assert_eq!(told_of(&bills, &entered, soon()), [""; 0], "{status}");
        }
        assert_eq!(write_up(&[invoice("1", 4_900, 0)], &mut entered).len(), 1);
    }

    #[test]
    fn bil_9_another_currency_is_another_invoice_in_its_own() {
        let bills = [invoice("1", 4_900, 0), later(in_dollars(invoice("2", 5_300, 0)))];
        let told: Vec<_> = missing(&bills, &[], calendar(), soon())
            .into_iter()
            .map(|entry| (entry.amounts.currency.clone(), entry.booked()))
            .collect();
        assert_eq!(told, [("EUR".to_owned(), 4_900), ("USD".to_owned(), 5_300)]);
    }

    #[test]
    fn bil_9_where_the_provider_says_something_else_by_now_somebody_is_told() {
        let mut entered = Vec::new();
        let first = [order("7", 4_900, 0), invoice("1", 4_900, 900)];
        write_up(&first, &mut entered);
        assert_eq!(told_of(&first, &entered, soon()), [""; 0]);
        for (what, second, told) in [
            ("another amount", [order("7", 4_900, 0), invoice("1", 5_000, 900)], &["1"][..]),
            ("another currency", [order("7", 4_900, 0), in_dollars(invoice("1", 4_900, 900))], &["1"]),
            ("given back no more", [order("7", 4_900, 0), invoice("1", 4_900, 0)], &["1"]),
            ("not paid any more", [order("7", 4_900, 0), in_status(invoice("1", 4_900, 900), "void")], &["7", "1"]),
        ] {
            let written = write_up(&second, &mut entered.clone());
            assert_eq!(written, [], "{what}: nothing is changed for it");
            assert_eq!(told_of(&second, &entered, soon()), told, "{what}");
        }
        let lone = [order("7", 4_900, 0)];
        assert_eq!(told_of(&lone, &entered, lone[0].issued_at + INVOICED), [""; 0]);
        assert_eq!(told_of(&lone, &entered, soon()), ["7"], "no invoice tells of it");
        assert_eq!(told_of(&[invoice("3", 1, 0)], &entered, soon()), ["3"]);
    }

    #[test]
    fn ret_11_what_is_no_longer_kept_does_not_come_back_because_the_provider_still_tells_of_it() {
        let bills = [invoice("1", 4_900, 0)];
        let end = retain_until(calendar().end_of(bills[0].issued_at));
        let before = end - SignedDuration::from_secs(1);
        assert_eq!(missing(&bills, &[], calendar(), before).len(), 1);
        assert_eq!(told_of(&bills, &[], before), ["1"]);
        assert_eq!(missing(&bills, &[], calendar(), end), []);
        assert_eq!(told_of(&bills, &[], end), [""; 0]);
    }
}
