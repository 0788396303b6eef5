//! Custom properties: what an organization itself wants to know of its leads, and what is known.

mod number;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::number::Number;
use crate::{
    id::PropertyId,
    text::{Line, Message, Name},
    violation::Rule,
};

/// An organization has at most this many properties.
pub const MOST_PROPERTIES: usize = 100;
/// A property has at most this many choices.
pub const MOST_CHOICES: usize = 100;
/// What stands between two choices in one cell of a table.
pub const CHOICE_MARKS: [char; 1] = [';'];

/// What an organization wants to know of its leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its id.
    pub id: PropertyId,
    /// Grows with each change.
    pub version: i32,
    /// Its word in the API, in files and in forms; never changes.
    pub key: PropertyKey,
    /// What members call it.
    pub name: Name,
    /// What it is asked for, as the organization answers for it (DAT-2).
    pub purpose: Line,
    /// What it can hold.
    pub kind: PropertyKind,
    /// Whether it was taken out of use: what is known stays, nothing new is asked.
    pub is_archived: bool,
}

/// The word of a property: a small letter, then small letters, digits and `_`, at most 40 in all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PropertyKey(String);

/// Words that mean something else where a property's word stands beside them.
const TAKEN: &[&str] = &[
    "id",
    "name",
    "email",
    "phone",
    "company",
    "message",
    "stage",
    "pipeline",
    "owner",
    "form",
    "source",
    "tags",
    "score",
    "fit",
    "engagement",
    "grade",
    "legal_basis",
    "consent",
    "version",
    "created_at",
    "line",
    "column",
    "reason",
];

impl PropertyKey {
    /// The word that a name suggests: `Budget (k€)` is `budget_k`. One that is taken gets a number.
    pub fn suggest(name: &str, others: &[&str]) -> Self {
        let mut word = String::new();
        for c in name.to_lowercase().chars().map(plain) {
            match c {
                'a'..='z' => word.push(c),
                '0'..='9' if !word.is_empty() => word.push(c),
                _ if !word.is_empty() && !word.ends_with('_') => word.push('_'),
                _ => {}
            }
        }
        let word: String = word.trim_end_matches('_').chars().take(36).collect();
        let word = if word.is_empty() { "property".to_owned() } else { word };
        let taken = |word: &str| TAKEN.contains(&word) || others.contains(&word);
        let free = (2..others.len() + 3).map(|n| format!("{word}_{n}")).find(|word| !taken(word)).unwrap_or_default();
        Self(if taken(&word) { free } else { word })
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The letter without its accent, for the languages of our pages.
fn plain(letter: char) -> char {
    match letter {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        other => other,
    }
}

impl FromStr for PropertyKey {
    type Err = Rule;

    fn from_str(raw: &str) -> Result<Self, Rule> {
        let fits = raw.starts_with(|c: char| c.is_ascii_lowercase())
            && raw.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        match raw.len() {
            0 => Err(Rule::Required),
            41.. => Err(Rule::TooLong(40)),
            _ if !fits || TAKEN.contains(&raw) => Err(Rule::NotAKey),
            _ => Ok(Self(raw.to_owned())),
        }
    }
}

impl TryFrom<String> for PropertyKey {
    type Error = Rule;

    fn try_from(raw: String) -> Result<Self, Rule> {
        raw.parse()
    }
}

impl From<PropertyKey> for String {
    fn from(key: PropertyKey) -> Self {
        key.0
    }
}

impl fmt::Display for PropertyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a property can hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropertyKind {
    /// One line, at most 200 characters.
    Text,
    /// Several lines, at most 5,000 characters.
    LongText,
    /// A number.
    Number,
    /// A day.
    Date,
    /// One of these.
    Choice(Vec<Name>),
    /// Any of these.
    MultipleChoice(Vec<Name>),
    /// Yes or no.
    Checkbox,
    /// The address of a page.
    Url,
}

impl PropertyKind {
    /// The stable names of all kinds.
    pub const CODES: [&str; 8] =
        ["text", "long_text", "number", "date", "choice", "multiple_choice", "checkbox", "url"];

    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Choice(_) => "choice",
            Self::MultipleChoice(_) => "multiple_choice",
            Self::Checkbox => "checkbox",
            Self::Url => "url",
        }
    }

    /// What there is to choose from.
    pub fn choices(&self) -> &[Name] {
        match self {
            Self::Choice(choices) | Self::MultipleChoice(choices) => choices,
            _ => &[],
        }
    }

    /// Whether what it holds is written in somebody's own words.
    pub const fn is_free_text(&self) -> bool {
        matches!(self, Self::Text | Self::LongText | Self::Url)
    }

    /// The kind of a stable name, with what there is to choose from.
    ///
    /// # Errors
    /// [`Rule::NotAChoice`] for a name that is none, [`Rule::Required`] without choices where some are needed,
    /// [`Rule::TooMany`] of them, [`Rule::Duplicate`] if one comes twice.
    pub fn of(code: &str, choices: Vec<Name>) -> Result<Self, Rule> {
        let distinct: BTreeSet<_> = choices.iter().map(|choice| choice.to_lowercase()).collect();
        let some = |choices: Vec<Name>| match choices.len() {
            0 => Err(Rule::Required),
            n if n > MOST_CHOICES => Err(Rule::TooMany(MOST_CHOICES)),
            n if n > distinct.len() => Err(Rule::Duplicate),
            _ => Ok(choices),
        };
        match code {
            "text" => Ok(Self::Text),
            "long_text" => Ok(Self::LongText),
            "number" => Ok(Self::Number),
            "date" => Ok(Self::Date),
            "choice" => some(choices).map(Self::Choice),
            "multiple_choice" => some(choices).map(Self::MultipleChoice),
            "checkbox" => Ok(Self::Checkbox),
            "url" => Ok(Self::Url),
            _ => Err(Rule::NotAChoice),
        }
    }

    /// Reads what was written, several texts where several can be chosen; nothing is no value.
    ///
    /// # Errors
    /// The rule the texts break.
    pub fn read(&self, written: &[&str]) -> Result<Option<PropertyValue>, Rule> {
        let written: Vec<&str> = written.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
        if let Self::MultipleChoice(choices) = self {
            let chosen: Result<BTreeSet<Name>, Rule> = written.iter().map(|text| one_of(choices, text)).collect();
            return chosen.map(|chosen| Some(chosen).filter(|chosen| !chosen.is_empty()).map(PropertyValue::Several));
        }
        let text = match written[..] {
            [] => return Ok(None),
            [text] => text,
            _ => return Err(Rule::Duplicate),
        };
        Ok(Some(match self {
            Self::Text => PropertyValue::Text(Message::parse(&Line::parse(text)?)?),
            Self::LongText => PropertyValue::Text(Message::parse(text)?),
            Self::Number => PropertyValue::Number(Number::read(text)?),
            Self::Date => PropertyValue::Text(Message::parse(&read_date(text)?.to_string())?),
            Self::Choice(choices) | Self::MultipleChoice(choices) => {
                PropertyValue::Text(Message::parse(&one_of(choices, text)?)?)
            }
            Self::Checkbox => PropertyValue::Checked(read_yes_or_no(text)?),
            Self::Url => PropertyValue::Text(Message::parse(&read_url(text)?)?),
        }))
    }
}

/// The choice that a text names; capitals do not count.
pub(crate) fn one_of(choices: &[Name], text: &str) -> Result<Name, Rule> {
    let wanted = text.to_lowercase();
    choices.iter().find(|choice| choice.to_lowercase() == wanted).cloned().ok_or(Rule::NotAChoice)
}

/// A day of the years 1 to 9999, as a calendar of a browser, a French or a British hand writes it: `2026-11-26`,
/// `26/11/2026`, `26.11.2026`.
///
/// # Errors
/// [`Rule::NotADate`].
pub fn read_date(text: &str) -> Result<Date, Rule> {
    let formats = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"];
    let day = formats.iter().find_map(|format| Date::strptime(format, text).ok());
    // Only these years come back as they are written.
    day.filter(|day| day.year() > 0).ok_or(Rule::NotADate)
}

fn read_yes_or_no(text: &str) -> Result<bool, Rule> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "yes" | "oui" | "on" | "x" => Ok(true),
        "0" | "false" | "no" | "non" | "off" => Ok(false),
        _ => Err(Rule::NotAChoice),
    }
}

fn read_url(text: &str) -> Result<String, Rule> {
    let line = if text.chars().any(char::is_control) { Err(Rule::ControlCharacter) } else { Ok(text) }?;
    let url = Url::parse(line).map_err(|_| Rule::NotAUrl)?;
    match url.scheme() {
        _ if line.chars().count() > 2_048 => Err(Rule::TooLong(2_048)),
        "http" | "https" if url.has_host() => Ok(url.into()),
        _ => Err(Rule::NotAUrl),
    }
}

/// What is known of one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PropertyValue {
    /// Yes or no.
    Checked(bool),
    /// A number.
    Number(Number),
    /// What was chosen.
    Several(BTreeSet<Name>),
    /// A text, a day as `2026-11-26`, an address, or what was chosen.
    Text(Message),
}

impl PropertyValue {
    /// The value as it would be written: what [`PropertyKind::read`] reads. A yes is `true`.
    pub fn written(&self) -> String {
        match self {
            Self::Checked(yes) => yes.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Several(chosen) => chosen.iter().map(|choice| &**choice).collect::<Vec<_>>().join("\n"),
            Self::Text(text) => text.to_string(),
        }
    }
}

/// What is known of all properties of a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Properties(BTreeMap<PropertyId, PropertyValue>);

impl Properties {
    /// What is known of one.
    pub fn get(&self, id: PropertyId) -> Option<&PropertyValue> {
        self.0.get(&id)
    }

    /// Keeps what is known of one; nothing forgets it.
    pub fn set(&mut self, id: PropertyId, value: Option<PropertyValue>) {
        match value {
            Some(value) => self.0.insert(id, value),
            None => self.0.remove(&id),
        };
    }

    /// Takes over what is unknown here.
    pub fn fill(&mut self, other: Self) {
        for (id, value) in other.0 {
            self.0.entry(id).or_insert(value);
        }
    }

    /// All that is known.
    pub fn iter(&self) -> impl Iterator<Item = (PropertyId, &PropertyValue)> {
        self.0.iter().map(|(id, value)| (*id, value))
    }

    /// Of which properties the two know different things.
    pub fn differing(&self, other: &Self) -> BTreeSet<PropertyId> {
        let ids = self.0.keys().chain(other.0.keys());
        ids.filter(|id| self.0.get(id) != other.0.get(id)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn choices(words: &[&str]) -> Vec<Name> {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    fn read(kind: &PropertyKind, written: &str) -> Result<String, Rule> {
        kind.read(&[written]).map(|value| value.map(|value| value.written()).unwrap_or_default())
    }

    #[test]
    fn a_key_is_suggested_by_the_name_and_free() {
        let suggest = |name: &str, others: &[&str]| PropertyKey::suggest(name, others).to_string();
        assert_eq!(suggest("Budget (k€)", &[]), "budget_k");
        assert_eq!(suggest("Date d’échéance", &[]), "date_d_echeance");
        assert_eq!(suggest("E-Mail", &[]), "e_mail");
        assert_eq!(suggest("42", &[]), "property");
        assert_eq!(suggest("Email", &[]), "email_2", "a word of our own is taken");
        assert_eq!(suggest("Size", &["size"]), "size_2");
        for raw in ["A", "1a", "a-b", "a b", "email", "é"] {
            assert_eq!(raw.parse::<PropertyKey>(), Err(Rule::NotAKey), "{raw}");
        }
    }

    #[test]
    fn each_kind_reads_what_people_write() {
        assert_eq!(read(&PropertyKind::Number, "1 234,5").unwrap(), "1234.5");
        assert_eq!(read(&PropertyKind::Number, "-0").unwrap(), "0");
        for raw in ["NaN", "inf", "1e999", "12a", "1,2,3"] {
            assert_eq!(read(&PropertyKind::Number, raw), Err(Rule::NotANumber), "{raw}");
        }
        for raw in ["2026-11-26", "26/11/2026", "26.11.2026"] {
            assert_eq!(read(&PropertyKind::Date, raw).unwrap(), "2026-11-26");
        }
        assert_eq!(read(&PropertyKind::Date, "11/26/2026"), Err(Rule::NotADate));
        for edge in ["0001-01-01", "9999-12-31"] {
            assert_eq!(read(&PropertyKind::Date, edge).unwrap(), edge);
        }
        for beyond in ["0000-12-31", "-0001-12-31", "10000-01-01"] {
            assert_eq!(read(&PropertyKind::Date, beyond), Err(Rule::NotADate), "{beyond}");
        }
        assert_eq!(read(&PropertyKind::Checkbox, "Oui").unwrap(), "true");
        assert_eq!(read(&PropertyKind::Checkbox, "perhaps"), Err(Rule::NotAChoice));
        assert_eq!(read(&PropertyKind::Url, "https://example.com").unwrap(), "https://example.com/");
        assert_eq!(read(&PropertyKind::Url, "javascript:alert(1)"), Err(Rule::NotAUrl));
        assert_eq!(read(&PropertyKind::Text, " "), Ok(String::new()));
    }

    #[test]
    fn what_is_chosen_is_one_of_the_choices() {
        let one = PropertyKind::of("choice", choices(&["Small", "Large"])).unwrap();
        assert_eq!(read(&one, "large").unwrap(), "Large");
        assert_eq!(read(&one, "huge"), Err(Rule::NotAChoice));
        assert_eq!(one.read(&["Small", "Large"]), Err(Rule::Duplicate));
        let several = PropertyKind::of("multiple_choice", choices(&["Small", "Large"])).unwrap();
        assert_eq!(several.read(&["Small", "large", ""]).unwrap().unwrap().written(), "Large\nSmall");
        assert_eq!(PropertyKind::of("choice", vec![]), Err(Rule::Required));
        assert_eq!(PropertyKind::of("choice", choices(&["a", "A"])), Err(Rule::Duplicate));
    }

    #[test]
    fn what_is_unknown_is_filled_and_what_is_known_stays() {
        let id = |n| PropertyId(Uuid::from_u128(n));
        let mut known = Properties::default();
        known.set(id(1), Some(PropertyValue::Checked(true)));
        let mut other = Properties::default();
        other.set(id(1), Some(PropertyValue::Checked(false)));
        other.set(id(2), Some(PropertyValue::Checked(false)));
        assert_eq!(known.differing(&other), BTreeSet::from([id(1), id(2)]));
        known.fill(other.clone());
        assert_eq!(known.get(id(1)), Some(&PropertyValue::Checked(true)));
        assert_eq!(known.differing(&other), BTreeSet::from([id(1)]));
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_again_and_kept_as_json(number in any::<f64>(), text in "[a-zA-Z0-9 ]{1,40}") {
            for (kind, written) in [(PropertyKind::Number, number.to_string()), (PropertyKind::Text, text)] {
                if let Ok(Some(value)) = kind.read(&[&written]) {
                    prop_assert_eq!(kind.read(&[&value.written()]).unwrap().unwrap(), value.clone());
                    let kept = serde_json::to_string(&value).unwrap();
                    prop_assert_eq!(serde_json::from_str::<PropertyValue>(&kept).unwrap(), value);
                }
            }
        }
    }
}
