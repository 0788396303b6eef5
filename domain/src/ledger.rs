//! What was paid: the billing ledger, kept for ten years as the law wants it, without a name, an address or a card (BIL-9).

mod books;
mod table;

use std::str::FromStr;

use jiff::{Timestamp, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

pub use self::{
    books::{Entered, differing, missing},
    table::{COLUMNS, cells, decimal, minor_digits},
};
use crate::{
    deadline::{paris_day, paris_midnight},
    subscription::ProviderId,
};

/// So many years from the end of the fiscal year: article L123-22 of the French commercial code.
const KEPT_YEARS: i64 = 10;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerKind {
    /// What was ordered. The money of an order is that of the first invoice of the subscription it began.
    Order,
    /// What was charged for a period.
    Invoice,
    /// What was given back of an invoice.
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
    /// Its amounts; of a refund, `total` is what was given back with this entry, as a negative number, and `refunded` all that
    /// was given back of the invoice by then.
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

impl LedgerEntry {
    /// What it adds to the sum of what was earned, in cents: an order nothing, since its money is that of an invoice.
    pub const fn booked(&self) -> i64 {
        match self.kind {
            LedgerKind::Order => 0,
            LedgerKind::Invoice | LedgerKind::Refund => self.amounts.total,
        }
    }
}

impl Bill {
    /// Whether it was paid, whatever was given back since. What waits for its money or never got any is no entry.
    pub fn is_paid(&self) -> bool {
        matches!(self.status.as_str(), "paid" | "refunded" | "partial_refund")
    }

    /// Whether the document says of itself what cannot be: more was given back than was charged. It is kept as it is, and the
    /// operator is told.
    pub const fn is_strange(&self) -> bool {
        self.amounts.refunded > self.amounts.total || self.amounts.total < 0 || self.amounts.refunded < 0
    }
}

#[cfg(test)]
mod tests {
    use super::{books::tests::invoice, *};

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

    #[test]
    fn a_refund_beyond_the_amount_is_strange() {
        assert!(!invoice("1", 100, 100).is_strange());
        assert!(invoice("1", 100, 101).is_strange());
    }
}
