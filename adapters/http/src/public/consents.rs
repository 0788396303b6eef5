//! The boxes of consent of a form's page: unticked, one per purpose (PRV-5).

use qualify_domain::form::{FormSettings, LegalBasis};

use crate::problem::Fault;

/// The box of the ground on which the form collects.
pub const GROUND: &str = "consent";

/// A box.
pub struct Consent {
    /// The word by which it is sent.
    pub field: &'static str,
    /// The words beside it.
    pub wording: String,
    /// Whether there is no sending without it.
    pub required: bool,
    /// What is wrong with it; empty for nothing.
    pub fault: String,
}

/// The boxes that a form asks to tick, that of its ground first.
pub fn asked(settings: &FormSettings, faults: &[Fault]) -> Vec<Consent> {
    let fault = |field: &str| faults.iter().find(|fault| fault.field == field).map(|fault| fault.detail.clone());
    let one = |field: &'static str, wording: &str, required| Consent {
        field,
        wording: wording.to_owned(),
        required,
        fault: fault(field).unwrap_or_default(),
    };
    let ground = settings.consent_wording.as_ref().filter(|_| settings.legal_basis == LegalBasis::Consent);
    let ground = ground.map(|wording| one(GROUND, wording, true));
    let further = settings.purposes.iter().map(|asked| one(asked.purpose.field(), &asked.wording, false));
    ground.into_iter().chain(further).collect()
}
