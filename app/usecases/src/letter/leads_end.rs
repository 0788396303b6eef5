//! The letter that tells an owner how many leads go soon. It names nobody.

use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{language::Language, organization::Member, text::Name};

use super::{Letter, greeting};
use crate::Options;

impl Letter {
    /// "12 leads go soon"
    pub(crate) fn leads_end(
        (leads, by): (u32, Timestamp),
        organization: &Name,
        member: &Member,
        zone: &TimeZone,
        options: &Options,
    ) -> Self {
        let language = member.language;
        let day = zone.to_datetime(by).date();
        let (day_english, day_french) = (day.strftime("%Y-%m-%d"), day.strftime("%d/%m/%Y"));
        let (subject, body) = match (language, leads) {
            (Language::English, 1) => (
                "One lead will be deleted soon".to_owned(),
                format!(
                    "Nothing has come from one lead of {organization} for a long time. It will be deleted by \
                     {day_english}, with all that hangs on it."
                ),
            ),
            (Language::English, _) => (
                format!("{leads} leads will be deleted soon"),
                format!(
                    "Nothing has come from {leads} leads of {organization} for a long time. They will be deleted by \
                     {day_english}, with all that hangs on them."
                ),
            ),
            (Language::French, 1) => (
                "Un lead va bientôt être supprimé".to_owned(),
                format!(
                    "Un lead de {organization} n’a rien envoyé depuis longtemps. Il sera supprimé d’ici au {day_french}, \
                     avec tout ce qui s’y rattache."
                ),
            ),
            (Language::French, _) => (
                format!("{leads} leads vont bientôt être supprimés"),
                format!(
                    "{leads} leads de {organization} n’ont rien envoyé depuis longtemps. Ils seront supprimés d’ici au \
                     {day_french}, avec tout ce qui s’y rattache."
                ),
            ),
        };
        let (action, reason) = match language {
            Language::English => ("See which they are", "You get this mail because you own the organization."),
            Language::French => {
                ("Voir lesquels", "Vous recevez ce message car vous êtes propriétaire de l’organisation.")
            }
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{}/privacy/retention", options.base_url),
            reason: reason.to_owned(),
        }
    }
}
