//! Forms: what an organization asks visitors, and on what legal ground.

mod difference;
mod edit;
mod edition;
mod field;
mod limits;
mod notice;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    difference::{BUILT_IN, Detail, Difference, FieldDetail, details, differences},
    edit::{Draft, EditError, FieldEdit},
    edition::{Edition, FormChange, changes},
    field::{Asks, FormField, MOST_FIELDS, OwnField, Words, suggest_key},
    limits::Limits,
    notice::{Notice, Purpose, PurposeBox},
};
use crate::{
    event::Event,
    id::{FormId, PublicFormId, SubmissionId},
    language::Language,
    lead_field::LeadField,
    property::{Properties, Property, PropertyKind, PropertyValue},
    spam::Verdict,
    submission::{Answers, Attribution, OwnTexts, PurposeAnswer, Sent, Submission},
    text::{HttpsUrl, Message, Name, Origin},
    violation::{Rule, Violations},
};

/// The ground on which a form may collect (GDPR Art. 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalBasis {
    /// Art. 6(1)(a): the visitor ticks a box.
    Consent,
    /// Art. 6(1)(f): answering who asks.
    LegitimateInterest,
}

impl LegalBasis {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::LegitimateInterest => "legitimate_interest",
        }
    }
}

impl std::str::FromStr for LegalBasis {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        [Self::Consent, Self::LegitimateInterest].into_iter().find(|b| b.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What becomes of a submission by somebody who is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownPerson {
    /// It goes to their lead.
    #[default]
    Append,
    /// It opens another lead.
    AlwaysNew,
    /// It opens another lead if theirs is closed: won or disqualified.
    NewIfClosed,
}

impl KnownPerson {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Append, Self::AlwaysNew, Self::NewIfClosed];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::AlwaysNew => "always_new",
            Self::NewIfClosed => "new_if_closed",
        }
    }
}

impl std::str::FromStr for KnownPerson {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|policy| policy.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What the members may change about a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormSettings {
    /// How members call it.
    pub name: Name,
    /// The language its visitors read.
    pub language: Language,
    /// The websites that may send it from a script or show it in a frame.
    pub allowed_origins: Vec<Origin>,
    /// Where visitors land after sending; our own page if none.
    pub thank_you: Option<HttpsUrl>,
    /// The ground for collecting.
    pub legal_basis: LegalBasis,
    /// What visitors are told about the use of their data.
    pub notice: Notice,
    /// The wording beside the box, where the ground is consent.
    pub consent_wording: Option<Message>,
    /// For what else consent is asked, a box each.
    #[serde(default)]
    pub purposes: Vec<PurposeBox>,
    /// Whether a submission without our signed token is quarantined.
    pub requires_token: bool,
    /// Whether a submission is quarantined whose sender did not do the work that a page asks for.
    #[serde(default)]
    pub requires_work: bool,
    /// What becomes of a submission by somebody who is known.
    #[serde(default)]
    pub known_person: KnownPerson,
    /// What it asks, in this order.
    #[serde(default = "FormField::usual")]
    pub fields: Vec<FormField>,
}

impl FormSettings {
    /// The settings, if they go together.
    ///
    /// # Errors
    /// A form that asks for consent needs the words of it, each field its own, and the notice all its parts (PRV-4).
    pub fn checked(self) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        if self.legal_basis == LegalBasis::Consent && self.consent_wording.is_none() {
            faults.add("consent_wording", Rule::Required);
        }
        self.notice.check(&mut faults);
        notice::check_boxes(&self.purposes, &mut faults);
        field::check(&self.fields, &mut faults);
        faults.or(Some(self))
    }

    /// Checks that no field beyond those that are asked already is called by a word that means something else.
    ///
    /// # Errors
    /// Each such word, at its field.
    pub fn check_words(&self, asked: &[FormField]) -> Result<(), Violations> {
        let mut faults = Violations::default();
        field::check_words(&self.fields, asked, &mut faults);
        faults.or(Some(()))
    }

    /// Checks that what the fields tell of leads can be kept there.
    ///
    /// # Errors
    /// A property that there is not (any more), or that holds something else.
    pub fn check_against(&self, properties: &[Property]) -> Result<(), Violations> {
        let mut faults = Violations::default();
        for own in self.fields.iter().filter_map(|field| field.asks.own()) {
            let Some(LeadField::Property(id)) = own.tells else { continue };
            let holds = |property: &Property| {
                let known = property.kind.choices();
                let same = property.kind.code() == own.kind.code();
                same && !property.is_archived && own.kind.choices().iter().all(|choice| known.contains(choice))
            };
            if !properties.iter().any(|property| property.id == id && holds(property)) {
                faults.add(format!("fields.{}.tells", own.key), Rule::NotAChoice);
            }
        }
        faults.or(Some(()))
    }

    /// Reads what was sent, as far as it was asked; all faults go to `faults`. An address to answer to is needed, and
    /// consent where it is the ground.
    pub fn read(&self, sent: &Sent, faults: &mut Violations) -> Answers {
        let asked = |asks: &Asks| self.fields.iter().any(|field| field.asks == *asks);
        let heard = |asks: &Asks, text: &String| if asked(asks) { text.clone() } else { String::new() };
        let heard = Sent {
            name: heard(&Asks::Name, &sent.name),
            email: heard(&Asks::Email, &sent.email),
            phone: heard(&Asks::Phone, &sent.phone),
            message: heard(&Asks::Message, &sent.message),
            consent: sent.consent,
            purposes: BTreeSet::new(),
            own: OwnTexts::new(),
        };
        let mut answers = Answers::parse(&heard, self.language, faults);
        for field in &self.fields {
            let empty = match &field.asks {
                Asks::Name => heard.name.trim().is_empty(),
                Asks::Email => heard.email.trim().is_empty(),
                Asks::Phone => heard.phone.trim().is_empty(),
                Asks::Message => heard.message.trim().is_empty(),
                Asks::Own(own) => {
                    let texts = sent.own.get(own.key.as_str()).map(Vec::as_slice).unwrap_or_default();
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    let read = own.kind.read(&texts).and_then(|value| own.within(value));
                    let value = match read {
                        // The visitor can do nothing about what they do not see.
                        Err(_) if own.is_hidden => Some(None),
                        value => faults.keep(own.key.to_string(), value),
                    };
                    let Some(value) = value else { continue };
                    let is_empty = matches!(value, None | Some(PropertyValue::Checked(false)));
                    if let Some(value) = value {
                        answers.own.insert(own.key.clone(), value);
                    }
                    is_empty
                }
            };
            if field.is_required && empty {
                faults.add(field.key().to_owned(), Rule::Required);
            }
        }
        let is_told = faults.iter().any(|fault| matches!(&*fault.field, "email" | "phone"));
        if heard.email.trim().is_empty() && heard.phone.trim().is_empty() && !is_told {
            let field = if asked(&Asks::Email) { "email" } else { "phone" };
            faults.add(field, Rule::OneOfRequired);
        }
        if self.legal_basis == LegalBasis::Consent && !answers.consented {
            faults.add("consent", Rule::Required);
        }
        answers
    }

    /// The boxes of further purposes, each as it was answered.
    fn agreed(&self, sent: &Sent) -> Vec<PurposeAnswer> {
        let answer = |one: &PurposeBox| PurposeAnswer {
            purpose: one.purpose,
            wording: one.wording.clone(),
            agreed: sent.purposes.contains(&one.purpose),
            is_confirmed: one.is_confirmed,
        };
        self.purposes.iter().map(answer).collect()
    }

    /// What the answers tell of the lead, as far as its organization wants to know that still.
    pub fn learned(&self, answers: &Answers, own: &[Property]) -> Learned {
        let mut learned = Learned::default();
        for field in self.fields.iter().filter_map(|field| field.asks.own()) {
            let Some(value) = answers.own.get(&field.key) else { continue };
            match field.tells {
                Some(LeadField::Company) => learned.company = Name::parse(&value.written()).ok(),
                Some(LeadField::Property(id)) => {
                    let property = own.iter().find(|property| property.id == id && !property.is_archived);
                    let written = value.written();
                    let lines: Vec<&str> = match property.map(|property| &property.kind) {
                        Some(PropertyKind::MultipleChoice(_)) => written.lines().collect(),
                        _ => vec![&written],
                    };
                    let value = property.and_then(|property| property.kind.read(&lines).ok().flatten());
                    learned.properties.set(id, value);
                }
                _ => {}
            }
        }
        learned
    }
}

/// What a submission tells of a lead beyond who the person is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Where they work.
    pub company: Option<Name>,
    /// What the organization itself wants to know.
    pub properties: Properties,
}

/// What a visitor fills.
#[derive(Clone, Debug)]
pub struct Form {
    /// Its id, for members.
    pub id: FormId,
    /// Its address, for the world.
    pub public_id: PublicFormId,
    /// Grows with each change; a submission keeps the one it saw.
    pub version: i32,
    /// What members may change.
    pub settings: FormSettings,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What came with the answers.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// When it reached us.
    pub received_at: Timestamp,
    /// From which network address.
    pub ip: Option<std::net::IpAddr>,
    /// From which page and campaign.
    pub attribution: Attribution,
    /// What the spam checks say.
    pub verdict: Verdict,
    /// The edition that the visitor had before their eyes, if that is not the form as it is now: version and settings.
    pub shown: Option<(i32, FormSettings)>,
}

impl Form {
    /// Takes what a visitor sent: the evidence to keep, and the event that follows. What is asked is what the form asks now;
    /// notice and words of consent are those that were shown (PRV-4).
    ///
    /// # Errors
    /// All that is wrong, each at its field. An address to answer to is needed, and consent where it is the ground.
    pub fn accept(
        &self,
        id: SubmissionId,
        sent: &Sent,
        circumstances: Circumstances,
    ) -> Result<(Submission, Event), Violations> {
        let mut faults = Violations::default();
        let mut answers = self.settings.read(sent, &mut faults);
        let Circumstances { received_at, ip, attribution, verdict, shown } = circumstances;
        let (version, words) =
            shown.as_ref().map_or((self.version, &self.settings), |(version, words)| (*version, words));
        answers.purposes = words.agreed(sent);
        let submission = Submission {
            id,
            form: self.id,
            form_version: version,
            received_at,
            answers,
            attribution,
            ip,
            consent_wording: words.consent_wording.clone(),
            notice: words.notice.written(),
            verdict,
            lead: None,
        };
        let event = Event::SubmissionReceived { submission: submission.id, form: self.id };
        faults.or(Some((submission, event)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{property::PropertyKey, text::Line};

    fn form(legal_basis: LegalBasis) -> Form {
        Form {
            id: FormId(Uuid::nil()),
            public_id: PublicFormId(Uuid::nil()),
            version: 3,
            settings: FormSettings {
                name: Name::parse("Contact").unwrap(),
                language: Language::English,
                allowed_origins: vec![],
                thank_you: None,
                legal_basis,
                notice: Notice {
                    purpose: Message::parse("We answer.").unwrap(),
                    controller: Line::parse("North Ltd, York").ok(),
                    contact: Line::parse("privacy@north.example").ok(),
                    retention: Line::parse("3 years").ok(),
                    recipients: Line::parse("Our team").ok(),
                },
                purposes: vec![],
                requires_work: false,
                consent_wording: Some(Message::parse("Yes, write to me.").unwrap()),
                requires_token: false,
                known_person: KnownPerson::Append,
                fields: FormField::usual(),
            },
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn accept(form: &Form, sent: &Sent) -> Result<(Submission, Event), Violations> {
        let circumstances = Circumstances {
            received_at: Timestamp::UNIX_EPOCH,
            ip: None,
            attribution: Attribution::default(),
            verdict: Verdict::Accepted,
            shown: None,
        };
        form.accept(SubmissionId(Uuid::nil()), sent, circumstances)
    }

    fn anna() -> Sent {
        Sent { email: "anna@example.com".into(), ..Sent::default() }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let sent = Sent { name: "a\0".into(), email: "nobody".into(), phone: "call me".into(), ..Sent::default() };
        let faults = accept(&form(LegalBasis::Consent), &sent).unwrap_err();
        assert_eq!(faults.iter().map(|v| &*v.field).collect::<Vec<_>>(), ["name", "email", "phone", "consent"]);
    }

    #[test]
    fn somebody_who_cannot_be_answered_is_asked_for_an_address() {
        let faults = accept(&form(LegalBasis::LegitimateInterest), &Sent::default()).unwrap_err();
        assert_eq!(faults.iter().map(|v| &*v.field).collect::<Vec<_>>(), ["email"]);
    }

    #[test]
    fn consent_must_be_given_where_it_is_the_ground() {
        let faults = accept(&form(LegalBasis::Consent), &anna()).unwrap_err();
        assert_eq!(faults.iter().map(|v| (&*v.field, v.rule)).collect::<Vec<_>>(), [("consent", Rule::Required)]);
        assert!(accept(&form(LegalBasis::Consent), &Sent { consent: true, ..anna() }).is_ok());
    }

    fn own(key: &str, kind: PropertyKind, tells: Option<LeadField>) -> FormField {
        let (key, purpose) = (key.parse().unwrap(), "To size it".parse().unwrap());
        let label = Words::of([(Language::French, Some(Line::parse("Combien ?").unwrap()))]);
        FormField {
            label,
            ..FormField::plain(Asks::Own(OwnField {
                key,
                kind,
                limits: Limits::default(),
                is_hidden: false,
                purpose,
                tells,
            }))
        }
    }

    fn asking(fields: Vec<FormField>) -> Form {
        let form = form(LegalBasis::LegitimateInterest);
        Form { settings: FormSettings { fields: [FormField::usual(), fields].concat(), ..form.settings }, ..form }
    }

    fn answered(texts: &[(&str, &[&str])]) -> Sent {
        let texts =
            texts.iter().map(|(key, texts)| ((*key).to_owned(), texts.iter().map(ToString::to_string).collect()));
        Sent { own: texts.collect(), ..anna() }
    }

    fn faults(result: Result<(Submission, Event), Violations>) -> Vec<(String, Rule)> {
        result.unwrap_err().iter().map(|fault| (fault.field.to_string(), fault.rule)).collect()
    }

    #[test]
    fn what_is_declared_is_read_by_its_kind_and_what_is_not_is_not_kept() {
        let sizes = || PropertyKind::MultipleChoice(vec!["S".parse().unwrap(), "L".parse().unwrap()]);
        let form = asking(vec![own("seats", PropertyKind::Number, None), own("sizes", sizes(), None)]);
        let sent = answered(&[("seats", &["1 200,5"]), ("sizes", &["l", "S"]), ("colour", &["red"])]);
        let answers = accept(&form, &sent).unwrap().0.answers;
        let written: Vec<_> = answers.own.iter().map(|(key, value)| (key.as_str(), value.written())).collect();
        assert_eq!(written, [("seats", "1200.5".to_owned()), ("sizes", "L\nS".to_owned())]);
        let wrong = answered(&[("seats", &["many"]), ("sizes", &["XL"])]);
        let expected = [("seats".to_owned(), Rule::NotANumber), ("sizes".to_owned(), Rule::NotAChoice)];
        assert_eq!(faults(accept(&form, &wrong)), expected);
    }

    #[test]
    fn nothing_is_sent_without_what_is_mandatory_and_what_is_not_asked_is_not_heard() {
        let mandatory = |field: FormField| FormField { is_required: true, ..field };
        let mut form = asking(vec![mandatory(own("seats", PropertyKind::Number, None))]);
        form.settings.fields.retain(|field| !matches!(field.asks, Asks::Message));
        form.settings.fields[0].is_required = true;
        let expected = [("name".to_owned(), Rule::Required), ("seats".to_owned(), Rule::Required)];
        assert_eq!(faults(accept(&form, &Sent { message: "Hello".to_owned(), ..anna() })), expected);
        let sent = Sent { name: "Anna".to_owned(), message: "Hello".to_owned(), ..answered(&[("seats", &["2"])]) };
        assert_eq!(accept(&form, &sent).unwrap().0.answers.message, None);
    }

    #[test]
    fn what_the_visitor_does_not_see_stops_nobody_and_a_mandatory_box_is_ticked() {
        let hide = |field: FormField| match field.asks {
            Asks::Own(own) => FormField { asks: Asks::Own(OwnField { is_hidden: true, ..own }), ..field },
            _ => field,
        };
        let terms = FormField { is_required: true, ..own("terms", PropertyKind::Checkbox, None) };
        let form = asking(vec![hide(own("campaign", PropertyKind::Text, None)), terms]);
        let long = "x".repeat(201);
        let sent = |terms: &str| answered(&[("campaign", &[&long]), ("terms", &[terms])]);
        let answers = accept(&form, &sent("1")).unwrap().0.answers;
        assert_eq!(answers.own.keys().map(PropertyKey::as_str).collect::<Vec<_>>(), ["terms"]);
        for unticked in ["0", "false", ""] {
            assert_eq!(faults(accept(&form, &sent(unticked))), [("terms".to_owned(), Rule::Required)]);
        }
    }

    #[test]
    fn a_lead_learns_what_its_organization_still_wants_to_know() {
        let property = |id: u128, kind: PropertyKind| Property {
            id: crate::id::PropertyId(Uuid::from_u128(id)),
            version: 1,
            key: format!("p{id}").parse().unwrap(),
            name: Name::parse("P").unwrap(),
            purpose: "p".parse().unwrap(),
            kind,
            is_archived: id == 2,
        };
        let own_properties = [property(1, PropertyKind::Number), property(2, PropertyKind::Number)];
        let tells = |id| Some(LeadField::Property(crate::id::PropertyId(Uuid::from_u128(id))));
        let form = asking(vec![
            own("seats", PropertyKind::Number, tells(1)),
            own("old", PropertyKind::Number, tells(2)),
            own("gone", PropertyKind::Number, tells(3)),
            own("firm", PropertyKind::Text, Some(LeadField::Company)),
        ]);
        let sent = answered(&[("seats", &["3"]), ("old", &["4"]), ("gone", &["5"]), ("firm", &["Berg & Co"])]);
        let learned = form.settings.learned(&accept(&form, &sent).unwrap().0.answers, &own_properties);
        assert_eq!(learned.company.as_deref(), Some("Berg & Co"));
        let known: Vec<_> = learned.properties.iter().map(|(id, value)| (id.0.as_u128(), value.written())).collect();
        assert_eq!(known, [(1, "3".to_owned())]);
        let checked = form.settings.check_against(&own_properties).unwrap_err();
        let fields: Vec<_> = checked.iter().map(|fault| fault.field.to_string()).collect();
        assert_eq!(fields, ["fields.old.tells", "fields.gone.tells"]);
    }

    #[test]
    fn fields_that_do_not_hold_together_are_told() {
        let fields = vec![
            FormField::plain(Asks::Name),
            own("gclid", PropertyKind::Text, None),
            FormField { label: Words::default(), ..own("seats", PropertyKind::Number, Some(LeadField::Company)) },
            own("seats", PropertyKind::Choice(vec![]), None),
        ];
        let settings = FormSettings { fields, ..form(LegalBasis::LegitimateInterest).settings };
        let faults: Vec<_> = settings.checked().unwrap_err().iter().map(|fault| fault.field.to_string()).collect();
        let expected = ["fields", "fields.seats.label", "fields.seats.tells", "fields.seats", "fields.seats.choices"];
        assert_eq!(faults, expected);
    }

    #[test]
    fn a_word_that_means_something_else_is_taken_unless_it_is_asked_already() {
        let settings =
            asking(vec![own("lang", PropertyKind::Text, None), own("seats", PropertyKind::Number, None)]).settings;
        assert!(settings.check_words(&settings.fields).is_ok(), "it was free when it was declared");
        let faults = settings.check_words(&FormField::usual()).unwrap_err();
        assert_eq!(
            faults.iter().map(|fault| (&*fault.field, fault.rule)).collect::<Vec<_>>(),
            [("fields.lang.key", Rule::NotAKey)]
        );
    }

    #[test]
    fn editions_tell_what_is_new_in_them() {
        let before =
            asking(vec![own("seats", PropertyKind::Number, None), own("firm", PropertyKind::Text, None)]).settings;
        assert_eq!(changes(&before, &before), []);
        let mut after = FormSettings { known_person: KnownPerson::AlwaysNew, ..before.clone() };
        after.fields.remove(5);
        after.fields[4].is_required = true;
        after.fields.swap(0, 1);
        after.fields.push(own("date", PropertyKind::Date, None));
        let told = [
            FormChange::Setting("known_person"),
            FormChange::Changed("seats".to_owned()),
            FormChange::Added("date".to_owned()),
            FormChange::Removed("firm".to_owned()),
            FormChange::Order,
        ];
        assert_eq!(changes(&before, &after), told);
        let kept: FormSettings = serde_json::from_str(&serde_json::to_string(&after).unwrap()).unwrap();
        assert_eq!(kept, after, "an edition is read as it was written");
    }

    #[test]
    fn a_submission_keeps_the_version_and_the_words_that_were_shown() {
        let (submission, event) = accept(&form(LegalBasis::LegitimateInterest), &anna()).unwrap();
        assert_eq!(submission.form_version, 3);
        assert_eq!(&*submission.notice, "North Ltd, York\nprivacy@north.example\nWe answer.\n3 years\nOur team");
        assert!(matches!(event, Event::SubmissionReceived { .. }));
    }

    #[test]
    fn each_purpose_is_its_own_box_that_nobody_must_tick() {
        let asked =
            |purpose| PurposeBox { purpose, wording: Message::parse("News, please.").unwrap(), is_confirmed: false };
        let form = form(LegalBasis::LegitimateInterest);
        let purposes = vec![asked(Purpose::EmailMarketing), asked(Purpose::Sharing)];
        let form = Form { settings: FormSettings { purposes, ..form.settings }, ..form };
        let ticked = BTreeSet::from([Purpose::EmailMarketing, Purpose::Profiling]);
        let answers = |sent: Sent| accept(&form, &sent).unwrap().0.answers;
        let agreed =
            |answers: &Answers| answers.purposes.iter().map(|one| (one.purpose, one.agreed)).collect::<Vec<_>>();
        let some = answers(Sent { purposes: ticked, ..anna() });
        assert_eq!(
            agreed(&some),
            [(Purpose::EmailMarketing, true), (Purpose::Sharing, false)],
            "what is not asked is not kept"
        );
        assert_eq!(agreed(&answers(anna())), [(Purpose::EmailMarketing, false), (Purpose::Sharing, false)]);
        assert_ne!(some.normalized(), answers(anna()).normalized(), "who ticks a box says something else");
    }

    #[test]
    fn prv_4_what_was_shown_is_kept_even_if_the_form_has_other_words_by_now() {
        let sharing = |wording: &str| PurposeBox {
            purpose: Purpose::Sharing,
            wording: Message::parse(wording).unwrap(),
            is_confirmed: false,
        };
        let mut form = form(LegalBasis::LegitimateInterest);
        form.settings.purposes = vec![sharing("Tell Ann.")];
        let shown = Some((2, form.settings.clone()));
        form.settings.purposes = vec![sharing("Tell Ann and Bob.")];
        form.settings.notice.purpose = Message::parse("We sell.").unwrap();
        let sent = Sent { purposes: BTreeSet::from([Purpose::Sharing]), ..anna() };
        let circumstances = Circumstances {
            received_at: Timestamp::UNIX_EPOCH,
            ip: None,
            attribution: Attribution::default(),
            verdict: Verdict::Accepted,
            shown,
        };
        let kept = form.accept(SubmissionId(Uuid::nil()), &sent, circumstances).unwrap().0;
        assert_eq!((kept.form_version, &*kept.answers.purposes[0].wording), (2, "Tell Ann."));
        assert!(kept.notice.contains("We answer.") && !kept.notice.contains("We sell."));
    }

    #[test]
    fn prv_4_a_form_whose_notice_is_not_complete_is_not_published() {
        let mut settings = form(LegalBasis::LegitimateInterest).settings;
        assert!(settings.clone().checked().is_ok());
        settings.notice.contact = None;
        let faults = settings.checked().unwrap_err();
        assert_eq!(
            faults.iter().map(|fault| (&*fault.field, fault.rule)).collect::<Vec<_>>(),
            [("notice.contact", Rule::Required)]
        );
    }

    #[test]
    fn a_form_that_asks_for_consent_needs_its_words() {
        let settings = FormSettings { consent_wording: None, ..form(LegalBasis::Consent).settings };
        assert!(settings.checked().is_err());
    }
}
