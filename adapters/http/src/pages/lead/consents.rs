//! What the person agreed to, purpose by purpose.

use qualify_domain::consent::{Consent, Matter};

use super::told::Told;
use crate::{moment::Moment, pages::choices};

/// One consent that was asked for.
pub struct ConsentLine {
    /// For what.
    pub matter: String,
    pub is_given: bool,
    /// When it was given last, or else asked for last.
    pub at: Moment,
    pub form_id: String,
    pub form_name: String,
    /// That it was asked for again since, and the box left empty; nothing if it was not.
    pub again: String,
    /// The words beside the box.
    pub wording: String,
}

impl Told<'_> {
    /// What was asked in any of the lead's submissions.
    pub(super) fn consents(&self) -> Vec<ConsentLine> {
        self.file.consents.iter().map(|consent| self.consent(consent)).collect()
    }

    fn consent(&self, consent: &Consent) -> ConsentLine {
        let t = self.t;
        let told = consent.given.as_ref().unwrap_or(&consent.last);
        let again = consent.left_empty_at().map(|at| t.with("consent-again", "when", self.calendar.moment(at).full));
        ConsentLine {
            matter: match consent.matter() {
                Matter::Request => t.get("consent-request"),
                Matter::Further(purpose) => choices::purpose(t, purpose),
            },
            is_given: consent.given.is_some(),
            at: self.calendar.moment(told.at),
            form_id: told.form.to_string(),
            form_name: self.form_name(told.form).unwrap_or_default(),
            again: again.unwrap_or_default(),
            wording: told.wording.to_string(),
        }
    }
}
