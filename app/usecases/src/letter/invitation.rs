//! The letter to who is invited. It is written in the language of the organization that invites.

use qualify_domain::{
    language::Language,
    organization::{Member, Organization},
};

use super::{Letter, Link};

impl Letter {
    /// "Join us."
    pub(crate) fn invitation(organization: &Organization, inviter: Option<&Member>, link: &Link<'_>) -> Self {
        let (home, language) = (&organization.name, organization.language);
        let inviter = inviter.map(|member| format!("{} {}", member.first_name, member.last_name));
        let inviter = inviter.unwrap_or_else(|| home.to_string());
        let (subject, greeting, body, action, reason) = match language {
            Language::English => (
                format!("{inviter} invites you to {home}"),
                "Hello,",
                format!(
                    "{inviter} invites you to work with {home} in Qualify CRM. Open the link to see as what, and to join. \
                     It works once, for 7 days."
                ),
                "See the invitation",
                "If you do not want to join, you need not do anything.",
            ),
            Language::French => (
                format!("{inviter} vous invite chez {home}"),
                "Bonjour,",
                format!(
                    "{inviter} vous invite à travailler avec {home} dans Qualify CRM. Ouvrez le lien pour voir à quel \
                     titre et accepter. Il fonctionne une fois, pendant 7 jours."
                ),
                "Voir l’invitation",
                "Si vous ne souhaitez pas accepter, vous n’avez rien à faire.",
            ),
        };
        Self {
            language,
            subject,
            greeting: greeting.to_owned(),
            body,
            action: action.to_owned(),
            link: link.to_string(),
            reason: reason.to_owned(),
        }
    }
}
