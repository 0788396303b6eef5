//! The list of subprocessors, `[[subprocessors]]` in the file (PRV-3). No variable sets a list.

use std::collections::BTreeMap;

use jiff::civil::Date;
use qualify_domain::subprocessor::{Purpose, Subprocessor, Transfer};
use toml::de::DeValue;

use super::fault::{Fault, Origin};

/// What the list is called in the file.
pub(super) const NAME: &str = "subprocessors";

const KEYS: [&str; 5] = ["name", "purpose", "country", "transfer", "since"];

/// How the list is written, for the printed configuration.
pub(super) const EXAMPLE: &str = "
# Who else gets personal data so that this installation runs, one block each; the privacy page names them.
# purpose is one of: hosting, storage, mail, payments. transfer is one of: eea (it is in the European Economic
# Area), adequacy, scc (standard contractual clauses), bcr (binding corporate rules). What is added or changed
# after the first start is announced at the next one, on the page and by mail to the owners of all organizations:
# nothing starts if since is less than 30 days later (`qualify check` tells the day). A later since is no other
# subprocessor. One that is taken away has left: if it comes back after 30 days, it is announced anew.
#[[subprocessors]]
#name = \"Example Hosting SAS\"
#purpose = \"hosting\"
#country = \"France\"
#transfer = \"eea\"
#since = 2026-01-31
";

/// Reads the list; what is wrong with it goes to `faults`, and nothing that has a fault is listed.
pub(super) fn read(
    value: &DeValue<'_>,
    origin: impl Fn(usize) -> Origin,
    faults: &mut Vec<Fault>,
) -> Vec<Subprocessor> {
    let mut list: Vec<(usize, Subprocessor)> = Vec::new();
    let Some(items) = value.as_array() else {
        let expected = "expected blocks that begin with [[subprocessors]]".to_owned();
        faults.push(Fault { key: NAME.to_owned(), value: None, origin: None, expected });
        return Vec::new();
    };
    for (at, item) in items.iter().enumerate() {
        let mut block = Block {
            name: format!("{NAME}[{}]", at + 1),
            place: origin(item.span().start),
            texts: BTreeMap::new(),
            faults: Vec::new(),
        };
        for (key, value) in item.get_ref().as_table().into_iter().flatten() {
            let (key, place) = (key.get_ref().to_string(), origin(key.span().start));
            match plain(value.get_ref()) {
                _ if !KEYS.contains(&key.as_str()) => {
                    block.fault(&key, None, place, format!("no such key; there are: {}", KEYS.join(", ")));
                }
                Some(text) => drop(block.texts.insert(key, (text, place))),
                None => block.fault(&key, None, place, "expected a text or a date".to_owned()),
            }
        }
        if let Some(one) = block.subprocessor() {
            match list.iter().find(|(_, other)| other.is_same(&one)) {
                Some((other, _)) => block.is_again(*other, &one.name),
                None => list.push((at + 1, one)),
            }
        }
        faults.append(&mut block.faults);
    }
    list.into_iter().map(|(_, one)| one).collect()
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Datetime(date) => Some(date.to_string()),
        _ => None,
    }
}

struct Block {
    name: String,
    place: Origin,
    texts: BTreeMap<String, (String, Origin)>,
    faults: Vec<Fault>,
}

impl Block {
    fn subprocessor(&mut self) -> Option<Subprocessor> {
        let name = self.value("name", "a text", some_text);
        let purposes = Purpose::ALL.map(Purpose::code).join(", ");
        let purpose = self.value("purpose", &format!("one of: {purposes}"), Purpose::from_code);
        let country = self.value("country", "a text", some_text);
        let transfers = Transfer::ALL.map(Transfer::code).join(", ");
        let transfer = self.value("transfer", &format!("one of: {transfers}"), Transfer::from_code);
        let since = self.value("since", "a date such as 2026-01-31", |text| text.parse::<Date>().ok());
        let faultless = self.faults.is_empty();
        let whole =
            Subprocessor { name: name?, purpose: purpose?, country: country?, transfer: transfer?, since: since? };
        faultless.then_some(whole)
    }

    fn value<T>(&mut self, key: &str, kind: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let Some((text, place)) = self.texts.get(key).cloned() else {
            let place = self.place.clone();
            self.fault(key, None, place, format!("is not set: expected {kind}"));
            return None;
        };
        let value = read(&text);
        if value.is_none() {
            self.fault(key, Some(text), place, format!("expected {kind}"));
        }
        value
    }

    /// It names whom another block names already, for the same in the same place.
    fn is_again(&mut self, other: usize, name: &str) {
        let expected = format!("says again what {NAME}[{other}] says: take one of the two blocks away");
        let (key, origin) = (self.name.clone(), Some(self.place.clone()));
        self.faults.push(Fault { key, value: Some(name.to_owned()), origin, expected });
    }

    fn fault(&mut self, key: &str, value: Option<String>, origin: Origin, expected: String) {
        self.faults.push(Fault { key: format!("{}.{key}", self.name), value, origin: Some(origin), expected });
    }
}

fn some_text(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= 200 && !text.contains(char::is_control)).then(|| text.to_owned())
}
