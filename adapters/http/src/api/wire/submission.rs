//! Submissions, in the words of the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use qualify_domain::{
    spam::Verdict,
    submission::{PurposeAnswer, Submission},
};
use qualify_usecases::SubmissionList;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{PropertyBody, Touch};
use crate::api::cursor;

/// A box of consent as it was shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreedBody {
    /// For what.
    #[schema(example = "email_marketing")]
    purpose: &'static str,
    /// The words beside it.
    #[schema(example = "Write to me about new walks.")]
    wording: String,
    /// Whether it was ticked.
    agreed: bool,
}

impl From<&PurposeAnswer> for AgreedBody {
    fn from(asked: &PurposeAnswer) -> Self {
        Self { purpose: asked.purpose.code(), wording: asked.wording.to_string(), agreed: asked.agreed }
    }
}

/// What the person sent through a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentBody {
    /// The submission's id: the visitor's receipt.
    id: Uuid,
    /// The form.
    form: Uuid,
    /// The version of the form that was shown.
    form_version: i32,
    /// Their name.
    #[schema(example = "Anna Berg")]
    name: Option<String>,
    /// Their e-mail address.
    #[schema(example = "anna@example.com")]
    email: Option<String>,
    /// Their telephone number, as they wrote it.
    #[schema(example = "+33 6 12 34 56 78")]
    phone: Option<String>,
    /// What they wrote.
    #[schema(example = "Please call me back.")]
    message: Option<String>,
    /// What they answered to the form's other fields, by their words.
    answers: BTreeMap<String, PropertyBody>,
    /// Whether they ticked the box of consent.
    consented: bool,
    /// The wording beside the box, where there was one.
    consent_wording: Option<String>,
    /// What else they were asked consent for.
    purposes: Vec<AgreedBody>,
    /// Where the visit came from.
    touch: Touch,
}

impl From<&Submission> for SentBody {
    fn from(sent: &Submission) -> Self {
        let answers = &sent.answers;
        Self {
            id: sent.id.0,
            form: sent.form.0,
            form_version: sent.form_version,
            name: answers.name.as_deref().map(str::to_owned),
            email: answers.email.as_deref().map(str::to_owned),
            phone: answers.phone.as_ref().map(|phone| phone.written().to_owned()),
            message: answers.message.as_deref().map(str::to_owned),
            answers: answers.own.iter().map(|(key, value)| (key.to_string(), value.into())).collect(),
            consented: answers.consented,
            consent_wording: sent.consent_wording.as_deref().map(str::to_owned),
            purposes: answers.purposes.iter().map(Into::into).collect(),
            touch: (&sent.attribution).into(),
        }
    }
}

/// A submission as its form received it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedBody {
    /// What was sent.
    #[serde(flatten)]
    sent: SentBody,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// Whether it is held back as spam.
    is_quarantined: bool,
    /// Why it looks like spam: `honeypot`, `token-missing`, `token-forged`, `too-fast`, `too-old`, `work-missing`,
    /// `work-invalid` or `work-reused`.
    #[schema(example = json!(["honeypot"]))]
    reasons: Vec<&'static str>,
    /// The lead it belongs to, once it does.
    lead: Option<Uuid>,
}

impl From<&Submission> for ReceivedBody {
    fn from(submission: &Submission) -> Self {
        Self {
            sent: submission.into(),
            received_at: submission.received_at,
            is_quarantined: matches!(submission.verdict, Verdict::Quarantined(_)),
            reasons: submission.verdict.reasons().iter().map(|reason| reason.code()).collect(),
            lead: submission.lead.map(|lead| lead.0),
        }
    }
}

/// A part of what a form received.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedPage {
    /// The submissions, the newest first.
    items: Vec<ReceivedBody>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<&SubmissionList> for ReceivedPage {
    fn from(part: &SubmissionList) -> Self {
        Self { items: part.items.iter().map(Into::into).collect(), next: part.next.map(cursor::written_submission) }
    }
}
