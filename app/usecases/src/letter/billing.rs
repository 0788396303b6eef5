//! Letters to those who pay: each step of a subscription, and the end of a trial. They lead to our own page, never to one of
//! the provider's, whose links work for a day only (BIL-8).

use jiff::Timestamp;
use qualify_domain::{
    event::BillingNews, language::Language, organization::Member, plan::PlanCode, subscription::Step, text::Name,
};

use super::{Letter, greeting};
use crate::Options;

/// What such a letter tells of.
pub(crate) struct BillingFacts<'a> {
    /// The organization.
    pub(crate) organization: &'a Name,
    /// What it subscribed to.
    pub(crate) plan: Option<PlanCode>,
    /// When what is paid for ends.
    pub(crate) ends_at: Option<Timestamp>,
    /// Until when it tries the product.
    pub(crate) trial_ends_at: Timestamp,
}

impl Letter {
    /// "Your payment failed", and the like.
    pub(crate) fn billing(news: BillingNews, facts: &BillingFacts<'_>, member: &Member, options: &Options) -> Self {
        let day = |at: Timestamp| options.time_zone.to_datetime(at).strftime("%Y-%m-%d").to_string();
        let (subject, body) = match member.language {
            Language::English => english(news, facts, &day),
            Language::French => french(news, facts, &day),
        };
        let [action, reason] = match member.language {
            Language::English => {
                ["Open billing", "You get this mail because you look after the payments of this organization."]
            }
            Language::French => [
                "Ouvrir la facturation",
                "Vous recevez ce message parce que vous vous occupez des paiements de cette organisation.",
            ],
        };
        Self {
            language: member.language,
            subject,
            greeting: greeting(member.language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{}/settings/billing", options.base_url),
            reason: reason.to_owned(),
        }
    }
}

/// What a plan is called.
const fn plan_name(plan: Option<PlanCode>) -> &'static str {
    match plan {
        Some(PlanCode::Solo) => "Solo",
        Some(PlanCode::Team) => "Team",
        Some(PlanCode::Business) => "Business",
        None => "–",
    }
}

fn english(news: BillingNews, facts: &BillingFacts<'_>, day: &dyn Fn(Timestamp) -> String) -> (String, String) {
    let (name, plan) = (facts.organization, plan_name(facts.plan));
    let step = match news {
        BillingNews::TrialEnds(days) => {
            let (trial_end, days) =
                (day(facts.trial_ends_at), if days == 1 { "tomorrow".to_owned() } else { format!("in {days} days") });
            return (
                format!("The trial of {name} ends {days}"),
                format!(
                    "{name} can be tried until {trial_end}. Choose a plan before, and everything goes on. Without one, nothing \
                     is taken in or changed from then on, and 30 days later the data are deleted."
                ),
            );
        }
        BillingNews::Step(step) => step,
    };
    match step {
        Step::Began => (
            format!("{name} is subscribed to {plan}"),
            format!("Thank you. {name} has the plan {plan} from now on. The invoices are on the page of billing."),
        ),
        Step::PaymentFailed => (
            format!("A payment for {name} failed"),
            format!(
                "The payment for the plan {plan} of {name} did not go through. It is tried again in the next days; nothing \
                 is closed meanwhile. Please look whether the card is still good, or give another one."
            ),
        ),
        Step::Recovered => (
            format!("The payment for {name} came in"),
            format!("The payment that had failed went through. {name} goes on as before, and there is nothing to do."),
        ),
        Step::Paused => (
            format!("The subscription of {name} is paused"),
            format!(
                "Nothing is collected for {name} for now. What can be done meanwhile is told on the page of billing."
            ),
        ),
        Step::Resumed => (
            format!("The subscription of {name} goes on"),
            format!("{name} has the plan {plan} again, and everything is open."),
        ),
        Step::Unpaid => (
            format!("{name} is not paid for: it can only be read"),
            format!(
                "Every try to collect the payment for {name} failed. Nothing can be changed until it is paid; what your forms \
                 receive meanwhile waits sealed for 30 days. Please give another card. After 60 days the subscription ends."
            ),
        ),
        Step::Cancelled => {
            let until = facts.ends_at.map_or_else(String::new, |at| format!(" until {}", day(at)));
            (
                format!("The subscription of {name} was cancelled"),
                format!(
                    "Everything stays as it is{until}. Until then the cancellation can be taken back with one click. 30 days \
                     after that the data of {name} are deleted."
                ),
            )
        }
        Step::PlanChanged => (
            format!("{name} has the plan {plan}"),
            format!(
                "The plan of {name} is {plan} from now on. What is there already stays, also where the plan has less room."
            ),
        ),
        Step::Expired | Step::NotUnderstood => (
            format!("The subscription of {name} has ended"),
            format!("The subscription of {name} has ended. Your data can be taken away, and you can subscribe again."),
        ),
    }
}

fn french(news: BillingNews, facts: &BillingFacts<'_>, day: &dyn Fn(Timestamp) -> String) -> (String, String) {
    let (name, plan) = (facts.organization, plan_name(facts.plan));
    let step = match news {
        BillingNews::TrialEnds(days) => {
            let (trial_end, days) =
                (day(facts.trial_ends_at), if days == 1 { "demain".to_owned() } else { format!("dans {days} jours") });
            return (
                format!("L’essai de {name} se termine {days}"),
                format!(
                    "{name} peut être essayée jusqu’au {trial_end}. Choisissez une formule d’ici là et tout continue. Sinon, plus \
                     rien ne sera reçu ni modifié à partir de cette date, et les données seront supprimées 30 jours plus tard."
                ),
            );
        }
        BillingNews::Step(step) => step,
    };
    match step {
        Step::Began => (
            format!("{name} est abonnée à la formule {plan}"),
            format!(
                "Merci. {name} bénéficie désormais de la formule {plan}. Les factures se trouvent sur la page de facturation."
            ),
        ),
        Step::PaymentFailed => (
            format!("Un paiement pour {name} a échoué"),
            format!(
                "Le paiement de la formule {plan} de {name} n’a pas abouti. Il sera retenté dans les prochains jours ; rien n’est \
                 fermé entre-temps. Vérifiez que la carte est encore valable, ou donnez-en une autre."
            ),
        ),
        Step::Recovered => (
            format!("Le paiement pour {name} est arrivé"),
            format!("Le paiement qui avait échoué a abouti. {name} continue comme avant, et vous n’avez rien à faire."),
        ),
        Step::Paused => (
            format!("L’abonnement de {name} est en pause"),
            format!("Rien n’est prélevé pour {name} pour le moment. La page de facturation dit ce qui reste possible."),
        ),
        Step::Resumed => (
            format!("L’abonnement de {name} reprend"),
            format!("{name} bénéficie à nouveau de la formule {plan}, et tout est ouvert."),
        ),
        Step::Unpaid => (
            format!("{name} n’est pas payée : elle est en lecture seule"),
            format!(
                "Toutes les tentatives de prélèvement pour {name} ont échoué. Rien ne peut être modifié jusqu’au paiement ; ce que \
                 vos formulaires reçoivent attend sous scellés pendant 30 jours. Donnez une autre carte. Après 60 jours, \
                 l’abonnement prendra fin."
            ),
        ),
        Step::Cancelled => {
            let until = facts.ends_at.map_or_else(String::new, |at| format!(" jusqu’au {}", day(at)));
            (
                format!("L’abonnement de {name} a été résilié"),
                format!(
                    "Tout reste ouvert{until}. D’ici là, la résiliation peut être annulée en un clic. Les données de {name} seront \
                     supprimées 30 jours après cette date."
                ),
            )
        }
        Step::PlanChanged => (
            format!("{name} a la formule {plan}"),
            format!(
                "La formule de {name} est désormais {plan}. Ce qui existe déjà reste, même si la formule offre moins de place."
            ),
        ),
        Step::Expired | Step::NotUnderstood => (
            format!("L’abonnement de {name} a pris fin"),
            format!("L’abonnement de {name} a pris fin. Vous pouvez emporter vos données et vous réabonner."),
        ),
    }
}
