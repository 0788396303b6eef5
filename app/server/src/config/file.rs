use std::{fs, path::Path};

use qualify_domain::subprocessor::Subprocessor;
use toml::de::{DeTable, DeValue};

use super::{
    fault::{Fault, Origin},
    subprocessors,
};

/// A value of the file, as text.
pub(super) struct Entry {
    pub section: String,
    pub key: String,
    /// None if it is of a type no key has, such as a date.
    pub text: Option<String>,
    pub origin: Origin,
}

/// Reads the file. Faults of the file as a whole go to `faults`; they never quote it, since it may hold secrets.
pub(super) fn read(path: &Path, faults: &mut Vec<Fault>) -> (Vec<Entry>, Vec<Subprocessor>) {
    let broken = |key: String, origin, expected: String| Fault { key, value: None, origin, expected };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.push(broken(path.display().to_string(), None, format!("cannot be read: {error}")));
            return (Vec::new(), Vec::new());
        }
    };
    let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    let origin = |at: usize| Origin::File(path.to_owned(), line(at));
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        faults.push(broken("not TOML".to_owned(), Some(origin(at)), error.message().to_owned()));
    }
    let (mut entries, mut list) = (Vec::new(), Vec::new());
    for (section, value) in table.get_ref() {
        if section.get_ref() == subprocessors::NAME {
            list = subprocessors::read(value.get_ref(), origin, faults);
            continue;
        }
        let DeValue::Table(keys) = value.get_ref() else {
            let expected = "stands in no section; sections begin with a line such as [http]".to_owned();
            faults.push(broken(section.get_ref().to_string(), Some(origin(section.span().start)), expected));
            continue;
        };
        entries.extend(keys.iter().map(|(key, value)| Entry {
            section: section.get_ref().to_string(),
            key: key.get_ref().to_string(),
            text: plain(value.get_ref()),
            origin: origin(key.span().start),
        }));
    }
    (entries, list)
}

/// A value as an environment variable would say it: a list is its items with commas.
fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string().replace('_', "")),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| plain(item.get_ref())).collect();
            items.map(|items| items.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}
