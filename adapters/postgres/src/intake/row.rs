//! A submission on its way into the database.

use std::net::IpAddr;

use jiff::Timestamp;
use qualify_domain::{
    event::Event,
    id::OrganizationId,
    spam::{SpamReason, Verdict},
    submission::{Attribution, OwnAnswers, PurposeAnswer, Submission},
    text::Phone,
};
use serde::Serialize;
use uuid::Uuid;

const SEALED: &str = "sealed";

/// A submission as `record_submissions` reads it.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) organization: Uuid,
    key: String,
    body: String,
    expires_at: Timestamp,
    event: Option<Event>,
    id: Uuid,
    pub(super) form: Uuid,
    form_version: i32,
    pub(super) received_at: Timestamp,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    message: Option<String>,
    consented: bool,
    own: OwnAnswers,
    purposes: Vec<PurposeAnswer>,
    mark: Option<String>,
    consent_wording: Option<String>,
    notice: String,
    #[serde(flatten)]
    attribution: Attribution,
    ip: Option<IpAddr>,
    verdict: &'static str,
    spam_reasons: Vec<&'static str>,
}

impl Row {
    /// Whether nobody in the organization sees it, and so nobody is told of it.
    pub(super) fn is_sealed(&self) -> bool {
        self.verdict == SEALED
    }

    pub(super) fn of(
        OrganizationId(organization): OrganizationId,
        submission: Submission,
        event: Option<Event>,
        (key, body): ([u8; 32], [u8; 32]),
        mark: Option<[u8; 32]>,
        expires_at: Timestamp,
    ) -> Self {
        let (verdict, reasons) = match submission.verdict {
            Verdict::Accepted => ("accepted", vec![]),
            Verdict::Quarantined(reasons) => ("quarantined", reasons),
            Verdict::Sealed(reasons) => (SEALED, reasons),
        };
        let answers = submission.answers;
        Self {
            organization,
            key: hex(key),
            body: hex(body),
            expires_at: microseconds(expires_at),
            event,
            id: submission.id.0,
            form: submission.form.0,
            form_version: submission.form_version,
            received_at: microseconds(submission.received_at),
            name: answers.name.map(String::from),
            email: answers.email.map(String::from),
            phone: answers.phone.as_ref().map(|phone| phone.written().to_owned()),
            phone_e164: answers.phone.as_ref().and_then(Phone::e164).map(str::to_owned),
            message: answers.message.map(String::from),
            consented: answers.consented,
            own: answers.own,
            purposes: answers.purposes,
            mark: mark.map(hex),
            consent_wording: submission.consent_wording.map(String::from),
            notice: submission.notice.into(),
            attribution: submission.attribution,
            ip: submission.ip,
            verdict,
            spam_reasons: reasons.into_iter().map(SpamReason::code).collect(),
        }
    }
}

fn hex(digest: [u8; 32]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| DIGITS[usize::from(half)]).collect()
}

/// PostgreSQL would round what is finer; everything else here cuts it off.
fn microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
