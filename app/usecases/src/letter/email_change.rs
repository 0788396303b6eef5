//! Letters about another address for an account: to the one it shall have, and to the one it has.

use qualify_domain::{language::Language, user::User};

use super::{Letter, Link, greeting};
use crate::Options;

impl Letter {
    /// "Prove that this mailbox is yours."
    pub(crate) fn email_change(user: &User, link: &Link<'_>) -> Self {
        let (subject, body, action, reason) = match user.language {
            Language::English => (
                "Confirm your new e-mail address",
                "Open the link to sign in to your account with this address from now on. The link works once, for 24 \
                 hours; until then nothing changes.",
                "Confirm the address",
                "If you did not ask for this, you need not do anything.",
            ),
            Language::French => (
                "Confirmez votre nouvelle adresse e-mail",
                "Ouvrez le lien pour vous connecter désormais à votre compte avec cette adresse. Le lien fonctionne une \
                 fois, pendant 24 heures ; d’ici là, rien ne change.",
                "Confirmer l’adresse",
                "Si vous n’avez rien demandé, vous n’avez rien à faire.",
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

    /// "Somebody wants your account to have another address."
    pub(crate) fn email_change_asked(user: &User, options: &Options) -> Self {
        let (subject, body, action, reason) = match user.language {
            Language::English => (
                "A new address for your account",
                "Somebody who is signed in to your account asked to replace this address by another. It happens when the \
                 link in the mail to the new address is opened. If it was you, you need not do anything.",
                "Look at your account’s security",
                "If it was not you, change your password and end your other sessions at once.",
            ),
            Language::French => (
                "Une nouvelle adresse pour votre compte",
                "Quelqu’un qui est connecté à votre compte a demandé de remplacer cette adresse par une autre. Cela se \
                 fera à l’ouverture du lien envoyé à la nouvelle adresse. Si c’était vous, vous n’avez rien à faire.",
                "Voir la sécurité de votre compte",
                "Si ce n’était pas vous, changez votre mot de passe et fermez vos autres sessions sans attendre.",
            ),
        };
        Self {
            language: user.language,
            subject: subject.to_owned(),
            greeting: greeting(user.language, &user.first_name),
            body: body.to_owned(),
            action: action.to_owned(),
            link: format!("{}/settings/security", options.base_url),
            reason: reason.to_owned(),
        }
    }
}
