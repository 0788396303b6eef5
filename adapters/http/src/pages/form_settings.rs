//! A form's settings as they stand in the fields of its page.

use qualify_domain::{
    form::{FormField, FormSettings, KnownPerson, LegalBasis, Notice, Purpose},
    language::Language,
    violation::Violations,
};
use qualify_usecases::{WrittenForm, WrittenNotice};

use crate::{fields::Posted, filled::Filled, problem::Problem};

/// The fields, as they came.
#[derive(Clone, Debug)]
pub struct Typed {
    values: [String; NAMES.len()],
    /// The version of the form that was looked at; empty for a new one.
    pub version: String,
}

const NAMES: [&str; 18] = [
    "name",
    "language",
    "legal_basis",
    "consent_wording",
    "controller",
    "contact",
    "purpose",
    "retention",
    "recipients",
    "consent_email_marketing",
    "consent_phone_marketing",
    "consent_sharing",
    "consent_profiling",
    "allowed_origins",
    "thank_you",
    "requires_token",
    "requires_work",
    "known_person",
];

impl Typed {
    /// Reads the fields.
    ///
    /// # Errors
    /// 400 for fields that do not belong there.
    pub fn read(posted: &Posted) -> Result<Self, Problem> {
        let mut names = ["version"; NAMES.len() + 1];
        names[..NAMES.len()].copy_from_slice(&NAMES);
        let mut values = posted.only(names)?.to_vec();
        let version = values.pop().unwrap_or_default();
        let values = values.try_into().map_err(|_| Problem::bad_request())?;
        Ok(Self { values, version })
    }

    fn value(&self, name: &str) -> &str {
        NAMES.iter().position(|one| *one == name).map_or("", |place| &self.values[place])
    }

    /// The settings of a form that asks these fields, or all their faults.
    ///
    /// # Errors
    /// Each fault at its field of the page.
    pub fn parse(&self, fields: Vec<FormField>) -> Result<FormSettings, Violations> {
        let text = |name| self.value(name).to_owned();
        let asked: Vec<Purpose> = Purpose::ALL.into_iter().filter(|one| !self.value(one.field()).is_empty()).collect();
        let written = WrittenForm {
            name: text("name"),
            language: text("language"),
            legal_basis: text("legal_basis"),
            notice: WrittenNotice {
                controller: text("controller"),
                contact: text("contact"),
                purpose: text("purpose"),
                retention: text("retention"),
                recipients: text("recipients"),
            },
            consent_wording: text("consent_wording"),
            purposes: asked.iter().map(|one| (one.code().to_owned(), text(one.field()))).collect(),
            allowed_origins: self.value("allowed_origins").split_whitespace().map(str::to_owned).collect(),
            thank_you: text("thank_you"),
            requires_token: !self.value("requires_token").is_empty(),
            requires_work: !self.value("requires_work").is_empty(),
            known_person: text("known_person"),
        };
        written.parse(fields).map_err(|faults| at_fields(&faults, &asked))
    }

    /// The fields as they came, to be shown again.
    pub fn filled(&self) -> Filled {
        NAMES.iter().zip(&self.values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value))
    }
}

/// The faults at the fields of the page, which has no lists.
fn at_fields(faults: &Violations, asked: &[Purpose]) -> Violations {
    let mut told = Violations::default();
    for fault in faults.iter() {
        let place =
            fault.field.strip_prefix("purposes[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
        match (place.and_then(|place| asked.get(place)), fault.field.strip_prefix("notice.")) {
            (Some(purpose), _) => told.add(purpose.field(), fault.rule),
            (None, Some(part)) => told.add(part.to_owned(), fault.rule),
            _ => told.add(fault.field.clone(), fault.rule),
        }
    }
    told
}

/// The fields of a form that is there.
pub fn of(settings: &FormSettings) -> Filled {
    let origins: Vec<&str> = settings.allowed_origins.iter().map(|origin| &**origin).collect();
    let ticked = |yes: bool| if yes { "1" } else { "" };
    let filled = Filled::default()
        .with("name", &*settings.name)
        .with("language", settings.language.code())
        .with("legal_basis", settings.legal_basis.code())
        .with("consent_wording", settings.consent_wording.as_deref().unwrap_or_default())
        .with("allowed_origins", origins.join("\n"))
        .with("thank_you", settings.thank_you.as_deref().unwrap_or_default())
        .with("known_person", settings.known_person.code())
        .with("requires_token", ticked(settings.requires_token))
        .with("requires_work", ticked(settings.requires_work));
    let filled = settings.purposes.iter().fold(filled, |filled, one| filled.with(one.purpose.field(), &*one.wording));
    settings.notice.parts().into_iter().fold(filled, |filled, (part, words)| filled.with(part, words))
}

/// The fields of a form to be made that begins with that notice.
pub fn suggested(language: Language, notice: &Notice) -> Filled {
    let filled = Filled::default()
        .with("language", language.code())
        .with("legal_basis", LegalBasis::LegitimateInterest.code())
        .with("known_person", KnownPerson::default().code());
    notice.parts().into_iter().fold(filled, |filled, (part, words)| filled.with(part, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(changes: &[(&str, &str)]) -> Typed {
        let usual = [
            ("name", "Contact"),
            ("language", "fr"),
            ("legal_basis", "legitimate_interest"),
            ("controller", "North Ltd, York"),
            ("contact", "privacy@north.example"),
            ("purpose", "We answer."),
            ("retention", "3 years"),
            ("recipients", "Our team"),
        ];
        let value =
            |name: &&str| changes.iter().chain(&usual).find(|(one, _)| one == name).map_or("", |(_, value)| value);
        Typed { values: NAMES.map(|name| value(&name).to_owned()), version: String::new() }
    }

    fn faults(changes: &[(&str, &str)]) -> Vec<String> {
        let faults = typed(changes).parse(FormField::usual()).unwrap_err();
        faults.iter().map(|fault| fault.field.to_string()).collect()
    }

    #[test]
    fn origins_are_read_line_by_line() {
        let typed = typed(&[("allowed_origins", "https://a.example\r\n https://b.example\n\n")]);
        let settings = typed.parse(FormField::usual()).unwrap();
        assert_eq!(settings.allowed_origins.len(), 2);
        assert_eq!(of(&settings).value("allowed_origins"), "https://a.example\nhttps://b.example");
    }

    #[test]
    fn what_was_typed_is_what_the_page_shows_again() {
        let typed =
            typed(&[("consent_sharing", "Share them."), ("requires_work", "1"), ("known_person", "always_new")]);
        let settings = typed.parse(FormField::usual()).unwrap();
        assert_eq!(settings.purposes.len(), 1);
        for name in NAMES {
            assert_eq!(of(&settings).value(name), typed.value(name), "{name}");
        }
    }

    #[test]
    fn settings_that_do_not_go_together_are_told_at_their_fields() {
        let path = ("allowed_origins", "https://a.example/path");
        assert_eq!(faults(&[path]), ["allowed_origins"]);
        assert_eq!(faults(&[("legal_basis", "consent")]), ["consent_wording"]);
        assert_eq!(faults(&[path, ("legal_basis", "consent")]), ["allowed_origins", "consent_wording"]);
        assert_eq!(faults(&[("contact", ""), ("retention", ""), ("purpose", "")]), ["purpose"]);
        assert_eq!(faults(&[("contact", ""), ("retention", "")]), ["contact", "retention"]);
        assert_eq!(faults(&[("consent_sharing", "a\0")]), ["consent_sharing"]);
    }
}
