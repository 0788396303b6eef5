//! The ledger as a table, for spreadsheets and for whoever keeps the books.

use super::{LedgerEntry, LedgerKind};

/// Currencies that have no smaller unit (ISO 4217).
const WHOLE: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Those whose smaller unit is a thousandth.
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// What the columns are called. Amounts stand in cents and in units of the currency, and none is below nought, which a spreadsheet
/// could take for a formula (WEB-9): what was earned is the sum of `total` less that of `refunded`, of the lines that `counts`.
pub const COLUMNS: [&str; 21] = [
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
    "counts",
    "fiscal_year_end",
    "is_test",
];

/// An entry as a line of that table.
pub fn cells(entry: &LedgerEntry) -> [String; 21] {
    let amounts = &entry.amounts;
    let both = |cents: i64| [cents.to_string(), decimal(cents, &amounts.currency)];
    let (total, refunded) = match entry.kind {
        LedgerKind::Order | LedgerKind::Invoice => (both(amounts.total), Default::default()),
        LedgerKind::Refund => (Default::default(), both(amounts.total.saturating_neg())),
    };
    let ([subtotal_cents, subtotal], [discount_cents, discount]) = (both(amounts.subtotal), both(amounts.discount));
    let ([tax_cents, tax], [total_cents, total], [refunded_cents, refunded]) = (both(amounts.tax), total, refunded);
    let flag = |is_so: bool| if is_so { "1".to_owned() } else { String::new() };
    [
        format!("{:.0}", entry.issued_at),
        entry.kind.code().to_owned(),
        entry.id.to_string(),
        entry.status.clone(),
        amounts.currency.clone(),
        amounts.currency_rate.clone(),
        subtotal_cents,
        subtotal,
        discount_cents,
        discount,
        tax_cents,
        tax,
        amounts.tax_name.clone().unwrap_or_default(),
        amounts.tax_rate.clone().unwrap_or_default(),
        total_cents,
        total,
        refunded_cents,
        refunded,
        flag(entry.kind != LedgerKind::Order),
        entry.fiscal_year_end.to_string(),
        flag(entry.is_test),
    ]
}

/// The amount as a spreadsheet reads it: `1234.50`.
pub fn decimal(cents: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let unit = 10_u64.pow(u32::from(digits));
    let (whole, rest) = (cents.unsigned_abs() / unit, cents.unsigned_abs() % unit);
    let sign = if cents < 0 { "-" } else { "" };
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0digits$}", digits = digits.into())
    }
}

/// How many digits of an amount in that currency, kept in its smallest unit, stand behind the point (ISO 4217).
pub fn minor_digits(currency: &str) -> u8 {
    match currency {
        whole if WHOLE.contains(&whole) => 0,
        small if THOUSANDTHS.contains(&small) => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{ledger::Amounts, subscription::ProviderId};

    fn entry(kind: LedgerKind, total: i64) -> LedgerEntry {
        LedgerEntry {
            kind,
            id: ProviderId("i1".into()),
            status: "paid".into(),
            amounts: Amounts {
                currency: "EUR".into(),
                currency_rate: "1.08".into(),
                subtotal: total.max(0),
                discount: 0,
                tax: 0,
                tax_name: Some("VAT".into()),
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

    #[test]
    fn an_entry_is_a_line_of_numbers_and_an_order_does_not_count() {
        let lines = [(LedgerKind::Order, 4_900), (LedgerKind::Invoice, 4_900), (LedgerKind::Refund, -1_000)];
        let lines = lines.map(|(kind, total)| cells(&entry(kind, total)).join(","));
        let (start, charged) = ("1970-01-01T00:00:00Z", "i1,paid,EUR,1.08,4900,49.00,0,0.00,0,0.00,VAT,,4900,49.00,,");
        assert_eq!(
            lines,
            [
                format!("{start},order,{charged},,1970-12-31,"),
                format!("{start},invoice,{charged},1,1970-12-31,"),
                format!("{start},refund,i1,paid,EUR,1.08,0,0.00,0,0.00,0,0.00,VAT,,,,1000,10.00,1,1970-12-31,"),
            ]
        );
    }

    #[test]
    fn a_spreadsheet_reads_a_number() {
        for (cents, currency, number) in [
            (4_900, "EUR", "49.00"),
            (-105, "EUR", "-1.05"),
            (-5, "EUR", "-0.05"),
            (0, "EUR", "0.00"),
            (7, "JPY", "7"),
            (4_900, "KWD", "4.900"),
            (i64::MIN, "EUR", "-92233720368547758.08"),
        ] {
            assert_eq!(decimal(cents, currency), number);
        }
    }
}
