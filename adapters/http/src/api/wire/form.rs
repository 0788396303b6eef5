//! Forms, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    form::{Asks, Form, FormField, FormSettings, Limits, Notice, OwnField, PurposeBox, Words},
    language::Language,
    lead_field::LeadField,
    property::PropertyKind,
    text::{Line, Name},
    violation::{Rule, Violations},
};
use qualify_usecases::{WrittenBox, WrittenNotice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::BasisCode;

/// The language a form's visitors read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub enum LanguageCode {
    /// English.
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

/// A form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormBody {
    /// Its id, for members and programs.
    id: Uuid,
    /// The id in its public address.
    public_id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// What is published.
    #[serde(flatten)]
    held: HeldBody,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&Form> for FormBody {
    fn from(form: &Form) -> Self {
        Self {
            id: form.id.0,
            public_id: form.public_id.0,
            version: form.version,
            held: (&form.settings).into(),
            created_at: form.created_at,
        }
    }
}

/// What a form asks and tells, and how it is set.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBody {
    /// How members call it.
    #[schema(example = "Contact")]
    name: String,
    /// The language its visitors read.
    language: LanguageCode,
    /// The websites that may send it from a script or show it in a frame.
    allowed_origins: Vec<String>,
    /// Where visitors land after sending; our own page if null.
    thank_you: Option<String>,
    /// The ground for collecting.
    legal_basis: BasisCode,
    /// What visitors are told about the use of their data.
    notice: NoticeBody,
    /// The wording beside the box, where the ground is consent.
    consent_wording: Option<String>,
    /// For what else consent is asked, a box each.
    purposes: Vec<PurposeBody>,
    /// Whether a submission without our signed token is quarantined.
    requires_token: bool,
    /// Whether a submission is quarantined whose sender did not do the work that a page asks for.
    requires_work: bool,
    /// What becomes of a submission by somebody who is known: `append`, `always_new` or `new_if_closed`.
    #[schema(example = "append")]
    known_person: String,
    /// What it asks, in this order.
    fields: Vec<FieldBody>,
}

impl From<&FormSettings> for HeldBody {
    fn from(settings: &FormSettings) -> Self {
        Self {
            name: settings.name.to_string(),
            language: match settings.language {
                Language::English => LanguageCode::English,
                Language::French => LanguageCode::French,
            },
            allowed_origins: settings.allowed_origins.iter().map(ToString::to_string).collect(),
            thank_you: settings.thank_you.as_ref().map(ToString::to_string),
            legal_basis: settings.legal_basis.into(),
            notice: (&settings.notice).into(),
            consent_wording: settings.consent_wording.as_ref().map(ToString::to_string),
            purposes: settings.purposes.iter().map(Into::into).collect(),
            requires_token: settings.requires_token,
            requires_work: settings.requires_work,
            known_person: settings.known_person.code().to_owned(),
            fields: settings.fields.iter().map(Into::into).collect(),
        }
    }
}

/// What visitors are told about the use of their data (GDPR Art. 13). Legal basis, rights and the supervisory authority are
/// told by every form's page. A form is published once all parts are there; one from before may lack some.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeBody {
    /// Who is responsible: name and postal address.
    #[schema(max_length = 200, example = "Northwind Trails Ltd, 1 High Street, York")]
    controller: Option<String>,
    /// Where people ask for their rights.
    #[schema(max_length = 200, example = "privacy@northwind.example.com")]
    contact: Option<String>,
    /// What the answers are used for.
    #[schema(max_length = 4000, example = "We use what you send to answer you.")]
    purpose: String,
    /// How long they are kept.
    #[schema(max_length = 200, example = "36 months after our last contact")]
    retention: Option<String>,
    /// Who gets to see them.
    #[schema(max_length = 200, example = "Our own team")]
    recipients: Option<String>,
}

impl From<&Notice> for NoticeBody {
    fn from(notice: &Notice) -> Self {
        let line = |line: &Option<Line>| line.as_ref().map(ToString::to_string);
        Self {
            controller: line(&notice.controller),
            contact: line(&notice.contact),
            purpose: notice.purpose.to_string(),
            retention: line(&notice.retention),
            recipients: line(&notice.recipients),
        }
    }
}

impl NoticeBody {
    /// The notice as it was written.
    pub fn written(self) -> WrittenNotice {
        WrittenNotice {
            controller: self.controller.unwrap_or_default(),
            contact: self.contact.unwrap_or_default(),
            purpose: self.purpose,
            retention: self.retention.unwrap_or_default(),
            recipients: self.recipients.unwrap_or_default(),
        }
    }
}

/// A box of consent, never ticked beforehand.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurposeBody {
    /// For what: `email_marketing`, `phone_marketing`, `sharing` or `profiling`, each once.
    #[schema(example = "email_marketing")]
    purpose: String,
    /// The words beside it.
    #[schema(min_length = 1, max_length = 5000, example = "Write to me about new walks.")]
    wording: String,
    /// Whether a tick counts only once it is confirmed by a mail to the address that was given.
    #[serde(default)]
    is_confirmed: bool,
}

impl From<&PurposeBox> for PurposeBody {
    fn from(asked: &PurposeBox) -> Self {
        Self {
            purpose: asked.purpose.code().to_owned(),
            wording: asked.wording.to_string(),
            is_confirmed: asked.is_confirmed,
        }
    }
}

impl PurposeBody {
    /// The purpose and its words as they were written.
    pub fn written(self) -> WrittenBox {
        WrittenBox { purpose: self.purpose, wording: self.wording, is_confirmed: self.is_confirmed }
    }
}

/// The forms.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormList {
    /// The forms, the oldest first.
    items: Vec<FormBody>,
}

impl From<&[Form]> for FormList {
    fn from(forms: &[Form]) -> Self {
        Self { items: forms.iter().map(Into::into).collect() }
    }
}

/// One thing that a form asks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldBody {
    /// The word by which its answer is sent: `name`, `email`, `phone` and `message` are built in, any other is declared here.
    #[schema(max_length = 40, example = "seats")]
    key: String,
    /// What it can hold: `text`, `long_text`, `number`, `date`, `choice`, `multiple_choice`, `checkbox` or `url`; null for
    /// what is built in.
    #[schema(example = "number")]
    kind: Option<String>,
    /// How it is called on the page; what is built in has words of ours where there are none.
    #[serde(default)]
    label: WordsBody,
    /// What helps to answer.
    #[serde(default)]
    help: WordsBody,
    /// Whether there is no sending without it.
    #[serde(default)]
    is_required: bool,
    /// Whether the page answers it by itself, unseen by the visitor. Of texts only.
    #[serde(default)]
    is_hidden: bool,
    /// What it is asked for; null for what is built in.
    #[schema(max_length = 200, example = "To size the offer")]
    purpose: Option<String>,
    /// What there is to choose from.
    #[serde(default)]
    choices: Vec<String>,
    /// Not less than this: of a number its value, of a text its characters, of several choices how many.
    #[schema(maximum = 1_000_000_000)]
    least: Option<u32>,
    /// Not more than this.
    #[schema(maximum = 1_000_000_000)]
    most: Option<u32>,
    /// What it tells of the lead: `company`, or `property:` with the id of one of the organization's own; null where the
    /// answer stays with the submission.
    #[schema(example = "company")]
    tells: Option<String>,
}

/// Words in the languages of the pages.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsBody {
    /// In English.
    #[schema(max_length = 200, example = "How many seats?")]
    en: Option<String>,
    /// In French.
    #[schema(max_length = 200, example = "Combien de places ?")]
    fr: Option<String>,
}

impl From<&Words> for WordsBody {
    fn from(words: &Words) -> Self {
        let word = |language| words.exactly(language).map(ToString::to_string);
        Self { en: word(Language::English), fr: word(Language::French) }
    }
}

impl WordsBody {
    fn read(&self, place: &str, faults: &mut Violations) -> Words {
        let mut line = |language: Language, text: Option<&String>| {
            let line = Line::parse_optional(text.map(String::as_str).unwrap_or_default());
            (language, faults.keep(format!("{place}.{}", language.code()), line).flatten())
        };
        Words::of([line(Language::English, self.en.as_ref()), line(Language::French, self.fr.as_ref())])
    }
}

impl From<&FormField> for FieldBody {
    fn from(field: &FormField) -> Self {
        let own = field.asks.own();
        Self {
            key: field.key().to_owned(),
            kind: own.map(|own| own.kind.code().to_owned()),
            label: (&field.label).into(),
            help: (&field.help).into(),
            is_required: field.is_required,
            is_hidden: own.is_some_and(|own| own.is_hidden),
            purpose: own.map(|own| own.purpose.to_string()),
            choices: own.map(|own| own.kind.choices()).unwrap_or_default().iter().map(ToString::to_string).collect(),
            least: own.and_then(|own| own.limits.least),
            most: own.and_then(|own| own.limits.most),
            tells: own.and_then(|own| own.tells).map(|tells| tells.to_string()),
        }
    }
}

impl FieldBody {
    /// The field that stands at `place`; what is wrong with it goes to `faults`.
    pub fn read(&self, place: &str, faults: &mut Violations) -> Option<FormField> {
        let at = |part: &str| format!("{place}.{part}");
        let label = self.label.read(&at("label"), faults);
        let help = self.help.read(&at("help"), faults);
        let asks = match Asks::BUILT_IN.into_iter().find(|asks| asks.key() == self.key) {
            Some(asks) => Some(asks),
            None => self.own(place, faults).map(Asks::Own),
        };
        Some(FormField { asks: asks?, label, help, is_required: self.is_required })
    }

    fn own(&self, place: &str, faults: &mut Violations) -> Option<OwnField> {
        let at = |part: &str| format!("{place}.{part}");
        let key = faults.keep(at("key"), self.key.parse());
        let mut choices = Vec::with_capacity(self.choices.len());
        for (number, choice) in self.choices.iter().enumerate() {
            choices.extend(faults.keep(format!("{place}.choices[{number}]"), Name::parse(choice)));
        }
        let code = self.kind.as_deref().unwrap_or_default();
        let part = if PropertyKind::CODES.contains(&code) { "choices" } else { "kind" };
        let kind = faults.keep(at(part), PropertyKind::of(code, choices));
        let purpose = self.purpose.as_deref().map_or(Err(Rule::Required), Line::parse);
        let purpose = faults.keep(at("purpose"), purpose);
        let tells = match &self.tells {
            None => Some(None),
            Some(word) => faults.keep(at("tells"), word.parse::<LeadField>()).map(Some),
        };
        let mut bound = |part: &str, bound: Option<u32>| {
            let written = bound.map(|bound| bound.to_string()).unwrap_or_default();
            faults.keep(at(part), Limits::parse(&written)).flatten()
        };
        let limits = Limits { least: bound("least", self.least), most: bound("most", self.most) };
        let is_hidden = self.is_hidden;
        Some(OwnField { key: key?, kind: kind?, limits, is_hidden, purpose: purpose?, tells: tells? })
    }
}
