//! Letters about leads: one of its own for one piece of news, a list for several.

use qualify_domain::{
    language::Language,
    notification::NotificationKind,
    organization::{Member, Organization},
    text::Phone,
};
use qualify_ports::storage::NotificationRow;

use super::{Letter, greeting};
use crate::Options;

/// How many names a mail lists; of more it tells how many.
const LISTED: usize = 20;

impl Letter {
    /// "A lead came in", or what came in since the last mail; none if there is nothing to tell.
    pub(crate) fn told(
        told: &[NotificationRow],
        digest: bool,
        member: &Member,
        organization: &Organization,
        options: &Options,
    ) -> Option<Self> {
        let language = member.language;
        let (subject, body) = match told {
            [] => return None,
            [one] => single(one, organization, language),
            several => (counts(several, language), list(several, organization, language)),
        };
        let subject = match (digest, language) {
            (false, _) => subject,
            (true, Language::English) => format!("Your daily digest: {subject}"),
            (true, Language::French) => format!("Votre résumé du jour : {subject}"),
        };
        let (open_one, open_all, reason) = match language {
            Language::English => (
                "Open the lead",
                "Open the notifications",
                "You get this mail because you wish to be told. You choose of what, and how, in the settings under \
                 Notifications.",
            ),
            Language::French => (
                "Ouvrir le lead",
                "Ouvrir les notifications",
                "Vous recevez ce message car vous souhaitez être informé. Vous choisissez de quoi, et comment, dans les \
                 paramètres, sous Notifications.",
            ),
        };
        let one = told.first().filter(|_| told.len() == 1).and_then(|told| told.notification.lead);
        let (action, place) =
            one.map_or_else(|| (open_all, "/notifications".to_owned()), |lead| (open_one, format!("/leads/{lead}")));
        Some(Self {
            language,
            subject,
            greeting: greeting(language, &member.first_name),
            body,
            action: action.to_owned(),
            link: format!("{}{place}", options.base_url),
            reason: reason.to_owned(),
        })
    }
}

fn single(told: &NotificationRow, organization: &Organization, language: Language) -> (String, String) {
    use NotificationKind::{Answer, Assignment, JobOver, LeadsEnd, Mention, NewLead, Reminder, Task};
    let (title, home) = (title(told, language), &organization.name);
    match (language, told.notification.kind) {
        (Language::English, NewLead) => (format!("New lead: {title}"), format!("{title} has just written to {home}.")),
        (Language::English, Answer) => {
            (format!("{title} wrote again"), format!("{title}, whom you know already, has written to {home} again."))
        }
        (Language::English, Assignment) => {
            (format!("A lead for you: {title}"), format!("{title} was given to you at {home}."))
        }
        (Language::French, NewLead) => (format!("Nouveau lead : {title}"), format!("{title} vient d’écrire à {home}.")),
        (Language::French, Answer) => (
            format!("{title} a écrit de nouveau"),
            format!("{title}, que vous connaissez déjà, a de nouveau écrit à {home}."),
        ),
        (Language::English, Mention) => {
            (format!("You were mentioned: {title}"), format!("A colleague mentioned you in a note about {title}."))
        }
        (Language::English, Task) => {
            (format!("A task for you: {title}"), format!("A colleague gave you a task about {title}."))
        }
        (Language::English, Reminder) => {
            (format!("A task is due: {title}"), format!("You have something to do about {title}."))
        }
        (Language::French, Assignment) => {
            (format!("Un lead pour vous : {title}"), format!("{title} vous a été confié chez {home}."))
        }
        (Language::English, JobOver) => {
            ("Your work has ended".to_owned(), format!("What you asked for at {home} has ended."))
        }
        (Language::English, LeadsEnd) => ("Leads go soon".to_owned(), format!("Leads of {home} go soon.")),
        (Language::French, LeadsEnd) => {
            ("Des leads vont disparaître".to_owned(), format!("Des leads de {home} vont bientôt disparaître."))
        }
        (Language::French, JobOver) => {
            ("Votre travail est terminé".to_owned(), format!("Ce que vous avez demandé chez {home} est terminé."))
        }
        (Language::French, Mention) => (
            format!("On vous a mentionné : {title}"),
            format!("Un collègue vous a mentionné dans une note au sujet de {title}."),
        ),
        (Language::French, Task) => (
            format!("Une tâche pour vous : {title}"),
            format!("Un collègue vous a confié une tâche au sujet de {title}."),
        ),
        (Language::French, Reminder) => {
            (format!("Une tâche arrive à échéance : {title}"), format!("Vous avez à faire au sujet de {title}."))
        }
    }
}

/// "12 new leads, 1 answer"
fn counts(told: &[NotificationRow], language: Language) -> String {
    use NotificationKind::{Answer, Assignment, JobOver, LeadsEnd, Mention, NewLead, Reminder, Task};
    let parts =
        [NewLead, Answer, Assignment, Mention, Task, Reminder, JobOver, LeadsEnd].into_iter().filter_map(|kind| {
            let count = told.iter().filter(|told| told.notification.kind == kind).count();
            let words = match (language, kind, count) {
                (_, _, 0) => return None,
                (Language::English, NewLead, 1) => "new lead",
                (Language::English, NewLead, _) => "new leads",
                (Language::English, Answer, 1) => "answer",
                (Language::English, Answer, _) => "answers",
                (Language::English, Assignment, 1) => "lead given to you",
                (Language::English, Assignment, _) => "leads given to you",
                (Language::French, NewLead, 1) => "nouveau lead",
                (Language::French, NewLead, _) => "nouveaux leads",
                (Language::French, Answer, 1) => "réponse",
                (Language::French, Answer, _) => "réponses",
                (Language::French, Assignment, 1) => "lead confié",
                (Language::French, Assignment, _) => "leads confiés",
                (_, Mention, 1) => "mention",
                (_, Mention, _) => "mentions",
                (Language::English, Task, 1) => "task given to you",
                (Language::English, Task, _) => "tasks given to you",
                (Language::English, Reminder, 1) => "task due",
                (Language::English, Reminder, _) => "tasks due",
                (Language::English, JobOver, 1) => "work that ended",
                (Language::English, JobOver, _) => "works that ended",
                (Language::French, Task, 1) => "tâche confiée",
                (Language::French, Task, _) => "tâches confiées",
                (Language::French, Reminder, 1) => "tâche à échéance",
                (Language::French, Reminder, _) => "tâches à échéance",
                (Language::French, JobOver, 1) => "travail terminé",
                (Language::French, JobOver, _) => "travaux terminés",
                (Language::English, LeadsEnd, _) => "of leads that go soon",
                (Language::French, LeadsEnd, _) => "sur des leads qui vont disparaître",
            };
            Some(format!("{count} {words}"))
        });
    parts.collect::<Vec<_>>().join(", ")
}

/// One line for each, as far as a mail lists them.
fn list(told: &[NotificationRow], organization: &Organization, language: Language) -> String {
    use NotificationKind::{Answer, Assignment, JobOver, LeadsEnd, Mention, NewLead, Reminder, Task};
    let mut lines = vec![match language {
        Language::English => format!("This has happened at {}:", organization.name),
        Language::French => format!("Voici ce qui s’est passé chez {} :", organization.name),
    }];
    lines.extend(told.iter().take(LISTED).map(|told| {
        let what = match (language, told.notification.kind) {
            (Language::English, NewLead) => "new lead",
            (Language::English, Answer) => "wrote again",
            (Language::English, Assignment) => "given to you",
            (Language::French, NewLead) => "nouveau lead",
            (Language::French, Answer) => "a écrit de nouveau",
            (Language::French, Assignment) => "vous a été confié",
            (Language::English, JobOver) => "ended",
            (Language::French, JobOver) => "terminé",
            (Language::English, LeadsEnd) => "leads go soon",
            (Language::French, LeadsEnd) => "des leads vont disparaître",
            (Language::English, Mention) => "you were mentioned",
            (Language::English, Task) => "task given to you",
            (Language::English, Reminder) => "task due",
            (Language::French, Mention) => "vous êtes mentionné",
            (Language::French, Task) => "tâche confiée",
            (Language::French, Reminder) => "tâche à échéance",
        };
        format!("• {} ({what})", title(told, language))
    }));
    match (told.len().saturating_sub(LISTED), language) {
        (0, _) => (),
        (more, Language::English) => lines.push(format!("… and {more} more.")),
        (more, Language::French) => lines.push(format!("… et {more} de plus.")),
    }
    lines.join("\n")
}

fn title(told: &NotificationRow, language: Language) -> String {
    let named = told.name.as_deref().or(told.email.as_deref());
    let nameless = match language {
        Language::English => "Somebody",
        Language::French => "Quelqu’un",
    };
    named.or(told.phone.as_ref().map(Phone::written)).unwrap_or(nameless).to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use qualify_domain::{
        access::Role,
        id::{LeadId, NotificationId, OrganizationId, UserId},
        notification::Notification,
        organization::Membership,
        text::Name,
    };
    use uuid::Uuid;

    use super::*;

    fn told(kind: NotificationKind, name: &str) -> NotificationRow {
        NotificationRow {
            notification: Notification {
                id: NotificationId(Uuid::nil()),
                member: UserId(Uuid::nil()),
                kind,
                lead: Some(LeadId(Uuid::nil())),
                job: None,
                actor: None,
                at: Timestamp::UNIX_EPOCH,
                read_at: None,
            },
            owner: None,
            name: Some(Name::parse(name).unwrap()),
            email: None,
            phone: None,
            job: None,
        }
    }

    fn letter(told: &[NotificationRow], digest: bool, language: Language) -> Option<Letter> {
        let member = Member {
            membership: Membership { user: UserId(Uuid::nil()), roles: vec![Role::Owner] },
            first_name: Name::parse("Odile").unwrap(),
            last_name: Name::parse("Owner").unwrap(),
            joined_at: Timestamp::UNIX_EPOCH,
            email: "odile@example.com".parse().unwrap(),
            language,
            mail_refused_at: None,
        };
        let id = OrganizationId(Uuid::nil());
        let organization = Organization { id, name: Name::parse("North").unwrap(), language };
        Letter::told(told, digest, &member, &organization, &Options::at("https://crm.example.com"))
    }

    #[test]
    fn one_piece_of_news_leads_to_its_lead_and_several_to_the_list() {
        use NotificationKind::{Answer, Assignment, NewLead};
        assert_eq!(letter(&[], true, Language::English), None, "nothing is mailed when nothing happened");
        let one = letter(&[told(Assignment, "Anna")], false, Language::English).unwrap();
        assert_eq!(one.subject, "A lead for you: Anna");
        assert!(one.link.contains("/leads/"), "{}", one.link);
        let several = [told(NewLead, "Anna"), told(NewLead, "Bert"), told(Answer, "Carl")];
        let many = letter(&several, true, Language::French).unwrap();
        assert_eq!(many.subject, "Votre résumé du jour : 2 nouveaux leads, 1 réponse");
        assert!(many.body.contains("\n• Carl (a écrit de nouveau)"), "{}", many.body);
        assert_eq!(many.link, "https://crm.example.com/notifications");
    }

    #[test]
    fn a_long_list_ends_with_how_many_more_there_are() {
        let many: Vec<_> = (0..120).map(|n| told(NotificationKind::NewLead, &format!("Lead {n}"))).collect();
        let letter = letter(&many, false, Language::English).unwrap();
        assert_eq!(letter.subject, "120 new leads");
        assert!(letter.body.ends_with("• Lead 19 (new lead)\n… and 100 more."), "{}", letter.body);
    }
}
