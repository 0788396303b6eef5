//! The letter to a person whose lead was kept and not used, and is used again. It tells nothing of what is in it.

use qualify_domain::{language::Language, organization::Organization};

use super::Letter;
use crate::Options;

impl Letter {
    /// "We use your data again."
    pub(crate) fn restriction_lifted(organization: &Organization, language: Language, options: &Options) -> Self {
        let home = &organization.name;
        let (subject, greeting, body, action, reason) = match language {
            Language::English => (
                format!("{home} ends the restriction of your data"),
                "Hello,",
                format!(
                    "{home} kept your data and did not use them, because their processing was restricted. This restriction \
                     now ends: {home} may use your data again. If you do not agree, answer to {home}, or complain to the \
                     CNIL (www.cnil.fr)."
                ),
                "Read how your data are handled",
                "You get this mail because the law asks that you are told before a restriction is lifted (GDPR, Art. 18(3)).",
            ),
            Language::French => (
                format!("{home} lève la limitation du traitement de vos données"),
                "Bonjour,",
                format!(
                    "{home} conservait vos données sans les utiliser, car leur traitement était limité. Cette limitation est \
                     maintenant levée : {home} peut de nouveau utiliser vos données. Si vous n’êtes pas d’accord, \
                     écrivez à {home} ou adressez une réclamation à la CNIL (www.cnil.fr)."
                ),
                "Lire comment vos données sont traitées",
                "Vous recevez ce message car la loi demande que vous soyez informé avant la levée d’une limitation (RGPD, \
                 art. 18, par. 3).",
            ),
        };
        Self {
            language,
            subject,
            greeting: greeting.to_owned(),
            body,
            action: action.to_owned(),
            link: format!("{}/privacy", options.base_url),
            reason: reason.to_owned(),
        }
    }
}
