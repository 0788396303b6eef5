//! Letters about requests that reached the operator and are an organization's to answer (DSR-2). Neither tells whether anything
//! is kept of whoever asked: nobody looked.

use qualify_domain::{
    deadline::paris_day,
    language::Language::{English, French},
    operator_request::OperatorRequest,
};

use super::{
    Letter,
    rights::{RightsPost, day, right},
};
use crate::Options;

impl Letter {
    /// "It came, and is passed on by then."
    pub(crate) fn request_received(request: &OperatorRequest, options: &Options) -> Self {
        let language = request.language;
        let asked = right(language, request.right);
        let came = day(language, paris_day(request.received_at));
        let due = day(language, request.due().day());
        let [subject, greeting, body, action, reason] = match language {
            English => [
                "Your request was received".to_owned(),
                "Hello,".to_owned(),
                format!(
                    "On {came} you asked for your right ({asked}). We run the service on which organizations keep what people \
                     send them; each organization answers for its own data. We pass your request on to the organization that you \
                     mean, by {due} at the latest, and it answers you. We do not look whether it keeps anything about you, and \
                     nobody is told before you have proven who you are. If you did not name the organization, please answer this \
                     mail with its name."
                ),
                "How data is protected here".to_owned(),
                "You get this mail because you wrote to us about your rights.".to_owned(),
            ],
            French => [
                "Votre demande a bien été reçue".to_owned(),
                "Bonjour,".to_owned(),
                format!(
                    "Le {came}, vous avez fait valoir votre droit ({asked}). Nous exploitons le service sur lequel des \
                     organisations conservent ce que les personnes leur envoient ; chaque organisation répond de ses propres \
                     données. Nous transmettons votre demande à l’organisation que vous visez, au plus tard le {due}, et c’est \
                     elle qui vous répondra. Nous ne regardons pas si elle conserve quelque chose à votre sujet, et rien n’est \
                     communiqué à personne avant que vous ayez prouvé votre identité. Si vous n’avez pas nommé l’organisation, \
                     merci de répondre à ce message en indiquant son nom."
                ),
                "La protection des données ici".to_owned(),
                "Vous recevez ce message car vous nous avez écrit au sujet de vos droits.".to_owned(),
            ],
        };
        Self { language, subject, greeting, body, action, link: format!("{}/privacy", options.base_url), reason }
    }
}

impl RightsPost<'_> {
    /// "You asked the operator; it was passed on. Prove that this mailbox is yours."
    pub(crate) fn passed_on(&self, secret: &str, base_url: &str) -> Letter {
        let (home, asked, language) = (self.home, self.right(), self.language);
        let came = day(language, paris_day(self.request.received_at));
        let words = match language {
            English => (
                format!("Your request was passed on to {home}"),
                format!(
                    "On {came} you asked for your right ({asked}) at the service {base_url}. We have passed your request on to \
                     {home}, which answers for its own data and answers you. Open the link to confirm that it was you. It works \
                     once, in the browser in which you open it; only then do you hear whether anything is kept about you."
                ),
                "Confirm the request",
            ),
            French => (
                format!("Votre demande a été transmise à {home}"),
                format!(
                    "Le {came}, vous avez fait valoir votre droit ({asked}) auprès du service {base_url}. Nous avons transmis \
                     votre demande à {home}, qui répond de ses propres données et vous répondra. Ouvrez le lien pour confirmer \
                     que c’était vous. Il fonctionne une fois, dans le navigateur où vous l’ouvrez ; ce n’est qu’alors que vous \
                     saurez si quelque chose est conservé à votre sujet."
                ),
                "Confirmer la demande",
            ),
        };
        let reason = match language {
            English => "If you did not ask for this, you need not do anything: nothing is told to anybody else.",
            French => {
                "Si vous n’avez rien demandé, vous n’avez rien à faire : rien n’est communiqué à personne d’autre."
            }
        };
        self.letter(words, format!("{}/{secret}", self.page), reason)
    }
}
