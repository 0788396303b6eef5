//! A form's settings as they stand in the fields of its page.

use qualify_domain::{
    form::{FormField, FormSettings, KnownPerson, LegalBasis},
    language::Language,
    text::{HttpsUrl, Message, Name, Origin},
    violation::Violations,
};

use crate::{fields::Posted, filled::Filled, problem::Problem, text::Text};

/// The fields, as they came.
#[derive(Clone, Debug)]
pub struct Typed {
    values: [String; 9],
    /// The version of the form that was looked at; empty for a new one.
    pub version: String,
}

const NAMES: [&str; 9] = [
    "name",
    "language",
    "legal_basis",
    "consent_wording",
    "notice",
    "allowed_origins",
    "thank_you",
    "requires_token",
    "known_person",
];

impl Typed {
    /// Reads the fields.
    ///
    /// # Errors
    /// 400 for fields that do not belong there.
    pub fn read(posted: &Posted) -> Result<Self, Problem> {
        let [name, language, basis, consent, notice, origins, thanks, token, known] = NAMES;
        let names = [name, language, basis, consent, notice, origins, thanks, token, known, "version"];
        let [name, language, basis, consent, notice, origins, thanks, token, known, version] = posted.only(names)?;
        Ok(Self { values: [name, language, basis, consent, notice, origins, thanks, token, known], version })
    }

    /// The settings of a form that asks these fields, or all their faults.
    ///
    /// # Errors
    /// Each fault at its field.
    pub fn parse(&self, fields: Vec<FormField>) -> Result<FormSettings, Violations> {
        let [name, language, basis, consent, notice, origins, thanks, token, known] = &self.values;
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(name));
        let language = faults.keep("language", language.parse());
        let legal_basis = faults.keep("legal_basis", basis.parse());
        let consent_wording = faults.keep("consent_wording", Message::parse_optional(consent)).flatten();
        let notice = faults.keep("notice", Message::parse(notice));
        let origins: Result<Vec<_>, _> = origins.split_whitespace().map(Origin::parse).collect();
        let allowed_origins = faults.keep("allowed_origins", origins).unwrap_or_default();
        let thank_you = faults.keep("thank_you", HttpsUrl::parse_optional(thanks)).flatten();
        let usual = Some(KnownPerson::default()).filter(|_| known.is_empty());
        let known_person = faults.keep("known_person", usual.map_or_else(|| known.parse(), Ok));
        let settings = match (name, language, legal_basis, notice, known_person) {
            (Some(name), Some(language), Some(legal_basis), Some(notice), Some(known_person)) => Some(FormSettings {
                name,
                language,
                allowed_origins,
                thank_you,
                legal_basis,
                notice,
                consent_wording,
                requires_token: !token.is_empty(),
                known_person,
                fields,
            }),
            _ => None,
        };
        // What does not go together is told beside what cannot be read, not after it.
        let settings = settings.and_then(|settings| match settings.checked() {
            Ok(settings) => Some(settings),
            Err(more) => {
                more.iter().for_each(|fault| faults.add(fault.field.clone(), fault.rule));
                None
            }
        });
        faults.or(settings)
    }

    /// The fields as they came, to be shown again.
    pub fn filled(&self) -> Filled {
        NAMES.iter().zip(&self.values).fold(Filled::default(), |filled, (name, value)| filled.with(name, value))
    }
}

/// The fields of a form that is there.
pub fn of(settings: &FormSettings) -> Filled {
    let origins: Vec<&str> = settings.allowed_origins.iter().map(|origin| &**origin).collect();
    Filled::default()
        .with("name", &*settings.name)
        .with("language", settings.language.code())
        .with("legal_basis", settings.legal_basis.code())
        .with("consent_wording", settings.consent_wording.as_deref().unwrap_or_default())
        .with("notice", &*settings.notice)
        .with("allowed_origins", origins.join("\n"))
        .with("thank_you", settings.thank_you.as_deref().unwrap_or_default())
        .with("known_person", settings.known_person.code())
        .with("requires_token", if settings.requires_token { "1" } else { "" })
}

/// The fields of a form to be made.
pub fn suggested(language: Language) -> Filled {
    Filled::default()
        .with("language", language.code())
        .with("legal_basis", LegalBasis::LegitimateInterest.code())
        .with("known_person", KnownPerson::default().code())
        .with("notice", Text::new(language).get("form-notice-default"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(origins: &str, basis: &str) -> Typed {
        let values = ["Contact", "fr", basis, "", "We answer.", origins, "", "", "append"].map(str::to_owned);
        Typed { values, version: String::new() }
    }

    #[test]
    fn origins_are_read_line_by_line() {
        let settings = typed("https://a.example\r\n https://b.example\n\n", "legitimate_interest")
            .parse(FormField::usual())
            .unwrap();
        assert_eq!(settings.allowed_origins.len(), 2);
        assert_eq!(of(&settings).value("allowed_origins"), "https://a.example\nhttps://b.example");
    }

    #[test]
    fn settings_that_do_not_go_together_are_told_at_their_fields() {
        let faults = typed("https://a.example/path", "legitimate_interest").parse(FormField::usual()).unwrap_err();
        assert_eq!(faults.iter().map(|v| &*v.field).collect::<Vec<_>>(), ["allowed_origins"]);
        let faults = typed("", "consent").parse(FormField::usual()).unwrap_err();
        assert_eq!(faults.iter().map(|v| &*v.field).collect::<Vec<_>>(), ["consent_wording"]);
        let faults = typed("nonsense", "consent").parse(FormField::usual()).unwrap_err();
        assert_eq!(faults.iter().map(|v| &*v.field).collect::<Vec<_>>(), ["allowed_origins", "consent_wording"]);
    }
}
