//! Forms: what an organization asks visitors, and on what legal ground.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    event::Event,
    id::{FormId, PublicFormId, SubmissionId},
    language::Language,
    spam::Verdict,
    submission::{Answers, Attribution, Sent, Submission},
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
    pub notice: Message,
    /// The wording beside the box, where the ground is consent.
    pub consent_wording: Option<Message>,
    /// Whether a submission without our signed token is quarantined.
    pub requires_token: bool,
}

impl FormSettings {
    /// The settings, if they go together.
    ///
    /// # Errors
    /// A form that asks for consent needs the words of it.
    pub fn checked(self) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        if self.legal_basis == LegalBasis::Consent && self.consent_wording.is_none() {
            faults.add("consent_wording", Rule::Required);
        }
        faults.or(Some(self))
    }
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
}

impl Form {
    /// Takes what a visitor sent: the evidence to keep, and the event that follows.
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
        let answers = Answers::parse(sent, self.settings.language, &mut faults);
        if sent.email.trim().is_empty() && sent.phone.trim().is_empty() {
            faults.add("email", Rule::OneOfRequired);
        }
        if self.settings.legal_basis == LegalBasis::Consent && !answers.consented {
            faults.add("consent", Rule::Required);
        }
        let Circumstances { received_at, ip, attribution, verdict } = circumstances;
        let submission = Submission {
            id,
            form: self.id,
            form_version: self.version,
            received_at,
            answers,
            attribution,
            ip,
            consent_wording: self.settings.consent_wording.clone(),
            notice: self.settings.notice.clone(),
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
                notice: Message::parse("We answer.").unwrap(),
                consent_wording: Some(Message::parse("Yes, write to me.").unwrap()),
                requires_token: false,
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

    #[test]
    fn a_submission_keeps_the_version_and_the_words_that_were_shown() {
        let (submission, event) = accept(&form(LegalBasis::LegitimateInterest), &anna()).unwrap();
        assert_eq!(submission.form_version, 3);
        assert_eq!(&*submission.notice, "We answer.");
        assert!(matches!(event, Event::SubmissionReceived { .. }));
    }

    #[test]
    fn a_form_that_asks_for_consent_needs_its_words() {
        let settings = FormSettings { consent_wording: None, ..form(LegalBasis::Consent).settings };
        assert!(settings.checked().is_err());
    }
}
