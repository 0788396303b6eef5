//! Letters about the end of an organization or of an account.

use qualify_domain::{
    closing::{Closing, ClosingNotice, Ending},
    language::Language,
    organization::Member,
    text::Name,
};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "Your organization ends."
    pub(crate) fn closing(
        notice: ClosingNotice,
        closing: Closing,
        name: &Name,
        member: &Member,
        options: &Options,
    ) -> Self {
        let day = options.time_zone.to_datetime(closing.purge_due_at()).strftime("%Y-%m-%d %H:%M");
        let is_asked = closing.ending == Ending::Asked;
        let [subject, body, action, reason] = match member.language {
            Language::English => [
                match notice {
                    ClosingNotice::First => format!("{name} is closed and will be deleted"),
                    ClosingNotice::LastWeek => format!("{name} will be deleted in a week"),
                    ClosingNotice::LastDay => format!("{name} will be deleted tomorrow"),
                },
                format!(
                    "{} Its forms take nothing in any more and nothing can be changed. Until {day} you can take your data away, \
                     or {}. After that everything is deleted for good.",
                    match closing.ending {
                        Ending::Asked => format!("An owner asked for the end of {name}."),
                        Ending::Trial => format!("The trial of {name} is over, and no plan was chosen."),
                        Ending::Subscription => format!("The subscription of {name} has ended."),
                    },
                    if is_asked { "undo it" } else { "choose a plan, and everything is as before" },
                ),
                if is_asked { "Undo, or look at it" } else { "Choose a plan" }.to_owned(),
                "You get this mail because you own this organization.".to_owned(),
            ],
            Language::French => [
                match notice {
                    ClosingNotice::First => format!("{name} est fermée et sera supprimée"),
                    ClosingNotice::LastWeek => format!("{name} sera supprimée dans une semaine"),
                    ClosingNotice::LastDay => format!("{name} sera supprimée demain"),
                },
                format!(
                    "{} Ses formulaires ne reçoivent plus rien et rien ne peut plus être modifié. Jusqu’au {day}, vous pouvez \
                     emporter vos données ou {}. Ensuite, tout sera supprimé définitivement.",
                    match closing.ending {
                        Ending::Asked => format!("Un propriétaire a demandé la suppression de {name}."),
                        Ending::Trial => format!("L’essai de {name} est terminé, et aucune formule n’a été choisie."),
                        Ending::Subscription => format!("L’abonnement de {name} a pris fin."),
                    },
                    if is_asked { "annuler la suppression" } else { "choisir une formule pour tout retrouver" },
                ),
                if is_asked { "Annuler ou consulter" } else { "Choisir une formule" }.to_owned(),
                "Vous recevez ce message parce que vous êtes propriétaire de cette organisation.".to_owned(),
            ],
        };
        Self {
            language: member.language,
            subject,
            greeting: greeting(member.language, &member.first_name),
            body,
            action,
            link: format!(
                "{}/settings/{}",
                options.base_url,
                if is_asked { "organization/deletion" } else { "billing" }
            ),
            reason,
        }
    }

    /// "Your account is deleted."
    pub(crate) fn account_deleted(language: Language, options: &Options) -> Self {
        let [subject, hello, body, action, reason] = match language {
            Language::English => [
                "Your account was deleted",
                "Hello,",
                "Your account and what told of you are gone, as you asked. What you did in your organizations stays there \
                 without your name.",
                "What is kept, and for how long",
                "This is the last mail: your address is forgotten with it.",
            ],
            Language::French => [
                "Votre compte a été supprimé",
                "Bonjour,",
                "Votre compte et ce qui parlait de vous ont été supprimés, comme vous l’avez demandé. Ce que vous avez fait \
                 dans vos organisations y reste sans votre nom.",
                "Ce qui est conservé, et combien de temps",
                "Ceci est le dernier message : votre adresse est oubliée avec lui.",
            ],
        };
        Self {
            language,
            subject: subject.to_owned(),
            greeting: hello.to_owned(),
            body: body.to_owned(),
            action: action.to_owned(),
            link: format!("{}/privacy", options.base_url),
            reason: reason.to_owned(),
        }
    }
}
