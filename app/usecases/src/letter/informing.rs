//! The letter that reminds a member of people who are to be told that their data is kept. It names none of them.

use qualify_domain::{
    informing::{Reminder, due_on},
    language::Language::{English, French},
    organization::Member,
    text::Name,
};

use super::{Letter, greeting, rights::day};

impl Letter {
    /// "Tell people by then that you keep their data"
    pub(crate) fn informing(due: Reminder, organization: &Name, member: &Member, base_url: &str) -> Self {
        let language = member.language;
        let by = day(language, due_on(due.day));
        let (subject, body) = match (language, due.is_late) {
            (English, false) => (
                format!("Tell people by {by} that you keep their data"),
                format!(
                    "People came to {organization} from a file or a program and were not told yet that their data is kept. The \
                     law leaves a month: the first of them are to be told by {by}."
                ),
            ),
            (English, true) => (
                "It is too late to tell people in time that you keep their data".to_owned(),
                format!(
                    "People came to {organization} from a file or a program and should have been told by {by} that their data \
                     is kept. Please tell them at once."
                ),
            ),
            (French, false) => (
                format!("Des personnes à informer d’ici au {by}"),
                format!(
                    "Des personnes sont arrivées chez {organization} par un fichier ou un programme et n’ont pas encore été \
                     informées que leurs données sont conservées. La loi laisse un mois : les premières doivent l’être d’ici \
                     au {by}."
                ),
            ),
            (French, true) => (
                "Des personnes n’ont pas été informées à temps".to_owned(),
                format!(
                    "Des personnes sont arrivées chez {organization} par un fichier ou un programme et auraient dû être \
                     informées d’ici au {by} que leurs données sont conservées. Merci de les informer sans attendre."
                ),
            ),
        };
        let (action, reason) = match language {
            English => ("See who they are", "You get this mail because you look after privacy in your organization."),
            French => (
                "Voir qui elles sont",
                "Vous recevez ce message car vous veillez à la protection des données dans votre organisation.",
            ),
        };
        Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{base_url}/informing"),
            reason: reason.to_owned(),
        }
    }
}
