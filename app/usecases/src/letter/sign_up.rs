//! Letters to who signs up.

use qualify_domain::{language::Language, pending_sign_up::PendingSignUp, user::User};

use super::{Letter, Link, greeting};
use crate::Options;

impl Letter {
    /// "Prove that this mailbox is yours."
    pub(crate) fn sign_up(pending: &PendingSignUp, link: &Link<'_>) -> Self {
        let (language, organization) = (pending.language, &pending.organization);
        let (subject, body, action, reason) = match language {
            Language::English => (
                "Confirm your e-mail address",
                format!(
                    "You have signed up at Qualify CRM for {organization}. Open the link to choose your password; your \
                     account is made then. The link works once, for 24 hours."
                ),
                "Choose a password",
                "If it was not you, you need not do anything: no account is made.",
            ),
            Language::French => (
                "Confirmez votre adresse e-mail",
                format!(
                    "Vous vous êtes inscrit à Qualify CRM pour {organization}. Ouvrez le lien pour choisir votre mot de \
                     passe ; votre compte sera alors créé. Le lien fonctionne une fois, pendant 24 heures."
                ),
                "Choisir un mot de passe",
                "Si ce n’était pas vous, vous n’avez rien à faire : aucun compte n’est créé.",
            ),
        };
        Self {
            language,
            subject: subject.to_owned(),
            greeting: greeting(language, &pending.first_name),
            body,
            action: action.to_owned(),
            link: link.to_string(),
            reason: reason.to_owned(),
        }
    }

    /// "You have an account already."
    pub(crate) fn sign_up_repeated(user: &User, options: &Options) -> Self {
        let (subject, body, action, reason) = match user.language {
            Language::English => (
                "You already have an account",
                "Somebody, perhaps you, has signed up with your e-mail address. You already have an account: sign in \
                 with the password you chose. Nothing has changed.",
                "Sign in",
                "If it was not you, you need not do anything.",
            ),
            Language::French => (
                "Vous avez déjà un compte",
                "Quelqu’un, peut-être vous, s’est inscrit avec votre adresse e-mail. Vous avez déjà un compte : \
                 connectez-vous avec le mot de passe que vous avez choisi. Rien n’a changé.",
                "Se connecter",
                "Si ce n’était pas vous, vous n’avez rien à faire.",
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
