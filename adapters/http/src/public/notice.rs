//! What a form tells its visitors about the use of their data, in the page's language.

use qualify_domain::form::{FormSettings, LegalBasis};

use crate::text::Text;

/// A part of the notice: how it is called, and the words.
pub type Part = (String, String);

/// The notice of a form of that organization, part by part: its own words, the ground, and how people ask for their rights.
/// What an old form does not tell is left out.
pub fn parts(settings: &FormSettings, organization: &str, t: Text) -> Vec<Part> {
    let basis = match settings.legal_basis {
        LegalBasis::Consent => t.get("public-basis-consent"),
        LegalBasis::LegitimateInterest => t.get("public-basis-legitimate-interest"),
    };
    let notice = &settings.notice;
    let controller = notice.controller.as_deref().unwrap_or(organization);
    let rights = match notice.contact.as_deref() {
        Some(contact) => t.with("public-rights-at", "contact", contact),
        None => t.get("public-rights-known"),
    };
    let told = [
        ("notice-controller", controller.to_owned()),
        ("notice-purpose", notice.purpose.to_string()),
        ("notice-basis", basis),
        ("notice-retention", notice.retention.as_deref().unwrap_or_default().to_owned()),
        ("notice-recipients", notice.recipients.as_deref().unwrap_or_default().to_owned()),
        ("notice-rights", rights),
    ];
    told.into_iter().filter(|(_, words)| !words.is_empty()).map(|(key, words)| (t.get(key), words)).collect()
}
