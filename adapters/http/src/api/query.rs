//! The parameters of an address: each once, all of them known.

use http::StatusCode;
use qualify_domain::violation::{Rule, Violations};

use super::body::fault;
use crate::{
    problem::{Fault, Problem},
    text::Text,
};

/// How many rows a part of a list has if nothing is said.
pub const USUAL: u16 = 50;
/// How many rows a part of a list has at most.
pub const MOST: u16 = 100;

/// How many rows a part is to have.
///
/// # Errors
/// [`Rule::OutOfRange`] for what is no whole number from 1 to [`MOST`].
pub fn limit(text: &str) -> Result<u16, Rule> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = if digits { text.parse().ok() } else { None };
    limit.filter(|limit| (1..=MOST).contains(limit)).ok_or(Rule::OutOfRange(MOST.into()))
}

/// The parameters of an address, and what is wrong with them.
pub struct Query {
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
    text: Text,
}

impl Query {
    /// Reads them; what is not known or comes twice is a fault.
    pub fn read(raw: Option<&str>, known: &[&str], text: Text) -> Self {
        let mut query = Self { pairs: Vec::new(), faults: Vec::new(), text };
        for (name, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned() {
            if !known.contains(&name.as_str()) {
                query.faults.push(fault(&name, "unknown-field", text));
            } else if query.pairs.iter().any(|(found, _)| *found == name) {
                query.faults.push(fault(&name, "duplicate", text));
            } else {
                query.pairs.push((name, value));
            }
        }
        query
    }

    /// The value of a parameter, if it was given and is good.
    pub fn take<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, Rule>) -> Option<T> {
        let (_, value) = self.pairs.iter().find(|(found, _)| found == name)?;
        match parse(value) {
            Ok(value) => Some(value),
            Err(rule) => {
                self.faults.push(self.told(name, rule));
                None
            }
        }
    }

    /// The value of a parameter that is needed, if it is good.
    pub fn need<T>(&mut self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, Rule>) -> Option<T> {
        if self.pairs.iter().any(|(found, _)| found == name) {
            return self.take(name, parse);
        }
        self.faults.push(self.told(name, Rule::Required));
        None
    }

    /// `value` if nothing was wrong.
    ///
    /// # Errors
    /// 400 with all faults at once.
    pub fn or<T>(self, value: T) -> Result<T, Problem> {
        if self.faults.is_empty() { Ok(value) } else { Err(bad().with_faults(self.faults)) }
    }

    fn told(&self, field: &'static str, rule: Rule) -> Fault {
        Fault { field: field.to_owned(), rule: rule.code(), detail: self.text.rule(field, rule) }
    }
}

/// No parameter is known at this address.
///
/// # Errors
/// 400 if there is one.
pub fn none(raw: Option<&str>, text: Text) -> Result<(), Problem> {
    Query::read(raw, &[], text).or(())
}

/// The faults of a body's fields, unreadable ones first.
pub fn faults(unreadable: &[(&'static str, &'static str)], violations: &Violations, text: Text) -> Vec<Fault> {
    let first = unreadable.iter().map(|(field, key)| fault(field, key.trim_start_matches("rule-"), text));
    let broken = violations.iter().map(|fault| Fault {
        field: fault.field.to_string(),
        rule: fault.rule.code(),
        detail: text.rule(&fault.field, fault.rule),
    });
    first.chain(broken).collect()
}

fn bad() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "error-query")
}

#[cfg(test)]
mod tests {
    use qualify_domain::language::Language;

    use super::*;

    fn faulty(raw: &str) -> Vec<(String, &'static str)> {
        let mut query = Query::read(Some(raw), &["limit"], Text::new(Language::English));
        query.take("limit", |text| text.parse::<u8>().map_err(|_| Rule::NotAChoice));
        query.faults.into_iter().map(|fault| (fault.field, fault.rule)).collect()
    }

    #[test]
    fn web_5_parameters_that_are_not_known_or_come_twice_are_told_all_at_once() {
        assert_eq!(faulty("limit=5"), []);
        assert_eq!(faulty(""), []);
        let both = [
            ("limit".to_owned(), "duplicate"),
            ("x".to_owned(), "unknown-field"),
            ("limit".to_owned(), "not-a-choice"),
        ];
        assert_eq!(faulty("limit=a&limit=2&x="), both);
    }
}
