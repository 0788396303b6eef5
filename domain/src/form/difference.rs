//! What differs between two editions of a form, value by value: what it was called, what it is called.

use std::fmt;

use super::{Asks, FormChange, FormField, FormSettings, Purpose, changes};
use crate::language::Language;

/// One thing that can be set about a form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// A setting, by its word.
    Setting(&'static str),
    /// A part of the notice, by its word.
    Notice(&'static str),
    /// The words beside the box of a purpose.
    Box(Purpose),
    /// Whether it has to be confirmed.
    Confirmation(Purpose),
    /// In which order the fields stand.
    Order,
    /// Something about a field, by the field's word.
    Field(String, FieldDetail),
}

/// One thing that can be set about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldDetail {
    /// What it can hold.
    Kind,
    /// How it is called in a language.
    Label(Language),
    /// What helps to answer it in a language.
    Help(Language),
    /// Whether there is no sending without it.
    Required,
    /// Whether the page answers it.
    Hidden,
    /// What it is asked for.
    Purpose,
    /// What there is to choose from.
    Choices,
    /// Its lower bound.
    Least,
    /// Its upper bound.
    Most,
    /// What it tells of the lead.
    Tells,
}

/// The kind of a field that is built in, where the others have one of their own.
pub const BUILT_IN: &str = "built_in";

/// The place of the thing, as programs know it: `notice.purpose`, `fields.seats.label.fr`.
impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(word) => f.write_str(word),
            Self::Notice(part) => write!(f, "notice.{part}"),
            Self::Box(purpose) => write!(f, "purposes.{}", purpose.code()),
            Self::Confirmation(purpose) => write!(f, "purposes.{}.is_confirmed", purpose.code()),
            Self::Order => f.write_str("fields"),
            Self::Field(key, part) => write!(f, "fields.{key}.{part}"),
        }
    }
}

impl fmt::Display for FieldDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Kind => "kind",
            Self::Label(language) => return write!(f, "label.{}", language.code()),
            Self::Help(language) => return write!(f, "help.{}", language.code()),
            Self::Required => "is_required",
            Self::Hidden => "is_hidden",
            Self::Purpose => "purpose",
            Self::Choices => "choices",
            Self::Least => "least",
            Self::Most => "most",
            Self::Tells => "tells",
        };
        f.write_str(word)
    }
}

/// One thing that two editions hold differently. What can be listed stands one a line, what is yes or no as `true` or
/// `false`; nothing where there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about.
    pub detail: Detail,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// All that is set about a form and is not empty: settings first, then what it asks, field by field.
pub fn details(settings: &FormSettings) -> Vec<(Detail, String)> {
    let fields = settings.fields.iter().flat_map(|field| of_field(field.key(), Some(field)));
    of_settings(settings).into_iter().chain(fields).filter_map(|(detail, value)| Some((detail, value?))).collect()
}

/// What differs from `before` to `after`: settings first, then what is asked in its order, then what is not asked any
/// more.
pub fn differences(before: &FormSettings, after: &FormSettings) -> Vec<Difference> {
    let mut found: Vec<_> = differing(of_settings(before), of_settings(after)).collect();
    if changes(before, after).contains(&FormChange::Order) {
        let (before, after) = (Some(order(&before.fields)), Some(order(&after.fields)));
        found.push(Difference { detail: Detail::Order, before, after });
    }
    let gone = before.fields.iter().filter(|former| after.fields.iter().all(|field| field.key() != former.key()));
    for key in after.fields.iter().chain(gone).map(FormField::key) {
        let of_one = |fields: &[FormField]| of_field(key, fields.iter().find(|field| field.key() == key));
        found.extend(differing(of_one(&before.fields), of_one(&after.fields)));
    }
    found
}

/// A thing and what it holds.
type Held = (Detail, Option<String>);

/// The same things of two editions, as far as they differ.
fn differing(before: Vec<Held>, after: Vec<Held>) -> impl Iterator<Item = Difference> {
    let pairs = before.into_iter().zip(after).filter(|((_, before), (_, after))| before != after);
    pairs.map(|((detail, before), (_, after))| Difference { detail, before, after })
}

fn order(fields: &[FormField]) -> String {
    fields.iter().map(FormField::key).collect::<Vec<_>>().join("\n")
}

/// Everything about a form but its fields: always the same things in the same order.
fn of_settings(settings: &FormSettings) -> Vec<Held> {
    let origins: Vec<&str> = settings.allowed_origins.iter().map(|origin| &**origin).collect();
    let told = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let held = [
        ("name", told(&settings.name)),
        ("language", told(settings.language.code())),
        ("legal_basis", told(settings.legal_basis.code())),
        ("consent_wording", settings.consent_wording.as_deref().and_then(told)),
        ("allowed_origins", told(&origins.join("\n"))),
        ("thank_you", settings.thank_you.as_deref().and_then(told)),
        ("requires_token", told(yes(settings.requires_token))),
        ("requires_work", told(yes(settings.requires_work))),
        ("known_person", told(settings.known_person.code())),
    ];
    let held = held.into_iter().map(|(word, value)| (Detail::Setting(word), value));
    let notice = settings.notice.parts().map(|(part, words)| (Detail::Notice(part), told(words)));
    let boxes = Purpose::ALL.map(|purpose| {
        let asked = settings.purposes.iter().find(|asked| asked.purpose == purpose);
        (Detail::Box(purpose), asked.map(|asked| asked.wording.to_string()))
    });
    let confirmed = Purpose::ALL.map(|purpose| {
        let is_asked = settings.purposes.iter().any(|asked| asked.purpose == purpose && asked.is_confirmed);
        (Detail::Confirmation(purpose), is_asked.then(|| yes(true).to_owned()))
    });
    held.chain(notice).chain(boxes).chain(confirmed).collect()
}

/// Everything about a field, or about none: always the same things in the same order.
fn of_field(key: &str, field: Option<&FormField>) -> Vec<Held> {
    let own = field.and_then(|field| field.asks.own());
    let kind = |field: &FormField| match &field.asks {
        Asks::Own(own) => own.kind.code().to_owned(),
        _ => BUILT_IN.to_owned(),
    };
    let word = |part: FieldDetail| {
        let words = match part {
            FieldDetail::Label(language) => field.and_then(|field| field.label.exactly(language)),
            FieldDetail::Help(language) => field.and_then(|field| field.help.exactly(language)),
            _ => None,
        };
        (part, words.map(ToString::to_string))
    };
    let choices = own.map(|own| own.kind.choices().iter().map(|choice| &**choice).collect::<Vec<_>>().join("\n"));
    let bound = |bound: Option<u32>| bound.map(|bound| bound.to_string());
    let words = Language::ALL.map(FieldDetail::Label).into_iter().chain(Language::ALL.map(FieldDetail::Help));
    let rest = [
        (FieldDetail::Required, field.map(|field| yes(field.is_required).to_owned())),
        (FieldDetail::Hidden, own.map(|own| yes(own.is_hidden).to_owned())),
        (FieldDetail::Purpose, own.map(|own| own.purpose.to_string())),
        (FieldDetail::Choices, choices.filter(|choices| !choices.is_empty())),
        (FieldDetail::Least, own.and_then(|own| bound(own.limits.least))),
        (FieldDetail::Most, own.and_then(|own| bound(own.limits.most))),
        (FieldDetail::Tells, own.and_then(|own| own.tells).map(|tells| tells.to_string())),
    ];
    let first = std::iter::once((FieldDetail::Kind, field.map(kind)));
    let all = first.chain(words.map(word)).chain(rest);
    all.map(|(part, value)| (Detail::Field(key.to_owned(), part), value)).collect()
}

const fn yes(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        form::{KnownPerson, LegalBasis, Limits, Notice, OwnField, PurposeBox, Words},
        property::PropertyKind,
        text::{Line, Message, Name},
    };

    fn words(english: &str, french: &str) -> Words {
        let line = |text| Line::parse_optional(text).unwrap();
        Words::of([(Language::English, line(english)), (Language::French, line(french))])
    }

    fn seats(label: Words, most: Option<u32>) -> FormField {
        let own = OwnField {
            key: "seats".parse().unwrap(),
            kind: PropertyKind::Number,
            limits: Limits { least: None, most },
            is_hidden: false,
            purpose: Line::parse("To size it").unwrap(),
            tells: None,
        };
        FormField { asks: Asks::Own(own), label, help: Words::default(), is_required: false }
    }

    fn settings(fields: Vec<FormField>) -> FormSettings {
        FormSettings {
            name: Name::parse("Contact").unwrap(),
            language: Language::English,
            allowed_origins: Vec::new(),
            thank_you: None,
            legal_basis: LegalBasis::LegitimateInterest,
            notice: Notice::of(Message::parse("We answer you.").unwrap()),
            consent_wording: None,
            purposes: Vec::new(),
            requires_token: false,
            requires_work: false,
            known_person: KnownPerson::Append,
            fields,
        }
    }

    fn told(before: &FormSettings, after: &FormSettings) -> Vec<(String, Option<String>, Option<String>)> {
        let found = differences(before, after).into_iter();
        found.map(|one| (one.detail.to_string(), one.before, one.after)).collect()
    }

    fn row(at: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (at.to_owned(), some(before), some(after))
    }

    #[test]
    fn what_differs_is_told_with_what_it_was_and_what_it_is() {
        let before = settings(vec![FormField::plain(Asks::Email), seats(words("Seats", ""), None)]);
        assert_eq!(differences(&before, &before), []);
        let mut after = before.clone();
        after.notice.purpose = Message::parse("We answer you soon.").unwrap();
        after.purposes = vec![PurposeBox {
            purpose: Purpose::Sharing,
            wording: Message::parse("Tell Ann.").unwrap(),
            is_confirmed: true,
        }];
        after.requires_token = true;
        after.fields = vec![seats(words("How many?", "Combien ?"), Some(9)), FormField::plain(Asks::Email)];
        let expected = [
            row("requires_token", "false", "true"),
            row("notice.purpose", "We answer you.", "We answer you soon."),
            row("purposes.sharing", "", "Tell Ann."),
            row("purposes.sharing.is_confirmed", "", "true"),
            row("fields", "email\nseats", "seats\nemail"),
            row("fields.seats.label.en", "Seats", "How many?"),
            row("fields.seats.label.fr", "", "Combien ?"),
            row("fields.seats.most", "", "9"),
        ];
        assert_eq!(told(&before, &after), expected);
        let back: Vec<_> = expected.into_iter().map(|(at, before, after)| (at, after, before)).collect();
        assert_eq!(told(&after, &before), back, "the other way round it is the other way round");
    }

    #[test]
    fn a_field_that_came_or_went_is_told_whole_in_its_place() {
        let before = settings(vec![FormField::plain(Asks::Email), seats(words("Seats", ""), None)]);
        let after = settings(vec![FormField::plain(Asks::Email), FormField::plain(Asks::Phone)]);
        let expected = [
            row("fields.phone.kind", "", BUILT_IN),
            row("fields.phone.is_required", "", "false"),
            row("fields.seats.kind", "number", ""),
            row("fields.seats.label.en", "Seats", ""),
            row("fields.seats.is_required", "false", ""),
            row("fields.seats.is_hidden", "false", ""),
            row("fields.seats.purpose", "To size it", ""),
        ];
        assert_eq!(told(&before, &after), expected);
    }

    #[test]
    fn wherever_two_editions_differ_there_is_a_detail_of_it_and_only_there() {
        let base = settings(vec![FormField::plain(Asks::Email), seats(words("Seats", "Places"), Some(5))]);
        let mut other = base.clone();
        other.fields[1].help = words("", "En chiffres");
        other.known_person = KnownPerson::AlwaysNew;
        for (before, after) in [(&base, &other), (&other, &base), (&base, &base)] {
            assert_eq!(changes(before, after).is_empty(), differences(before, after).is_empty());
            let (held, now) = (details(before), details(after));
            for one in differences(before, after) {
                let find = |all: &[(Detail, String)]| {
                    all.iter().find(|(detail, _)| *detail == one.detail).map(|(_, value)| value.clone())
                };
                assert_eq!((find(&held), find(&now)), (one.before.clone(), one.after.clone()), "{one:?}");
            }
        }
    }
}
