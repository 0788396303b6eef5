//! A file of people without some of them.

use std::collections::BTreeSet;

use crate::{
    csv::{Reader, Record, unguarded},
    language::Language,
    text::{Email, Phone},
};

/// The addresses in a text, wherever they stand, as they are compared.
pub fn addresses(text: &str) -> impl Iterator<Item = Email> + '_ {
    let is_outside = |c: char| c.is_whitespace() || c.is_control() || "<>()[]{}\"',;:|/\\".contains(c);
    let words = text.split(is_outside).filter(|word| word.contains('@'));
    words.filter_map(|word| Email::parse(&word.trim_matches(['.', '=', '-']).to_lowercase()).ok())
}

/// Whether a row names one of them: by an address, or by a number if no address stands beside it.
pub fn names(raw: &str, cells: Option<&[String]>, emails: &BTreeSet<String>, phones: &BTreeSet<String>) -> bool {
    let mut found = addresses(raw).peekable();
    if found.peek().is_some() {
        return found.any(|address| emails.contains(&address.normalized()));
    }
    let is_theirs = |cell: &String| {
        let written =
            [Language::English, Language::French].map(|language| Phone::parse(unguarded(cell), language).ok());
        written.iter().flatten().filter_map(Phone::e164).any(|number| phones.contains(number))
    };
    !phones.is_empty() && cells.is_some_and(|cells| cells.iter().any(is_theirs))
}

/// The text without the rows that are meant, and the lines on which these began; none if there are none. Where they were are
/// empty lines, so that all others stay on theirs.
pub fn without(
    text: &str,
    delimiter: char,
    line: u32,
    is_meant: impl Fn(&Record<'_>) -> bool,
) -> Option<(String, Vec<u32>)> {
    let (mut left, mut at, mut lines) = (String::with_capacity(text.len()), 0, Vec::new());
    for record in Reader::at(text, delimiter, line).filter(is_meant) {
        left.push_str(&text[at..record.at]);
        left.extend(record.raw.chars().filter(|c| matches!(c, '\r' | '\n')));
        at = record.at + record.raw.len();
        lines.push(record.line);
    }
    left.push_str(&text[at..]);
    (!lines.is_empty()).then_some((left, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn addresses_are_found_however_a_file_writes_them() {
        let text = "Anna <ANNA@Example.com>;'bert@example.com\tmailto:carl@example.com.\n\"dora@example.com\",@,no@,x";
        let found: Vec<_> = addresses(text).map(|address| address.to_string()).collect();
        assert_eq!(found, ["anna@example.com", "bert@example.com", "carl@example.com", "dora@example.com"]);
    }

    #[test]
    fn a_row_goes_with_its_person_and_all_others_stay_on_their_lines() {
        let text = "E-mail,Note\r\nanna@example.com,\"one\r\ntwo\"\r\njoanna@example.com,x\r\nbert@example.com,to Anna@example.com\r\n";
        let anna = set(&["anna@example.com"]);
        let is_anna = |record: &Record<'_>| names(record.raw, record.cells.as_deref(), &anna, &set(&[]));
        let (left, lines) = without(text, ',', 1, is_anna).unwrap();
        assert_eq!(lines, [2, 5], "in whichever cell the address stands");
        let rest: Vec<_> = Reader::new(&left, ',').map(|record| (record.line, record.raw)).collect();
        assert_eq!(rest, [(1, "E-mail,Note"), (4, "joanna@example.com,x")]);
        assert_eq!(without(&left, ',', 1, is_anna), None);
    }

    #[test]
    fn a_number_names_somebody_only_where_no_address_does() {
        let phones = set(&["+33612345678"]);
        let meant = |raw: &str| {
            let cells: Vec<_> = raw.split(';').map(str::to_owned).collect();
            names(raw, Some(&cells), &set(&["anna@example.com"]), &phones)
        };
        assert!(meant("Anna;06 12 34 56 78"));
        assert!(meant("Anna;'+33 6 12 34 56 78"));
        assert!(!meant("Bert;bert@example.com;06 12 34 56 78"), "it is that of their company");
        assert!(!meant("Bert;06 12 34 56 79"));
    }
}
