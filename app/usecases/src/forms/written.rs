use qualify_domain::{
    form::{FormField, FormSettings, KnownPerson, Notice, PurposeBox},
    text::{HttpsUrl, Line, Message, Name, Origin},
    violation::Violations,
};

/// How a form is to be set, as it was written. What is empty is left out.
#[derive(Clone, Debug, Default)]
pub struct WrittenForm {
    /// How members call it.
    pub name: String,
    /// The language of its visitors, by its code.
    pub language: String,
    /// The ground for collecting, by its stable name.
    pub legal_basis: String,
    /// What visitors are told.
    pub notice: WrittenNotice,
    /// The wording beside the box of the ground.
    pub consent_wording: String,
    /// For what else consent is asked.
    pub purposes: Vec<WrittenBox>,
    /// The websites that may send it or show it.
    pub allowed_origins: Vec<String>,
    /// Where visitors land after sending.
    pub thank_you: String,
    /// Whether a submission without our token is quarantined.
    pub requires_token: bool,
    /// Whether a submission without work is quarantined.
    pub requires_work: bool,
    /// What becomes of a submission by somebody who is known, by its stable name; empty is as usual.
    pub known_person: String,
}

/// A box of consent, as it was written.
#[derive(Clone, Debug, Default)]
pub struct WrittenBox {
    /// For what, by its stable name.
    pub purpose: String,
    /// The words beside it.
    pub wording: String,
    /// Whether a tick counts only once it is confirmed by mail.
    pub is_confirmed: bool,
}

/// What visitors are told, as it was written.
#[derive(Clone, Debug, Default)]
pub struct WrittenNotice {
    /// Who is responsible.
    pub controller: String,
    /// Where people ask for their rights.
    pub contact: String,
    /// What the answers are used for.
    pub purpose: String,
    /// How long they are kept.
    pub retention: String,
    /// Who gets to see them.
    pub recipients: String,
}

impl WrittenForm {
    /// The settings of a form that asks these fields. What does not go together is told beside what cannot be read.
    ///
    /// # Errors
    /// Each fault at its field: parts of the notice at `notice.…`, boxes at `purposes[n].…`.
    pub fn parse(&self, fields: Vec<FormField>) -> Result<FormSettings, Violations> {
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(&self.name));
        let language = faults.keep("language", self.language.parse());
        let legal_basis = faults.keep("legal_basis", self.legal_basis.parse());
        let notice = self.notice.parse(&mut faults);
        let consent_wording = faults.keep("consent_wording", Message::parse_optional(&self.consent_wording)).flatten();
        let boxes = self.purposes.iter().enumerate();
        let purposes = boxes.filter_map(|(place, asked)| asked_box(place, asked, &mut faults)).collect();
        let origins: Result<Vec<_>, _> = self.allowed_origins.iter().map(|origin| Origin::parse(origin)).collect();
        let allowed_origins = faults.keep("allowed_origins", origins).unwrap_or_default();
        let thank_you = faults.keep("thank_you", HttpsUrl::parse_optional(&self.thank_you)).flatten();
        let known_person = match &*self.known_person {
            "" => Some(KnownPerson::default()),
            written => faults.keep("known_person", written.parse()),
        };
        let (Some(name), Some(language), Some(legal_basis), Some(notice), Some(known_person)) =
            (name, language, legal_basis, notice, known_person)
        else {
            return Err(faults);
        };
        let settings = FormSettings {
            name,
            language,
            allowed_origins,
            thank_you,
            legal_basis,
            notice,
            consent_wording,
            purposes,
            requires_token: self.requires_token,
            requires_work: self.requires_work,
            known_person,
            fields,
        };
        match settings.checked() {
            Ok(settings) => faults.or(Some(settings)),
            Err(more) => {
                more.iter().for_each(|fault| faults.add(fault.field.clone(), fault.rule));
                Err(faults)
            }
        }
    }
}

impl WrittenNotice {
    fn parse(&self, faults: &mut Violations) -> Option<Notice> {
        let mut line = |part, text: &str| faults.keep(part, Line::parse_optional(text)).flatten();
        let controller = line("notice.controller", &self.controller);
        let contact = line("notice.contact", &self.contact);
        let retention = line("notice.retention", &self.retention);
        let recipients = line("notice.recipients", &self.recipients);
        let purpose = faults.keep("notice.purpose", Message::parse(&self.purpose));
        Some(Notice { purpose: purpose?, controller, contact, retention, recipients })
    }
}

fn asked_box(place: usize, written: &WrittenBox, faults: &mut Violations) -> Option<PurposeBox> {
    let purpose = faults.keep(format!("purposes[{place}].purpose"), written.purpose.parse());
    let wording = faults.keep(format!("purposes[{place}].wording"), Message::parse(&written.wording));
    Some(PurposeBox { purpose: purpose?, wording: wording?, is_confirmed: written.is_confirmed })
}
