//! Letters to who forgot their password, or whose password somebody set anew.

use qualify_domain::{language::Language, user::User};

use super::{Letter, Link, greeting};
use crate::Options;

impl Letter {
    /// "Choose a new password."
    pub(crate) fn reset(user: &User, link: &Link<'_>) -> Self {
        let (subject, body, action, reason) = match user.language {
            Language::English => (
                "Choose a new password",
                "Somebody, perhaps you, asked for a new password for your account. Open the link to choose one. The link \
                 works once, for 30 minutes.",
                "Choose a new password",
                "If it was not you, you need not do anything: your password stays as it is.",
            ),
            Language::French => (
                "Choisissez un nouveau mot de passe",
                "Quelqu’un, peut-être vous, a demandé un nouveau mot de passe pour votre compte. Ouvrez le lien pour en \
                 choisir un. Le lien fonctionne une fois, pendant 30 minutes.",
                "Choisir un nouveau mot de passe",
                "Si ce n’était pas vous, vous n’avez rien à faire : votre mot de passe reste le même.",
            ),
        };
        Self {
            language: user.language,
            subject: subject.to_owned(),
            greeting: greeting(user.language, &user.first_name),
            body: body.to_owned(),
            action: action.to_owned(),
            link: link.to_string(),
            reason: reason.to_owned(),
        }
    }

    /// "Your password was set anew."
    pub(crate) fn password_was_reset(user: &User, options: &Options) -> Self {
        let (subject, body, action, reason) = match user.language {
            Language::English => (
                "Your password was changed",
                "Your password was set anew by a link that was sent to this mailbox. You have been signed out everywhere.",
                "Sign in",
                "If it was not you, somebody reads your mail: secure your mailbox first, then ask for a new password.",
            ),
            Language::French => (
                "Votre mot de passe a été changé",
                "Votre mot de passe a été redéfini par un lien envoyé à cette adresse. Vous avez été déconnecté partout.",
                "Se connecter",
                "Si ce n’était pas vous, quelqu’un lit vos e-mails : sécurisez d’abord votre messagerie, puis demandez un \
                 nouveau mot de passe.",
            ),
        };
        Self {
            language: user.language,
            subject: subject.to_owned(),
            greeting: greeting(user.language, &user.first_name),
            body: body.to_owned(),
            action: action.to_owned(),
            link: format!("{}/sign-in", options.base_url),
            reason: reason.to_owned(),
        }
    }
}
