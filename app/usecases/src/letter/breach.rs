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
        let (language, incident) = (member.language, &breach.incident);
        let noticed = moment(breach.aware_at, &options.time_zone);
        let people = people(language, incident.people);
        let (happened, categories) = (&incident.happened, &incident.categories);
        let (effects, measures) = (&incident.effects, &incident.measures);
        let [subject, body, action, reason] = match language {
            English => [
                format!("A breach of personal data concerns {home}"),
                format!(
                    "On {noticed} we noticed a breach of personal data that concerns {home}.\n\nWhat happened: {happened}\n\n\
                     Which data and people: {categories}\n\nAbout how many people: {people}\n\nWhat may come of it: {effects}\
                     \n\nWhat we do about it: {measures}\n\nAs controller, you may have to tell the CNIL within 72 hours \
                     after you learn of it, and the people if the risk to them is high."
                ),
                "Open the log of breaches".to_owned(),
                "You get this mail because you answer for the rights of people in your organization.".to_owned(),
            ],
            French => [
                format!("Une violation de données personnelles concerne {home}"),
                format!(
                    "Le {noticed}, nous avons constaté une violation de données personnelles qui concerne {home}.\n\nCe qui \
                     s’est passé : {happened}\n\nDonnées et personnes concernées : {categories}\n\nNombre approximatif de \
                     personnes : {people}\n\nConséquences probables : {effects}\n\nCe que nous faisons : {measures}\n\nEn \
                     tant que responsable du traitement, vous devez peut-être notifier la CNIL dans les 72 heures après en \
                     avoir pris connaissance, et informer les personnes si le risque pour elles est élevé."
                ),
                "Ouvrir le registre des violations".to_owned(),
                "Vous recevez ce message parce que vous répondez des droits des personnes dans votre organisation."
                    .to_owned(),
            ],
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action,
            link: format!("{}/privacy/breaches", options.base_url),
            reason,
        }
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
