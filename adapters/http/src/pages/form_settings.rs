//! A form's settings as they stand in the fields of its page.

use qualify_domain::{
    form::{FormField, FormSettings, KnownPerson, LegalBasis, Notice, Purpose},
    language::Language,
    violation::Violations,
};
use qualify_usecases::{WrittenBox, WrittenForm, WrittenNotice};

use crate::{fields::Posted, filled::Filled, problem::Problem};

/// The fields, as they came.
#[derive(Clone, Debug)]
pub struct Typed {
    values: [String; NAMES.len()],
    /// The version of the form that was looked at; empty for a new one.
    pub version: String,
}

const NAMES: [&str; 22] = [
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
    "confirm_email_marketing",
    "confirm_phone_marketing",
    "confirm_sharing",
    "confirm_profiling",
    "allowed_origins",
    "thank_you",
    "requires_token",
    "requires_work",
    "known_person",
];

/// A part of the settings, which has a tab of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// How the form is called, in which language it speaks, and where it may stand.
    #[default]
    General,
    /// What visitors are told, and what they are asked consent for.
    Notice,
    /// What holds spam back.
    Spam,
    /// What follows a submission.
    After,
}

impl Section {
    /// All of them, in the order of the fields.
    pub const ALL: [Self; 4] = [Self::General, Self::Notice, Self::Spam, Self::After];

    /// Its word: the last part of the address of its tab.
    pub const fn word(self) -> &'static str {
        match self {
            Self::General => "settings",
            Self::Notice => "notice",
            Self::Spam => "spam",
            Self::After => "after",
        }
    }

    /// The key of its name in the catalogue.
    pub const fn title(self) -> &'static str {
        match self {
            Self::General => "form-set-general",
            Self::Notice => "form-set-notice",
            Self::Spam => "form-set-spam",
            Self::After => "form-set-after",
        }
    }

    /// The one with that word, or the first where no word is said; none for a word that is nobody's.
    pub fn read(word: &str) -> Option<Self> {
        if word.is_empty() { Some(Self::default()) } else { Self::ALL.into_iter().find(|one| one.word() == word) }
    }

    /// The fields that stand in it.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::General => &["name", "language", "allowed_origins"],
            Self::Notice => &[
                "controller",
                "contact",
                "purpose",
                "retention",
                "recipients",
                "legal_basis",
                "consent_wording",
                "consent_email_marketing",
                "consent_phone_marketing",
                "consent_sharing",
                "consent_profiling",
                "confirm_email_marketing",
                "confirm_phone_marketing",
                "confirm_sharing",
                "confirm_profiling",
            ],
            Self::Spam => &["requires_token", "requires_work"],
            Self::After => &["thank_you", "known_person"],
        }
    }

    fn has_fault(self, faults: &Violations) -> bool {
        faults.iter().any(|fault| self.names().contains(&&*fault.field))
    }
}

/// The sections that a page shows; the fields of the others go with it unseen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sections(Vec<Section>);

impl Sections {
    /// All of them, for a form to be made.
    pub fn all() -> Self {
        Self(Section::ALL.to_vec())
    }

    /// Those in which something is wrong, so that each fault is seen; the one that is open where there is none.
    pub fn of(open: Section, faults: &Violations) -> Self {
        let wrong: Vec<Section> = Section::ALL.into_iter().filter(|one| one.has_fault(faults)).collect();
        Self(if wrong.is_empty() { vec![open] } else { wrong })
    }

    /// That one, and those in which something was typed that is not so now: whoever was slower sees what would be undone.
    pub fn differing(open: Section, typed: &Filled, now: &Filled) -> Self {
        let is_same = |name: &str| typed.value(name).split_whitespace().eq(now.value(name).split_whitespace());
        let differs = |one: &Section| *one == open || !one.names().iter().all(|name| is_same(name));
        Self(Section::ALL.into_iter().filter(differs).collect())
    }

    /// The one whose tab is open: that one if it is shown, else the first that is.
    pub fn open(&self, wish: Section) -> Section {
        if self.0.contains(&wish) { wish } else { self.0.first().copied().unwrap_or(wish) }
    }

    /// Whether the one with that word is shown.
    pub fn has(&self, word: &str) -> bool {
        self.0.iter().any(|one| one.word() == word)
    }

    /// The fields of those that are not shown, with what they hold.
    pub fn kept(&self, filled: &Filled) -> Vec<(&'static str, String)> {
        let unseen = Section::ALL.into_iter().filter(|one| !self.0.contains(one));
        unseen.flat_map(Section::names).map(|name| (*name, filled.value(name).to_owned())).collect()
    }
}

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
            purposes: asked.iter().map(|one| self.asked_box(*one)).collect(),
            allowed_origins: self.value("allowed_origins").split_whitespace().map(str::to_owned).collect(),
            thank_you: text("thank_you"),
            requires_token: !self.value("requires_token").is_empty(),
            requires_work: !self.value("requires_work").is_empty(),
            known_person: text("known_person"),
        };
        written.parse(fields).map_err(|faults| at_fields(&faults, &asked))
    }

    fn asked_box(&self, purpose: Purpose) -> WrittenBox {
        WrittenBox {
            purpose: purpose.code().to_owned(),
            wording: self.value(purpose.field()).to_owned(),
            is_confirmed: !self.value(purpose.confirmation_field()).is_empty(),
        }
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
    let filled = settings.purposes.iter().fold(filled, |filled, one| {
        let filled = filled.with(one.purpose.field(), &*one.wording);
        filled.with(one.purpose.confirmation_field(), ticked(one.is_confirmed))
    });
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
    use qualify_domain::violation::Rule;

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
        let typed = typed(&[
            ("consent_sharing", "Share them."),
            ("confirm_sharing", "1"),
            ("requires_work", "1"),
            ("known_person", "always_new"),
        ]);
        let settings = typed.parse(FormField::usual()).unwrap();
        assert!(settings.purposes.len() == 1 && settings.purposes[0].is_confirmed);
        for name in NAMES {
            assert_eq!(of(&settings).value(name), typed.value(name), "{name}");
        }
    }

    #[test]
    fn each_field_stands_in_one_section_and_goes_with_the_others() {
        for name in NAMES {
            assert_eq!(Section::ALL.into_iter().filter(|one| one.names().contains(&name)).count(), 1, "{name}");
        }
        let typed = typed(&[("allowed_origins", "https://a.example\nhttps://b.example"), ("requires_work", "1")]);
        for open in Section::ALL {
            assert_eq!(Section::read(open.word()), Some(open));
            let kept = Sections::of(open, &Violations::default()).kept(&typed.filled());
            assert_eq!(kept.len() + open.names().len(), NAMES.len());
            for (name, value) in kept {
                assert!(!open.names().contains(&name), "{name} comes once");
                assert_eq!(value, typed.value(name), "{name}");
            }
        }
        assert!(Sections::all().kept(&typed.filled()).is_empty());
        assert_eq!((Section::read(""), Section::read("nowhere")), (Some(Section::General), None));
    }

    #[test]
    fn what_is_wrong_is_shown_wherever_it_stands() {
        let mut faults = Violations::default();
        assert_eq!(Sections::of(Section::Spam, &faults), Sections(vec![Section::Spam]));
        faults.add("fields.seats", Rule::Required);
        assert_eq!(Sections::of(Section::Spam, &faults), Sections(vec![Section::Spam]), "fields have a tab of theirs");
        faults.add("thank_you", Rule::Required);
        faults.add("retention", Rule::Required);
        let shown = Sections::of(Section::Spam, &faults);
        assert_eq!(shown, Sections(vec![Section::Notice, Section::After]));
        assert_eq!((shown.open(Section::Spam), shown.open(Section::After)), (Section::Notice, Section::After));
        assert!(shown.has("after") && !shown.has("spam"));
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
