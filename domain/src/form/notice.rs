//! What a form tells its visitors about the use of their data, and for what it asks their consent.

use serde::{Deserialize, Serialize};

use crate::{
    language::Language,
    text::{Email, Line, Message, Name},
    violation::{Rule, Violations},
};

/// At most so many characters tell the purpose, so that the whole notice is still a message.
const LONGEST_PURPOSE: usize = 4_000;

/// What visitors are told about the use of their data (GDPR Art. 13; PRV-4). The ground, the rights, the supervisory
/// authority and the marks of mandatory fields are told by every form's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What the answers are used for.
    pub purpose: Message,
    /// Who is responsible: a name and an address.
    #[serde(default)]
    pub controller: Option<Line>,
    /// Where people ask for their rights.
    #[serde(default)]
    pub contact: Option<Line>,
    /// How long the answers are kept.
    #[serde(default)]
    pub retention: Option<Line>,
    /// Who gets to see them.
    #[serde(default)]
    pub recipients: Option<Line>,
}

impl Notice {
    /// The notice with which a form begins: its organization answers who asks, and names where its people can be reached.
    ///
    /// # Errors
    /// The words of a part do not fit.
    pub fn usual(organization: &Name, contact: &Email, language: Language) -> Result<Self, Rule> {
        let [purpose, retention, recipients] = match language {
            Language::English => [
                "We use what you send to answer your request and to follow up on it.",
                "36 months after our last contact",
                "Our own team, and the provider that runs this form for us",
            ],
            Language::French => [
                "Nous utilisons vos réponses pour répondre à votre demande et en assurer le suivi.",
                "36 mois après notre dernier échange",
                "Notre équipe, et le prestataire qui exploite ce formulaire pour nous",
            ],
        };
        Ok(Self {
            purpose: Message::parse(purpose)?,
            controller: Some(Line::parse(organization)?),
            contact: Line::parse(contact).ok(),
            retention: Some(Line::parse(retention)?),
            recipients: Some(Line::parse(recipients)?),
        })
    }

    /// A notice of which only the purpose is told: not yet complete.
    pub const fn of(purpose: Message) -> Self {
        Self { purpose, controller: None, contact: None, retention: None, recipients: None }
    }

    /// The parts by their words, in the order in which they are told.
    pub fn parts(&self) -> [(&'static str, &str); 5] {
        [
            ("controller", self.controller.as_deref().unwrap_or_default()),
            ("contact", self.contact.as_deref().unwrap_or_default()),
            ("purpose", &self.purpose),
            ("retention", self.retention.as_deref().unwrap_or_default()),
            ("recipients", self.recipients.as_deref().unwrap_or_default()),
        ]
    }

    /// The organization's words, a part on each line, as a submission keeps them.
    pub fn written(&self) -> Message {
        let parts = self.parts().map(|(_, words)| words);
        let lines: Vec<&str> = parts.into_iter().filter(|words| !words.is_empty()).collect();
        Message::parse(&lines.join("\n")).unwrap_or_else(|_| self.purpose.clone())
    }

    pub(super) fn check(&self, faults: &mut Violations) {
        for (part, words) in self.parts() {
            if words.is_empty() {
                faults.add(format!("notice.{part}"), Rule::Required);
            }
        }
        if self.purpose.chars().count() > LONGEST_PURPOSE {
            faults.add("notice.purpose", Rule::TooLong(LONGEST_PURPOSE));
        }
    }
}

/// What an organization may ask consent for beside answering the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// News and offers by e-mail.
    EmailMarketing,
    /// News and offers by telephone.
    PhoneMarketing,
    /// Handing the answers to others, whom the words name.
    Sharing,
    /// Concluding from the answers and the visit what the person is like.
    Profiling,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::EmailMarketing, Self::PhoneMarketing, Self::Sharing, Self::Profiling];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::EmailMarketing => "email_marketing",
            Self::PhoneMarketing => "phone_marketing",
            Self::Sharing => "sharing",
            Self::Profiling => "profiling",
        }
    }

    /// The word by which its box is sent.
    pub const fn field(self) -> &'static str {
        match self {
            Self::EmailMarketing => "consent_email_marketing",
            Self::PhoneMarketing => "consent_phone_marketing",
            Self::Sharing => "consent_sharing",
            Self::Profiling => "consent_profiling",
        }
    }

    /// The word by which a form's settings say that the box has to be confirmed.
    pub const fn confirmation_field(self) -> &'static str {
        match self {
            Self::EmailMarketing => "confirm_email_marketing",
            Self::PhoneMarketing => "confirm_phone_marketing",
            Self::Sharing => "confirm_sharing",
            Self::Profiling => "confirm_profiling",
        }
    }

    /// Whether it is direct marketing, or serves it: what an objection to it ends (GDPR Art. 21(2)).
    pub const fn is_marketing(self) -> bool {
        matches!(self, Self::EmailMarketing | Self::PhoneMarketing | Self::Profiling)
    }
}

impl std::str::FromStr for Purpose {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// A box of consent, never ticked beforehand, for one purpose (PRV-5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurposeBox {
    /// For what.
    pub purpose: Purpose,
    /// The words beside it.
    pub wording: Message,
    /// Whether a tick counts only once it is confirmed by a mail to the address that was given.
    #[serde(default)]
    pub is_confirmed: bool,
}

/// Checks that no purpose has two boxes.
pub(super) fn check_boxes(boxes: &[PurposeBox], faults: &mut Violations) {
    for (place, one) in boxes.iter().enumerate() {
        if boxes.iter().take(place).any(|other| other.purpose == one.purpose) {
            faults.add(format!("purposes[{place}].purpose"), Rule::Duplicate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prv_4_a_notice_is_complete_once_all_its_parts_are_told() {
        let told = |text: &str| Some(Line::parse(text).unwrap());
        let mut notice = Notice::of(Message::parse("To answer you.").unwrap());
        let missing = |notice: &Notice| {
            let mut faults = Violations::default();
            notice.check(&mut faults);
            faults.iter().map(|fault| fault.field.to_string()).collect::<Vec<_>>()
        };
        let parts = ["notice.controller", "notice.contact", "notice.retention", "notice.recipients"];
        assert_eq!(missing(&notice), parts);
        notice.controller = told("North Ltd, 1 High Street, York");
        notice.contact = told("privacy@north.example");
        notice.retention = told("3 years after our last contact");
        assert_eq!(missing(&notice), ["notice.recipients"]);
        notice.recipients = told("Our sales team");
        assert!(missing(&notice).is_empty());
        notice.purpose = Message::parse(&"x".repeat(4_001)).unwrap();
        assert_eq!(missing(&notice), ["notice.purpose"]);
    }

    #[test]
    fn a_notice_is_kept_as_it_was_told() {
        let mut notice = Notice::of(Message::parse("To answer you.").unwrap());
        assert_eq!(&*notice.written(), "To answer you.");
        notice.contact = Some(Line::parse("privacy@north.example").unwrap());
        assert_eq!(&*notice.written(), "privacy@north.example\nTo answer you.");
    }

    #[test]
    fn a_purpose_has_one_box() {
        let one =
            PurposeBox { purpose: Purpose::Sharing, wording: Message::parse("Yes").unwrap(), is_confirmed: false };
        let mut faults = Violations::default();
        check_boxes(&[one.clone(), one], &mut faults);
        assert_eq!(faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(), ["purposes[1].purpose"]);
    }
}
