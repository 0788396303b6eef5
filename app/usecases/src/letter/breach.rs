//! The letter that tells an organization of a breach of the service (PRV-8).

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    breach::Breach,
    language::Language::{self, English, French},
    organization::Member,
    text::Name,
};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "A breach concerns your data: this is known of it." It tells what the operator wrote of it (Art. 33(3)), and what
    /// the organization is to do now.
    pub(crate) fn breach(breach: &Breach, home: &Name, member: &Member, options: &Options) -> Self {
        let known = known(breach, member.language);
        let noticed = moment(breach.aware_at, &options.time_zone);
        let [subject, body] = match member.language {
            English => [
                format!("A breach of personal data concerns {home}"),
                format!(
                    "On {noticed} we noticed a breach of personal data that concerns {home}.\n\n{known}\n\nAs controller, you \
                     may have to tell the CNIL within 72 hours after you learn of it, and the people if the risk to them is \
                     high."
                ),
            ],
            French => [
                format!("Une violation de données personnelles concerne {home}"),
                format!(
                    "Le {noticed}, nous avons constaté une violation de données personnelles qui concerne {home}.\n\n{known}\n\nEn tant que responsable du traitement, vous devez peut-être notifier la CNIL dans les 72 heures \
                     après en avoir pris connaissance, et informer les personnes si le risque pour elles est élevé."
                ),
            ],
        };
        Self::about_breach([subject, body], member, options)
    }

    /// "More is known by now." It tells all of it anew (Art. 33(4)).
    pub(crate) fn breach_revised(breach: &Breach, home: &Name, member: &Member, options: &Options) -> Self {
        let known = known(breach, member.language);
        let noticed = moment(breach.aware_at, &options.time_zone);
        let [subject, body] = match member.language {
            English => [
                format!("More is known of the breach that concerns {home}"),
                format!(
                    "We told you of a breach of personal data that we noticed on {noticed} and that concerns {home}. This is \
                     what is known of it by now.\n\n{known}\n\nIf you told the CNIL or the people of it, see whether you \
                     have to complete what you told them."
                ),
            ],
            French => [
                format!("On en sait plus sur la violation qui concerne {home}"),
                format!(
                    "Nous vous avons informé d’une violation de données personnelles constatée le {noticed} qui concerne \
                     {home}. Voici ce que l’on en sait à présent.\n\n{known}\n\nSi vous l’avez notifiée à la CNIL ou aux \
                     personnes, vérifiez s’il faut compléter ce que vous leur avez dit."
                ),
            ],
        };
        Self::about_breach([subject, body], member, options)
    }

    fn about_breach([subject, body]: [String; 2], member: &Member, options: &Options) -> Self {
        let language = member.language;
        let [action, reason] = match language {
            English => [
                "Open the log of breaches",
                "You get this mail because you answer for the rights of people in your organization.",
            ],
            French => [
                "Ouvrir le registre des violations",
                "Vous recevez ce message parce que vous répondez des droits des personnes dans votre organisation.",
            ],
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{}/privacy/breaches", options.base_url),
            reason: reason.to_owned(),
        }
    }
}

/// What the operator wrote of it.
fn known(breach: &Breach, language: Language) -> String {
    let incident = &breach.incident;
    let people = people(language, incident.people);
    let (happened, categories) = (&incident.happened, &incident.categories);
    let (effects, measures) = (&incident.effects, &incident.measures);
    match language {
        English => format!(
            "What happened: {happened}\n\nWhich data and people: {categories}\n\nAbout how many people: {people}\n\nWhat may \
             come of it: {effects}\n\nWhat we do about it: {measures}"
        ),
        French => format!(
            "Ce qui s’est passé : {happened}\n\nDonnées et personnes concernées : {categories}\n\nNombre approximatif de \
             personnes : {people}\n\nConséquences probables : {effects}\n\nCe que nous faisons : {measures}"
        ),
    }
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at).strftime("%Y-%m-%d %H:%M");
    format!("{local} ({})", zone.iana_name().unwrap_or("UTC"))
}

fn people(language: Language, people: Option<u32>) -> String {
    match (people, language) {
        (Some(people), _) => people.to_string(),
        (None, English) => "not known yet".to_owned(),
        (None, French) => "pas encore connu".to_owned(),
    }
}
