//! Letters about what may not have been the user themselves. They name device and time; the place stands on the page.

use qualify_domain::{connection::ConnectionEvent, device::Device, language::Language, organization::Member};

use super::{Letter, greeting};
use crate::Options;

/// What a user is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warning {
    /// A sign-in from a device and a network that the account was never used from.
    NewDevice,
    /// A refresh token came twice: somebody may have copied it.
    Copied,
}

impl Letter {
    /// "Was it you?"
    pub(crate) fn warning(warning: Warning, connection: &ConnectionEvent, member: &Member, options: &Options) -> Self {
        let language = member.language;
        let (device, at) = (device(connection.from.device(), language), connection.at.strftime("%Y-%m-%d %H:%M UTC"));
        let (subject, body) = match (warning, language) {
            (Warning::NewDevice, Language::English) => (
                "New sign-in to your account",
                format!(
                    "Your account was used from a device or a network for the first time: {device}, {at}. If it was \
                     you, you need not do anything. If not, end that session and change your password."
                ),
            ),
            (Warning::NewDevice, Language::French) => (
                "Nouvelle connexion à votre compte",
                format!(
                    "Votre compte a été utilisé pour la première fois depuis cet appareil ou ce réseau : {device}, \
                     {at}. Si c’était vous, vous n’avez rien à faire. Sinon, mettez fin à cette session et changez \
                     votre mot de passe."
                ),
            ),
            (Warning::Copied, Language::English) => (
                "A session was ended for your safety",
                format!(
                    "The same proof of being signed in was used twice ({device}, {at}), as if somebody had copied it. \
                     That session was ended everywhere. Please sign in again; if you did not expect this, change your \
                     password."
                ),
            ),
            (Warning::Copied, Language::French) => (
                "Une session a été fermée par sécurité",
                format!(
                    "La même preuve de connexion a été utilisée deux fois ({device}, {at}), comme si quelqu’un l’avait \
                     copiée. Cette session a été fermée partout. Veuillez vous reconnecter ; si vous ne vous y \
                     attendiez pas, changez votre mot de passe."
                ),
            ),
        };
        let (action, reason) = match language {
            Language::English => ("See where you are signed in", "You get this mail for the safety of your account."),
            Language::French => {
                ("Voir où vous êtes connecté", "Vous recevez ce message pour la sécurité de votre compte.")
            }
        };
        Self {
            language,
            subject: subject.to_owned(),
            greeting: greeting(language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{}/settings/security", options.base_url),
            reason: reason.to_owned(),
        }
    }
}

fn device(device: Device, language: Language) -> String {
    match (device.browser, device.system, language) {
        (Some(browser), Some(system), Language::English) => format!("{browser} on {system}"),
        (Some(browser), Some(system), Language::French) => format!("{browser} sur {system}"),
        (Some(known), None, _) | (None, Some(known), _) => known.to_owned(),
        (None, None, Language::English) => "an unknown device".to_owned(),
        (None, None, Language::French) => "un appareil inconnu".to_owned(),
    }
}
