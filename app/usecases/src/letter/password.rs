use qualify_domain::{language::Language, organization::Member};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "Your password was changed."
    pub(crate) fn password_changed(member: &Member, options: &Options) -> Self {
        let [subject, body, action, reason] = match member.language {
            Language::English => [
                "Your password was changed",
                "Your account has a new password. Wherever else you were signed in, you are signed out.",
                "Look at your account’s security",
                "If it was not you, tell an owner of your organization at once.",
            ],
            Language::French => [
                "Votre mot de passe a été changé",
                "Votre compte a un nouveau mot de passe. Partout ailleurs, vous avez été déconnecté.",
                "Voir la sécurité de votre compte",
                "Si ce n’était pas vous, prévenez sans attendre un propriétaire de votre organisation.",
            ],
        };
        Self {
            language: member.language,
            subject: subject.to_owned(),
            greeting: greeting(member.language, &member.first_name),
            body: body.to_owned(),
            action: action.to_owned(),
            link: format!("{}/settings/security", options.base_url),
            reason: reason.to_owned(),
        }
    }
}
