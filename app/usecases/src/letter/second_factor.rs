use qualify_domain::{event::SecondFactorChange, language::Language, organization::Member};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "Your account's second factors have changed."
    pub(crate) fn second_factor(member: &Member, change: SecondFactorChange, options: &Options) -> Self {
        let (subject, body) = match member.language {
            Language::English => english(change),
            Language::French => french(change),
        };
        let (action, reason) = match member.language {
            Language::English => (
                "Look at your account’s security",
                "If it was not you, change your password and end your other sessions at once.",
            ),
            Language::French => (
                "Voir la sécurité de votre compte",
                "Si ce n’était pas vous, changez votre mot de passe et fermez vos autres sessions sans attendre.",
            ),
        };
        Self {
            language: member.language,
            subject: subject.to_owned(),
            greeting: greeting(member.language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{}/settings/security/second-factor", options.base_url),
            reason: reason.to_owned(),
        }
    }
}

fn english(change: SecondFactorChange) -> (&'static str, String) {
    use SecondFactorChange::{
        AppAdded, AppDisabled, AppRemoved, CodeUsed, CodesReplaced, PasskeyAdded, PasskeyRemoved,
    };
    match change {
        AppAdded => {
            ("Authenticator app added", "Signing in now also asks for a code of your authenticator app.".into())
        }
        AppRemoved => ("Authenticator app removed", "Signing in no longer asks for a code of your app.".into()),
        AppDisabled => (
            "Authenticator app disabled",
            "There were 100 wrong codes in a row: codes of your app are no longer accepted. Sign in with a recovery \
             code or a passkey, and set the app up anew. Whoever typed the codes knows your password: change it."
                .into(),
        ),
        CodesReplaced => ("New recovery codes", "New recovery codes were made; the earlier ones are void.".into()),
        CodeUsed(left) => (
            "A recovery code was used",
            format!("Somebody used one of your recovery codes to prove that it is you. Left: {left}."),
        ),
        PasskeyAdded => ("Passkey added", "A passkey was added to your account.".into()),
        PasskeyRemoved => ("Passkey removed", "A passkey was removed from your account.".into()),
    }
}

fn french(change: SecondFactorChange) -> (&'static str, String) {
    use SecondFactorChange::{
        AppAdded, AppDisabled, AppRemoved, CodeUsed, CodesReplaced, PasskeyAdded, PasskeyRemoved,
    };
    match change {
        AppAdded => (
            "Application d’authentification ajoutée",
            "La connexion demande désormais aussi un code de votre application d’authentification.".into(),
        ),
        AppRemoved => (
            "Application d’authentification retirée",
            "La connexion ne demande plus de code de votre application.".into(),
        ),
        AppDisabled => (
            "Application d’authentification désactivée",
            "Il y a eu 100 codes faux de suite : les codes de votre application ne sont plus acceptés. \
             Connectez-vous avec un code de secours ou une clé d’accès, puis configurez l’application à nouveau. La \
             personne qui a saisi ces codes connaît votre mot de passe : changez-le."
                .into(),
        ),
        CodesReplaced => (
            "Nouveaux codes de secours",
            "De nouveaux codes de secours ont été créés ; les précédents ne valent plus rien.".into(),
        ),
        CodeUsed(left) => (
            "Un code de secours a servi",
            format!(
                "Quelqu’un s’est servi de l’un de vos codes de secours pour prouver que c’est vous. Codes restants : {left}."
            ),
        ),
        PasskeyAdded => ("Clé d’accès ajoutée", "Une clé d’accès a été ajoutée à votre compte.".into()),
        PasskeyRemoved => ("Clé d’accès retirée", "Une clé d’accès a été retirée de votre compte.".into()),
    }
}
