//! One filled form: immutable evidence of who asked what, when, from where.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::IpAddr,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    form::Purpose,
    id::{FormId, LeadId, SubmissionId},
    language::Language,
    property::{PropertyKey, PropertyValue},
    spam::Verdict,
    text::{CampaignTag, Email, Message, Name, PageUrl, Phone},
    violation::Violations,
};

/// The network address of a submission is kept this long after it came (RET-1).
pub const IP_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What came while the organization might not receive is kept sealed for so long after it came, and then is gone.
pub const SEALED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a visitor sent, as it came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// The field `name`.
    pub name: String,
    /// The field `email`.
    pub email: String,
    /// The field `phone`.
    pub phone: String,
    /// The field `message`.
    pub message: String,
    /// Whether the box `consent` was ticked.
    pub consent: bool,
    /// Which boxes of further purposes were ticked.
    pub purposes: BTreeSet<Purpose>,
    /// The fields that the organization declares, by their words; several texts where several were chosen.
    pub own: OwnTexts,
}

/// What was sent to the fields that an organization declares, by their words.
pub type OwnTexts = BTreeMap<String, Vec<String>>;

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent([redacted])")
    }
}

/// What a visitor answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Their name.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// What they wrote.
    pub message: Option<Message>,
    /// Whether they ticked the box of consent.
    pub consented: bool,
    /// What they agreed to beside that, or did not.
    pub purposes: Vec<PurposeAnswer>,
    /// What they answered to what the organization itself wants to know.
    pub own: OwnAnswers,
}

/// A box of consent as it was shown, and whether it was ticked (PRV-5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurposeAnswer {
    /// For what.
    pub purpose: Purpose,
    /// The words beside it.
    pub wording: Message,
    /// Whether it was ticked.
    pub agreed: bool,
    /// Whether a tick counts only once it is confirmed by mail.
    #[serde(default)]
    pub is_confirmed: bool,
}

/// What was answered to the fields that an organization declares, by their words.
pub type OwnAnswers = BTreeMap<PropertyKey, PropertyValue>;

impl Answers {
    /// Reads what was sent to the fields that are built in; the faults of all of them go to `faults`.
    pub fn parse(sent: &Sent, language: Language, faults: &mut Violations) -> Self {
        Self {
            name: faults.keep("name", Name::parse_optional(&sent.name)).flatten(),
            email: faults.keep("email", Email::parse_optional(&sent.email)).flatten(),
            phone: faults.keep("phone", Phone::parse_optional(&sent.phone, language)).flatten(),
            message: faults.keep("message", Message::parse_optional(&sent.message)).flatten(),
            consented: sent.consent,
            purposes: Vec::new(),
            own: OwnAnswers::new(),
        }
    }

    /// The answers as one text: equal for two submissions that say the same.
    pub fn normalized(&self) -> String {
        let email = self.email.as_ref().map(Email::normalized).unwrap_or_default();
        let phone = self.phone.as_ref().map(|phone| phone.e164().unwrap_or(phone.written())).unwrap_or_default();
        let (name, message) = (self.name.as_deref().unwrap_or_default(), self.message.as_deref().unwrap_or_default());
        let consented = if self.consented { "1" } else { "0" };
        let own = self.own.iter().map(|(key, value)| format!("{key}={}", value.written()));
        let agreed = self.purposes.iter().filter(|one| one.agreed).map(|one| one.purpose.field().to_owned());
        let built_in = [name, &email, phone, message, consented].map(str::to_owned);
        built_in.into_iter().chain(own).chain(agreed).collect::<Vec<_>>().join("\u{0}")
    }
}

/// Where a visit came from. Untrusted words of the visitor's browser; never a reason to refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// The page on which the form stood.
    pub page: Option<PageUrl>,
    /// The first page of the visit.
    pub landing_page: Option<PageUrl>,
    /// The page that linked to it.
    pub referrer: Option<PageUrl>,
    /// `utm_source`.
    pub source: Option<CampaignTag>,
    /// `utm_medium`.
    pub medium: Option<CampaignTag>,
    /// `utm_campaign`.
    pub campaign: Option<CampaignTag>,
    /// `utm_term`.
    pub term: Option<CampaignTag>,
    /// `utm_content`.
    pub content: Option<CampaignTag>,
    /// Google's click id.
    pub gclid: Option<CampaignTag>,
    /// Facebook's click id.
    pub fbclid: Option<CampaignTag>,
    /// Microsoft's click id.
    pub msclkid: Option<CampaignTag>,
}

/// One filled form.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its id; the receipt.
    pub id: SubmissionId,
    /// The form that was filled.
    pub form: FormId,
    /// The version of the form that was shown.
    pub form_version: i32,
    /// When it reached us.
    pub received_at: Timestamp,
    /// What was answered.
    pub answers: Answers,
    /// Where the visit came from.
    pub attribution: Attribution,
    /// The network address it came from; gone after 30 days (RET-1).
    pub ip: Option<IpAddr>,
    /// The wording beside the box, where there was one.
    pub consent_wording: Option<Message>,
    /// The notice that was shown.
    pub notice: Message,
    /// What the spam checks said, and whether it waits sealed.
    pub verdict: Verdict,
    /// The lead it belongs to, once the worker has opened or found it.
    pub lead: Option<LeadId>,
}

impl Submission {
    /// For what a box was ticked that counts only once it is confirmed by a mail to the address that was given.
    pub fn to_confirm(&self) -> Vec<Purpose> {
        let ticked = self.answers.purposes.iter().filter(|one| one.agreed && one.is_confirmed);
        ticked.filter(|_| self.answers.email.is_some()).map(|one| one.purpose).collect()
    }

    /// The submission as it may be shown at `now`: without its address once that has had its time, whether or not it was
    /// swept (RET-2).
    #[must_use]
    pub fn shown(self, now: Timestamp) -> Self {
        let is_kept = now.duration_since(self.received_at) < IP_KEPT;
        Self { ip: self.ip.filter(|_| is_kept), ..self }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn ret_2_the_address_is_shown_until_its_last_second_and_the_rest_for_longer() {
        let received_at: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let submission = Submission {
            id: SubmissionId(Uuid::nil()),
            form: FormId(Uuid::nil()),
            form_version: 1,
            received_at,
            answers: Answers { name: Some(Name::parse("Anna Berg").unwrap()), ..Answers::default() },
            attribution: Attribution::default(),
            ip: Some("192.0.2.7".parse().unwrap()),
            consent_wording: None,
            notice: Message::parse("n").unwrap(),
            verdict: Verdict::Accepted,
            lead: None,
        };
        let second = SignedDuration::from_secs(1);
        for (now, is_shown) in [
            (received_at - second, true), // by another machine's clock
            (received_at, true),
            (received_at + IP_KEPT - second, true),
            (received_at + IP_KEPT, false),
            (received_at + IP_KEPT * 2, false),
        ] {
            let shown = submission.clone().shown(now);
            assert_eq!(shown.ip.is_some(), is_shown, "{now}");
            assert_eq!(shown.answers, submission.answers);
        }
    }
}
