//! What was paid: the billing ledger, kept for ten years as the law wants it, without a name, an address or a card (BIL-9).

use std::str::FromStr;

use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    deadline::{paris_day, paris_midnight},
    subscription::ProviderId,
};

/// So many years from the end of the fiscal year: article L123-22 of the French commercial code.
const KEPT_YEARS: i64 = 10;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// What was ordered.
    Order,
    /// What was charged for a period.
    Invoice,
    /// What was given back.
    Refund,
}

impl LedgerKind {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Invoice => "invoice",
            Self::Refund => "refund",
        }
    }

    /// The kind of that stable name.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Order, Self::Invoice, Self::Refund].into_iter().find(|kind| kind.code() == code)
    }
}

/// Amounts of one document, in cents of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// The currency, by ISO 4217.
    pub currency: String,
    /// What one unit of it is worth in US dollars, as the provider told it.
    pub currency_rate: String,
    /// Before discount and tax.
    pub subtotal: i64,
    /// What was let off.
    pub discount: i64,
    /// The tax.
    pub tax: i64,
    /// What the tax is called.
    pub tax_name: Option<String>,
    /// The tax in percent, as the provider told it.
    pub tax_rate: Option<String>,
    /// Whether the prices contain the tax.
    pub tax_inclusive: bool,
    /// What was charged.
    pub total: i64,
    /// What of it was given back.
    pub refunded: i64,
}

/// A document of the provider: an order, or an invoice of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// An order or an invoice.
    pub kind: LedgerKind,
    /// Its id at the provider.
    pub id: ProviderId,
    /// The subscription it is for, if it is for one.
    pub subscription: Option<ProviderId>,
    /// The customer at the provider.
    pub customer: ProviderId,
    /// How it stands, in the provider's word: `paid`, `pending`, `void`, `refunded` …
    pub status: String,
    /// What is charged.
    pub amounts: Amounts,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When money was given back last.
    pub refunded_at: Option<Timestamp>,
    /// When it last changed there, to the second.
    pub updated_at: Timestamp,
    /// Whether no money moved: the provider's test mode.
    pub is_test: bool,
}

/// One entry: written once, never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// What it is about.
    pub kind: LedgerKind,
    /// The document at the provider.
    pub id: ProviderId,
    /// How it stood.
    pub status: String,
    /// Its amounts; of a refund, `total` is what was given back with this entry, as a negative number.
    pub amounts: Amounts,
    /// When the document was made; of a refund, when the money was given back.
    pub issued_at: Timestamp,
    /// Whether no money moved.
    pub is_test: bool,
    /// When the fiscal year ends in which it was made.
    pub fiscal_year_end: Date,
    /// From this moment on it is no longer kept (RET-11).
    pub retain_until: Timestamp,
}

/// On which day the fiscal year of whoever runs the installation ends. A 29 February is the 28 in other years (RET-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiscalYear {
    month: i8,
    day: i8,
}

/// The text is no day of the year such as `12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no day of the year such as 12-31")]
pub struct NoDay;

impl FromStr for FiscalYear {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let (month, day) = text.split_once('-').ok_or(NoDay)?;
        let (month, day) = (month.parse().map_err(|_| NoDay)?, day.parse().map_err(|_| NoDay)?);
        // Some leap year.
        Date::new(2028, month, day).map_err(|_| NoDay)?;
        Ok(Self { month, day })
    }
}

impl FiscalYear {
    /// The last day of the fiscal year in which that moment lies, in Paris.
    pub fn end_of(self, moment: Timestamp) -> Date {
        let today = paris_day(moment);
        let end = self.end_in(today.year());
        if today <= end { end } else { self.end_in(today.year().saturating_add(1)) }
    }

    fn end_in(self, year: i16) -> Date {
        let first = Date::new(year, self.month, 1).unwrap_or(Date::MAX);
        first.saturating_add(i64::from(self.day.min(first.days_in_month()) - 1).days())
    }
}

/// When a document of a fiscal year that ends on that day is kept no longer: when the same day is over ten years later, in
/// Paris; of a 29 February that is a 28 (RET-11).
pub fn retain_until(fiscal_year_end: Date) -> Timestamp {
    let last = fiscal_year_end.saturating_add(KEPT_YEARS.years());
    last.tomorrow().map_or(Timestamp::MAX, paris_midnight)
}

impl Bill {
    /// What the ledger gains by this document as it stands now: the document itself, and what was given back beyond `refunded`,
    /// which is what the ledger knows of already. Written in any order and any number of times it comes to the same.
    pub fn entries(&self, refunded: i64, fiscal_year: FiscalYear) -> Vec<LedgerEntry> {
        let entry = |kind, status: &str, amounts, issued_at| {
            let fiscal_year_end = fiscal_year.end_of(issued_at);
            LedgerEntry {
                kind,
                id: self.id.clone(),
                status: status.to_owned(),
                amounts,
                issued_at,
                is_test: self.is_test,
                fiscal_year_end,
                retain_until: retain_until(fiscal_year_end),
            }
        };
        let mut entries = vec![entry(self.kind, &self.status, self.amounts.clone(), self.issued_at)];
        let back = self.amounts.refunded - refunded;
        if back > 0 {
            let amounts = Amounts { subtotal: 0, discount: 0, tax: 0, total: -back, ..self.amounts.clone() };
            entries.push(entry(LedgerKind::Refund, "refunded", amounts, self.refunded_at.unwrap_or(self.updated_at)));
        }
        entries
    }

    /// Whether the document says of itself what cannot be: more was given back than was charged. It is kept as it is, and the
    /// operator is told.
    pub const fn is_strange(&self) -> bool {
        self.amounts.refunded > self.amounts.total || self.amounts.total < 0 || self.amounts.refunded < 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ret_11_a_document_is_kept_ten_years_from_the_end_of_its_fiscal_year() {
        let calendar: FiscalYear = "12-31".parse().unwrap();
        for (issued, end, until) in [
            ("2026-11-29T10:00:00Z", "2026-12-31", "2036-12-31T23:00:00Z"),
            // The last hour of the year in London is the next year in Paris.
            ("2026-12-31T23:30:00Z", "2027-12-31", "2037-12-31T23:00:00Z"),
            ("2026-12-31T22:59:59Z", "2026-12-31", "2036-12-31T23:00:00Z"),
        ] {
            assert_eq!(calendar.end_of(at(issued)), end.parse().unwrap(), "{issued}");
            assert_eq!(retain_until(end.parse().unwrap()), at(until), "{issued}");
        }
    }

    #[test]
    fn ret_11_a_29_february_is_the_28_in_other_years() {
        let february: FiscalYear = "02-29".parse().unwrap();
        assert_eq!(february.end_of(at("2026-02-28T12:00:00Z")), "2026-02-28".parse().unwrap());
        assert_eq!(february.end_of(at("2026-03-01T12:00:00Z")), "2027-02-28".parse().unwrap());
        assert_eq!(february.end_of(at("2028-01-01T12:00:00Z")), "2028-02-29".parse().unwrap());
        assert_eq!(retain_until("2028-02-29".parse().unwrap()), at("2038-02-28T23:00:00Z"));
    }

    #[test]
    fn what_is_no_day_ends_no_year() {
        for text in ["", "12", "13-01", "02-30", "12-31-1", "x-y", "12-00"] {
            assert_eq!(text.parse::<FiscalYear>(), Err(NoDay), "{text}");
        }
    }

    fn invoice(total: i64, refunded: i64) -> Bill {
        Bill {
            kind: LedgerKind::Invoice,
            id: ProviderId("1".into()),
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

    #[test]
    fn bil_9_what_was_given_back_is_an_entry_of_its_own_in_the_year_in_which_it_was() {
        let calendar: FiscalYear = "12-31".parse().unwrap();
        let entries = invoice(4_900, 1_900).entries(900, calendar);
        let told: Vec<_> =
            entries.iter().map(|entry| (entry.kind, entry.amounts.total, entry.fiscal_year_end.year())).collect();
        assert_eq!(told, [(LedgerKind::Invoice, 4_900, 2026), (LedgerKind::Refund, -1_000, 2027)]);
        assert_eq!(invoice(4_900, 1_900).entries(1_900, calendar).len(), 1, "nothing is given back twice");
    }

    #[test]
    fn a_refund_beyond_the_amount_is_strange() {
        assert!(!invoice(100, 100).is_strange());
        assert!(invoice(100, 101).is_strange());
    }
}
