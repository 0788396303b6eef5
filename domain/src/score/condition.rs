use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CallingCode, Facts, MailKind, PropertyFact};
use crate::{
    id::FormId,
    language::Language,
    submission::Attribution,
    text::{CampaignTag, Tag},
    violation::Rule,
};

/// The stable names of what can bring a lead.
const SOURCES: [&str; 4] = ["form", "api", "import", "member"];

/// What a condition is about. Closed, so that no rule can be made on a message, a note or another free text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "about", content = "is", rename_all = "snake_case")]
pub enum Matter {
    /// A name is known.
    Name,
    /// An e-mail address is known.
    Email,
    /// A telephone number is known.
    Phone,
    /// A company is known.
    Company,
    /// It bears that tag; capitals do not count.
    Tag(Tag),
    /// The address is of a company, not of a provider where anybody can have one.
    CompanyEmail,
    /// The number begins so.
    CallingCode(CallingCode),
    /// The language of the form that brought it.
    Language(Language),
    /// The form that brought it.
    Form(FormId),
    /// What brought it, by its stable name.
    Source(String),
    /// `utm_source` of the first visit or the latest.
    UtmSource(CampaignTag),
    /// `utm_medium` of the first visit or the latest.
    UtmMedium(CampaignTag),
    /// `utm_campaign` of the first visit or the latest.
    UtmCampaign(CampaignTag),
    /// `utm_term` of the first visit or the latest.
    UtmTerm(CampaignTag),
    /// `utm_content` of the first visit or the latest.
    UtmContent(CampaignTag),
    /// A property of the organization's own.
    Property(PropertyFact),
}

impl Matter {
    /// The stable names of what can bring a lead.
    pub const SOURCES: [&'static str; 4] = SOURCES;

    /// The stable names of all that every organization has.
    pub const CODES: [&'static str; 15] = [
        "name",
        "email",
        "phone",
        "company",
        "tag",
        "company_email",
        "calling_code",
        "language",
        "form",
        "source",
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_term",
        "utm_content",
    ];

    /// Reads what a condition is about, and what that must be; [`PropertyFact::parse`] reads what it asks of a property.
    ///
    /// # Errors
    /// The rule that the value breaks.
    pub fn parse(code: &str, value: &str) -> Result<Self, Rule> {
        let wanted = || if value.trim().is_empty() { Err(Rule::Required) } else { Ok(value) };
        let tag = || wanted().and_then(written_tag);
        match code {
            "name" => Ok(Self::Name),
            "email" => Ok(Self::Email),
            "phone" => Ok(Self::Phone),
            "company" => Ok(Self::Company),
            "tag" => Tag::parse(value).map(Self::Tag),
            "company_email" => Ok(Self::CompanyEmail),
            "calling_code" => CallingCode::parse(value).map(Self::CallingCode),
            "language" => wanted()?.parse().map(Self::Language),
            "form" => wanted()?.parse().map(Self::Form).map_err(|_| Rule::NotAChoice),
            "source" if SOURCES.contains(&wanted()?) => Ok(Self::Source(value.to_owned())),
            "utm_source" => tag().map(Self::UtmSource),
            "utm_medium" => tag().map(Self::UtmMedium),
            "utm_campaign" => tag().map(Self::UtmCampaign),
            "utm_term" => tag().map(Self::UtmTerm),
            "utm_content" => tag().map(Self::UtmContent),
            _ => Err(Rule::NotAChoice),
        }
    }

    /// The stable name of what it is about.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Company => "company",
            Self::Tag(_) => "tag",
            Self::CompanyEmail => "company_email",
            Self::CallingCode(_) => "calling_code",
            Self::Language(_) => "language",
            Self::Form(_) => "form",
            Self::Source(_) => "source",
            Self::UtmSource(_) => "utm_source",
            Self::UtmMedium(_) => "utm_medium",
            Self::UtmCampaign(_) => "utm_campaign",
            Self::UtmTerm(_) => "utm_term",
            Self::UtmContent(_) => "utm_content",
            Self::Property(_) => "property",
        }
    }

    /// What it must be, as it would be written; empty where there is nothing to say, and of a property, whose test is more
    /// than a value.
    pub fn value(&self) -> String {
        match self {
            Self::Name | Self::Email | Self::Phone | Self::Company | Self::CompanyEmail | Self::Property(_) => {
                String::new()
            }
            Self::Tag(tag) => tag.to_string(),
            Self::CallingCode(code) => code.to_string(),
            Self::Language(language) => language.code().to_owned(),
            Self::Form(form) => form.to_string(),
            Self::Source(source) => source.clone(),
            Self::UtmSource(tag)
            | Self::UtmMedium(tag)
            | Self::UtmCampaign(tag)
            | Self::UtmTerm(tag)
            | Self::UtmContent(tag) => tag.to_string(),
        }
    }

    fn holds(&self, facts: &Facts, now: Timestamp) -> bool {
        match self {
            Self::Name => facts.has_name,
            Self::Email => facts.mail.is_some(),
            Self::Phone => facts.has_phone,
            Self::Company => facts.has_company,
            Self::Tag(tag) => facts.tags.iter().any(|found| found.to_lowercase() == tag.to_lowercase()),
            Self::CompanyEmail => facts.mail == Some(MailKind::Company),
            Self::CallingCode(code) => facts.e164.as_deref().is_some_and(|number| code.begins(number)),
            Self::Language(language) => facts.language == Some(*language),
            Self::Form(form) => facts.form == Some(*form),
            Self::Source(source) => facts.source == *source,
            Self::UtmSource(tag) => visited(facts, tag, |touch| &touch.source),
            Self::UtmMedium(tag) => visited(facts, tag, |touch| &touch.medium),
            Self::UtmCampaign(tag) => visited(facts, tag, |touch| &touch.campaign),
            Self::UtmTerm(tag) => visited(facts, tag, |touch| &touch.term),
            Self::UtmContent(tag) => visited(facts, tag, |touch| &touch.content),
            Self::Property(fact) => fact.holds(facts, now),
        }
    }
}

/// A campaign value that a member typed: unlike a visitor's, it is told when it is too long or holds what nobody can see.
fn written_tag(raw: &str) -> Result<CampaignTag, Rule> {
    match raw.trim().chars().count() {
        _ if raw.chars().any(char::is_control) => Err(Rule::ControlCharacter),
        256.. => Err(Rule::TooLong(255)),
        _ => CampaignTag::parse(raw),
    }
}

/// Whether the first visit or the latest bears that tag; capitals do not count.
fn visited(facts: &Facts, tag: &CampaignTag, of: fn(&Attribution) -> &Option<CampaignTag>) -> bool {
    let wanted = tag.to_lowercase();
    facts.touches.iter().filter_map(|touch| of(touch).as_deref()).any(|found| found.to_lowercase() == wanted)
}

/// What must be known of a lead, or must not, for a rule to count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// What it is about.
    #[serde(flatten)]
    pub matter: Matter,
    /// Whether it must not be so.
    #[serde(default)]
    pub not: bool,
}

impl Condition {
    /// Whether it is met at `now`. What is not known is not so.
    pub fn holds(&self, facts: &Facts, now: Timestamp) -> bool {
        self.matter.holds(facts, now) != self.not
    }

    /// When it next comes to be met, or is met no more, though nothing changes but the day; never for most.
    pub(super) fn turns_at(&self, facts: &Facts, now: Timestamp) -> Option<Timestamp> {
        self.property_fact().and_then(|fact| fact.turns_at(facts, now))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::PropertyId,
        lead_filter::{Operator, WrittenValue},
        property::{Properties, Property, PropertyKind, PropertyValue},
        text::{Line, Name},
        violation::Violation,
    };

    fn facts() -> Facts {
        let tag = |text| CampaignTag::parse(text).ok();
        let first = Attribution { source: tag("Newsletter"), medium: tag("email"), ..Attribution::default() };
        let latest = Attribution { source: tag("partner"), ..Attribution::default() };
        Facts {
            has_name: true,
            mail: Some(MailKind::of("anna@example.com")),
            has_phone: true,
            has_company: true,
            tags: vec![Tag::parse("Key account").unwrap()],
            e164: Some("+33612345678".to_owned()),
            form: Some(FormId(Uuid::from_u128(1))),
            language: Some(Language::French),
            source: "form".to_owned(),
            touches: [first, latest],
            properties: Properties::default(),
            opened_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn noon() -> Timestamp {
        "2026-11-26T12:00:00Z".parse().unwrap()
    }

    fn holds(code: &str, value: &str, facts: &Facts) -> bool {
        Condition { matter: Matter::parse(code, value).unwrap(), not: false }.holds(facts, noon())
    }

    fn property(n: u128, kind: PropertyKind) -> Property {
        Property {
            id: PropertyId(Uuid::from_u128(n)),
            version: 1,
            key: format!("property_{n}").parse().unwrap(),
            name: Name::parse("A property").unwrap(),
            purpose: Line::parse("To make offers").unwrap(),
            kind,
            is_archived: false,
        }
    }

    /// One property of each kind, in the order of [`PropertyKind::CODES`].
    fn own() -> Vec<Property> {
        let choices = || ["Small", "Large"].map(|choice| Name::parse(choice).unwrap()).to_vec();
        let kinds = PropertyKind::CODES.iter().map(|code| PropertyKind::of(code, choices()).unwrap());
        (1..).zip(kinds).map(|(n, kind)| property(n, kind)).collect()
    }

    fn of_kind<'a>(code: &str, own: &'a [Property]) -> &'a Property {
        own.iter().find(|property| property.kind.code() == code).unwrap()
    }

    fn asks(property: &Property, op: &str, value: impl Into<Option<WrittenValue>>) -> Result<Condition, Rule> {
        let fact = PropertyFact::parse(&format!("property:{}", property.id), op, value.into())?;
        Ok(Condition { matter: Matter::Property(fact), not: false })
    }

    fn text(text: &str) -> WrittenValue {
        WrittenValue::Text(text.to_owned())
    }

    fn texts(texts: &[&str]) -> WrittenValue {
        WrittenValue::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    /// Nothing is known but that of one property.
    fn knowing(property: &Property, written: &[&str]) -> Facts {
        let mut properties = Properties::default();
        properties.set(property.id, property.kind.read(written).unwrap());
        Facts { properties, ..facts() }
    }

    #[test]
    fn a_condition_is_met_by_what_is_known() {
        let form = FormId(Uuid::from_u128(1)).to_string();
        let met = [
            ("name", ""),
            ("email", ""),
            ("phone", ""),
            ("company", ""),
            ("tag", "key account"),
            ("company_email", ""),
            ("calling_code", "+33"),
            ("language", "fr"),
            ("form", &form),
            ("source", "form"),
            ("utm_source", "newsletter"),
            ("utm_source", "Partner"),
            ("utm_medium", "email"),
        ];
        for (code, value) in met {
            assert!(holds(code, value, &facts()), "{code} {value}");
            let not = Condition { matter: Matter::parse(code, value).unwrap(), not: true };
            assert!(!not.holds(&facts(), noon()), "not {code}");
        }
        let unmet = [
            ("calling_code", "+32"),
            ("tag", "account"),
            ("language", "en"),
            ("source", "api"),
            ("utm_medium", "social"),
        ];
        for (code, value) in unmet {
            assert!(!holds(code, value, &facts()), "{code} {value}");
        }
    }

    #[test]
    fn an_address_anybody_can_have_is_none_of_a_companys_and_neither_is_none() {
        let free = Facts { mail: Some(MailKind::of("anna@gmail.com")), ..facts() };
        assert!(!holds("company_email", "", &free) && holds("email", "", &free));
        let none = Facts { mail: None, ..facts() };
        assert!(!holds("company_email", "", &none) && !holds("email", "", &none));
    }

    #[test]
    fn a_condition_is_read_and_kept_as_it_is_written() {
        for code in Matter::CODES {
            let value = match code {
                "calling_code" => "+33".to_owned(),
                "language" => "fr".to_owned(),
                "tag" => "key account".to_owned(),
                "form" => Uuid::from_u128(3).to_string(),
                "source" => "api".to_owned(),
                utm if utm.starts_with("utm") => "spring".to_owned(),
                _ => String::new(),
            };
            let matter = Matter::parse(code, &value).unwrap();
            assert_eq!((matter.code(), matter.value()), (code, value.clone()));
            if !value.is_empty() {
                assert_eq!(Matter::parse(code, " "), Err(Rule::Required), "{code}");
            }
            let condition = Condition { matter, not: code == "phone" };
            let kept = serde_json::to_string(&condition).unwrap();
            assert_eq!(serde_json::from_str::<Condition>(&kept).unwrap(), condition, "{kept}");
        }
    }

    #[test]
    fn nothing_can_be_asked_of_free_text() {
        for code in ["message", "note", "notes", "text", "", "religion"] {
            assert_eq!(Matter::parse(code, "x"), Err(Rule::NotAChoice), "{code}");
        }
        let own = own();
        for code in ["text", "long_text", "url"] {
            let property = of_kind(code, &own);
            for op in ["is", "begins_with"] {
                assert_eq!(asks(property, op, text("x")), Err(Rule::FreeText), "{code} {op}");
            }
            assert!(asks(property, "is_empty", None).is_ok(), "{code}");
            // Nor would a text that was kept so by hand be read.
            let kept = format!(
                r#"{{"about":"property","is":{{"field":"property:{}","op":"is","value":"x"}},"not":false}}"#,
                property.id
            );
            assert!(serde_json::from_str::<Condition>(&kept).is_err(), "{kept}");
        }
    }

    #[test]
    fn a_property_is_asked_what_its_kind_allows() {
        let own = own();
        let [number, date] = ["number", "date"].map(|code| of_kind(code, &own));
        let [size, several, checkbox] = ["choice", "multiple_choice", "checkbox"].map(|code| of_kind(code, &own));
        let ten = || Some(WrittenValue::Number(10));
        let met = [
            (number, asks(number, "at_least", ten()), ["10"], ["9.5"]),
            (number, asks(number, "at_most", ten()), ["10"], ["10.5"]),
            (size, asks(size, "is", texts(&["Small"])), ["Small"], ["Large"]),
            (several, asks(several, "has_any", texts(&["Small"])), ["Small"], ["Large"]),
            (checkbox, asks(checkbox, "is", Some(WrittenValue::Checked(true))), ["yes"], ["no"]),
            (date, asks(date, "before", text("2026-11-26")), ["2026-11-25"], ["2026-11-26"]),
            (date, asks(date, "since", text("2026-11-26")), ["2026-11-26"], ["2026-11-25"]),
            (date, asks(date, "within_days", ten()), ["2026-11-16"], ["2026-11-15"]),
            (date, asks(date, "older_than_days", ten()), ["2026-11-15"], ["2026-11-16"]),
            (date, asks(date, "next_days", ten()), ["2026-12-06"], ["2026-12-07"]),
        ];
        for (property, condition, so, otherwise) in met {
            let condition = condition.unwrap();
            let not = Condition { not: true, ..condition.clone() };
            assert!(condition.holds(&knowing(property, &so), noon()), "{condition:?}");
            assert!(!condition.holds(&knowing(property, &otherwise), noon()), "{condition:?}");
            assert!(not.holds(&knowing(property, &otherwise), noon()), "{condition:?}");
            assert!(!condition.holds(&facts(), noon()), "what is not known is not so: {condition:?}");
            let kept = serde_json::to_string(&condition).unwrap();
            assert_eq!(serde_json::from_str::<Condition>(&kept).unwrap(), condition, "{kept}");
        }
        for property in &own {
            let filled = Condition { not: true, ..asks(property, "is_empty", None).unwrap() };
            let yes = PropertyValue::Checked(true);
            let mut known = facts();
            assert!(!filled.holds(&known, noon()), "{property:?}");
            known.properties.set(property.id, Some(yes));
            assert!(filled.holds(&known, noon()), "{property:?}");
        }
    }

    #[test]
    fn a_choice_counts_however_its_property_spelled_it_and_under_another_name_it_is_another() {
        let own = own();
        for (code, op) in [("choice", "is"), ("multiple_choice", "has_any")] {
            let property = of_kind(code, &own);
            let named = |name: &str| {
                let choices = ["Small", name].map(|choice| Name::parse(choice).unwrap()).to_vec();
                Property { kind: PropertyKind::of(code, choices).unwrap(), ..property.clone() }
            };
            for wanted in ["Large", "LARGE"] {
                let condition = asks(property, op, texts(&[wanted])).unwrap();
                let counts = |name: &str| condition.holds(&knowing(&named(name), &[name]), noon());
                let counted = ["Large", "LARGE", "large", "Larger", "Huge"].map(counts);
                assert_eq!(counted, [true, true, true, false, false], "{code} {wanted}");
                assert!(!condition.holds(&knowing(property, &["Small"]), noon()), "{code} {wanted}");
            }
        }
    }

    #[test]
    fn a_condition_turns_when_the_day_of_a_property_comes() {
        let own = own();
        let date = of_kind("date", &own);
        let soon = asks(date, "next_days", Some(WrittenValue::Number(3))).unwrap();
        let known = knowing(date, &["2026-12-01"]);
        assert!(!soon.holds(&known, noon()));
        let turn = soon.turns_at(&known, noon()).unwrap();
        assert_eq!(turn, "2026-11-28T00:00:00Z".parse().unwrap());
        assert!(soon.holds(&known, turn));
        assert_eq!(soon.turns_at(&known, turn), Some("2026-12-02T00:00:00Z".parse().unwrap()));
        assert_eq!(soon.turns_at(&facts(), noon()), None, "of what is not known no day comes");
    }

    #[test]
    fn what_a_property_cannot_be_asked_is_refused_and_choices_are_spelled_as_it_spells_them() {
        let own = own();
        let (number, size) = (of_kind("number", &own), of_kind("choice", &own));
        let ten = || Some(WrittenValue::Number(10));
        for (op, value) in [("at_least", Some(text("10"))), ("within_days", None), ("colour", ten()), ("", None)] {
            assert_eq!(asks(number, op, value), Err(Rule::NotAChoice), "{op}");
        }
        assert_eq!(PropertyFact::parse("name", "is_empty", None), Err(Rule::NotAChoice));
        assert_eq!(PropertyFact::read(number.id, Operator::AtLeast, None), Err(Rule::NotAChoice));
        let settled = |condition: Result<Condition, Rule>, own: &[Property]| {
            let rule = crate::score::ScoreRule {
                number: crate::score::RuleNumber(1),
                when: vec![Condition { matter: Matter::Name, not: false }, condition.unwrap()],
                on: None,
                effect: crate::score::Effect::Points(1),
                frequency: crate::score::Frequency::Once,
                group: None,
                lasts_days: None,
            };
            rule.settled(own).map(|rule| rule.when)
        };
        let at = |rule| Err(vec![Violation { field: "when[1]".into(), rule }]);
        let faults = |condition, own: &[Property]| {
            settled(condition, own).map_err(|faults| faults.iter().cloned().collect::<Vec<_>>())
        };
        let spelled = settled(asks(size, "is", texts(&["SMALL", "large"])), &own).unwrap();
        assert_eq!(spelled[1], asks(size, "is", texts(&["Small", "Large"])).unwrap());
        assert_eq!(faults(asks(size, "is", texts(&["Huge"])), &own), at(Rule::NotAChoice));
        assert_eq!(faults(asks(size, "at_least", ten()), &own), at(Rule::Gone), "of another kind");
        assert_eq!(faults(asks(size, "is_empty", None), &[]), at(Rule::Gone), "unknown");
        let archived: Vec<_> = own.iter().map(|known| Property { is_archived: true, ..known.clone() }).collect();
        assert_eq!(faults(asks(size, "is_empty", None), &archived), at(Rule::Gone), "out of use");
    }
}
