//! The letter that tells those who run an organization that an endpoint is told nothing any more (WEB-12).

use qualify_domain::{
    hook::{Endpoint, EndpointState},
    language::Language::{English, French},
    organization::Member,
};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "A webhook was disabled: it took nothing for five days." It names the machine, and not the whole address.
    pub(crate) fn endpoint_disabled(endpoint: &Endpoint, member: &Member, options: &Options) -> Self {
        let (language, host) = (member.language, endpoint.url.host());
        let is_gone = endpoint.state == EndpointState::Gone;
        let [subject, body, action, reason] = match language {
            English => {
                let why = if is_gone { "It said that it is gone (410)" } else { "It took nothing for five days" };
                [
                    format!("A webhook was disabled: {host}"),
                    format!(
                        "The webhook at {host} was disabled. {why}. Nothing is sent there any more, and what waited for it was \
                         given up.\n\nOnce it takes messages again, turn it on; what was given up within the last seven days can be \
                         sent again from its log."
                    ),
                    "See the webhooks".to_owned(),
                    "You get this mail because you run the organization.".to_owned(),
                ]
            }
            French => {
                let why = if is_gone {
                    "Il a répondu qu’il n’existe plus (410)"
                } else {
                    "Il n’a rien accepté pendant cinq jours"
                };
                [
                    format!("Un webhook a été désactivé : {host}"),
                    format!(
                        "Le webhook de {host} a été désactivé. {why}. Plus rien n’y est envoyé, et ce qui l’attendait a été \
                         abandonné.\n\nDès qu’il accepte de nouveau des messages, réactivez-le ; ce qui a été abandonné au cours \
                         des sept derniers jours peut être renvoyé depuis son journal."
                    ),
                    "Voir les webhooks".to_owned(),
                    "Vous recevez ce message car vous administrez l’organisation.".to_owned(),
                ]
            }
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action,
            link: format!("{}/settings/webhooks", options.base_url),
            reason,
        }
    }
}
