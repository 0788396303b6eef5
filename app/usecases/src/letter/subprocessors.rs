//! The letter that announces who else is to get personal data (PRV-3).

use qualify_domain::{
    language::Language,
    organization::Member,
    subprocessor::{Purpose, Subprocessor},
    text::Name,
};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "A new subprocessor"
    pub(crate) fn subprocessors(
        coming: &[Subprocessor],
        organization: &Name,
        member: &Member,
        options: &Options,
    ) -> Self {
        let language = member.language;
        let named = coming.iter().map(|one| match language {
            Language::English => {
                format!("{} ({}, {}) from {}", one.name, purpose(one, language), one.country, one.since)
            }
            Language::French => {
                let day = one.since.strftime("%d/%m/%Y");
                format!("{} ({}, {}) à partir du {day}", one.name, purpose(one, language), one.country)
            }
        });
        let named = named.collect::<Vec<_>>().join("; ");
        let [subject, body, action, reason] = match language {
            Language::English => [
                "Subprocessors will change".to_owned(),
                format!(
                    "So that this service runs for {organization}, personal data will be processed by: {named}. Write to \
                     the operator before that day if you object."
                ),
                "Read the privacy policy".to_owned(),
                "You get this mail because you own the organization.".to_owned(),
            ],
            Language::French => [
                "Les sous-traitants ultérieurs vont changer".to_owned(),
                format!(
                    "Pour faire fonctionner ce service pour {organization}, des données personnelles seront traitées par : \
                     {named}. Écrivez à l’exploitant avant ce jour si vous vous y opposez."
                ),
                "Lire la politique de confidentialité".to_owned(),
                "Vous recevez ce message car vous êtes propriétaire de l’organisation.".to_owned(),
            ],
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action,
            link: format!("{}/privacy", options.base_url),
            reason,
        }
    }
}

fn purpose(one: &Subprocessor, language: Language) -> &'static str {
    match (one.purpose, language) {
        (Purpose::Hosting, Language::English) => "hosting",
        (Purpose::Hosting, Language::French) => "hébergement",
        (Purpose::Storage, Language::English) => "storage",
        (Purpose::Storage, Language::French) => "stockage",
        (Purpose::Mail, Language::English) => "e-mail",
        (Purpose::Mail, Language::French) => "e-mails",
        (Purpose::Payments, Language::English) => "payments",
        (Purpose::Payments, Language::French) => "paiements",
    }
}
