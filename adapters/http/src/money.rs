//! Amounts as people read them. They are kept in the smallest unit of their currency.

use qualify_domain::{language::Language, ledger::minor_digits};

use crate::text::Text;

/// An amount in its currency: `€1,234.50`, `1 234,50 €`.
pub fn money(t: Text, cents: i64, currency: &str) -> String {
    let (whole, rest) = parts(cents, currency);
    let sign = if cents < 0 { "-" } else { "" };
    let (number, symbol) = (t.number(whole), symbol(t.language(), currency));
    match (t.language(), symbol) {
        (Language::English, Some(symbol)) => format!("{sign}{symbol}{number}{}", after(".", &rest)),
        (Language::English, None) => format!("{sign}{currency}\u{a0}{number}{}", after(".", &rest)),
        (Language::French, symbol) => {
            format!("{sign}{number}{}\u{a0}{}", after(",", &rest), symbol.unwrap_or(currency))
        }
    }
}

/// What stands before its point, and the digits behind it.
fn parts(cents: i64, currency: &str) -> (u64, String) {
    let digits = usize::from(minor_digits(currency));
    let unit = 10_u64.pow(u32::try_from(digits).unwrap_or_default());
    let (whole, rest) = (cents.unsigned_abs() / unit, cents.unsigned_abs() % unit);
    (whole, if digits == 0 { String::new() } else { format!("{rest:0digits$}") })
}

fn after(point: &str, rest: &str) -> String {
    if rest.is_empty() { String::new() } else { format!("{point}{rest}") }
}

/// What is written for a currency instead of its code, where nobody could take it for another's.
fn symbol(language: Language, currency: &str) -> Option<&'static str> {
    match (currency, language) {
        ("EUR", _) => Some("€"),
        ("GBP", Language::English) => Some("£"),
        ("GBP", Language::French) => Some("£GB"),
        ("USD", Language::English) => Some("$"),
        ("USD", Language::French) => Some("$US"),
        ("JPY", Language::English) => Some("¥"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Text = Text::new(Language::English);
    const FR: Text = Text::new(Language::French);

    #[test]
    fn an_amount_is_read_in_the_language() {
        for (cents, currency, english, french) in [
            (4_900, "EUR", "€49.00", "49,00\u{a0}€"),
            (123_456_789, "EUR", "€1,234,567.89", "1\u{202f}234\u{202f}567,89\u{a0}€"),
            (5, "USD", "$0.05", "0,05\u{a0}$US"),
            (-1_000, "GBP", "-£10.00", "-10,00\u{a0}£GB"),
            (0, "CHF", "CHF\u{a0}0.00", "0,00\u{a0}CHF"),
            (4_900, "JPY", "¥4,900", "4\u{202f}900\u{a0}JPY"),
            (4_900, "KWD", "KWD\u{a0}4.900", "4,900\u{a0}KWD"),
        ] {
            assert_eq!(money(EN, cents, currency), english);
            assert_eq!(money(FR, cents, currency), french);
        }
    }
}
