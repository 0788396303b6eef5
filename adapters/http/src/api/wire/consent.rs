//! What a person agreed to, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    consent::{Asked, Consent, Standing, State},
    lead::Lead,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Around, LeadBody};

/// A box of consent, as the person left it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskedBody {
    /// When the submission was received.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The form.
    form: Uuid,
    /// The submission.
    submission: Uuid,
    /// The words beside the box.
    #[schema(example = "Write to me about new walks.")]
    wording: String,
    /// Whether it was ticked.
    agreed: bool,
}

impl From<&Asked> for AskedBody {
    fn from(asked: &Asked) -> Self {
        Self {
            at: asked.at,
            form: asked.form.0,
            submission: asked.submission.0,
            wording: asked.wording.to_string(),
            agreed: asked.agreed,
        }
    }
}

/// What the person said when they were asked for one consent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentBody {
    /// For what: `request`, where the form collects on that ground, or `email_marketing`, `phone_marketing`, `sharing`,
    /// `profiling`.
    #[schema(example = "email_marketing")]
    purpose: &'static str,
    /// Whether they gave it and it stands: it is confirmed where that is asked for, and was not taken back. Leaving the box
    /// empty later takes nothing back.
    is_given: bool,
    /// How it stands: `given`, `awaiting` its confirmation by mail, `withdrawn`, `objected`, or `none` if it never was given.
    #[schema(example = "given")]
    state: &'static str,
    /// The last time they gave it.
    last_given: Option<AskedBody>,
    /// The last time they were asked.
    last_asked: AskedBody,
}

impl ConsentBody {
    fn of(consent: &Consent, standings: &[Standing]) -> Self {
        let state = Standing::of(consent.matter(), standings).map(|one| one.state);
        Self {
            purpose: consent.matter().code(),
            is_given: state == Some(State::Given),
            state: state.map_or("none", State::code),
            last_given: consent.given.as_ref().map(Into::into),
            last_asked: (&consent.last).into(),
        }
    }
}

/// A lead, and what its person agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentedLead {
    /// The lead.
    #[serde(flatten)]
    lead: LeadBody,
    /// What they were asked consent for in any of their submissions; empty if nothing was asked.
    consents: Vec<ConsentBody>,
}

impl ConsentedLead {
    /// A lead, with what it is told by and what the person agreed to.
    pub fn of(lead: &Lead, around: Around<'_>, consents: &[Consent], standings: &[Standing]) -> Self {
        let consents = consents.iter().map(|consent| ConsentBody::of(consent, standings)).collect();
        Self { lead: LeadBody::of(lead, around), consents }
    }
}
