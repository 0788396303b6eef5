//! The words of mails, in French and English, as text and as HTML. A mail never holds more of a lead than its name
//! (MAIL-5), and nothing remote.

mod email_change;
mod invitation;
mod link;
mod password;
mod reset;
mod second_factor;
mod sign_up;
mod warning;

use askama::Template;
use qualify_domain::{
    id::EventId,
    language::Language,
    lead::Lead,
    organization::{Member, Organization},
    text::{Email, Name},
};
use qualify_ports::mailer::Message;

pub(crate) use self::{link::Link, warning::Warning};
use crate::{Options, reactions::Unfinished};

/// A mail before it is addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    language: Language,
    subject: String,
    greeting: String,
    body: String,
    action: String,
    link: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Text<'a>(&'a Letter);

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a>(&'a Letter);

impl Letter {
    /// "A lead came in."
    pub(crate) fn lead(
        lead: &Lead,
        member: &Member,
        organization: &Organization,
        first: bool,
        options: &Options,
    ) -> Self {
        let (title, home, name) = (lead.title(), &organization.name, &member.first_name);
        let (subject, body, action, reason) = match (member.language, first) {
            (Language::English, true) => (
                format!("New lead: {title}"),
                format!("{title} has just written to {home}."),
                "Open the lead",
                "You get this mail because you asked to be told of new leads. You can switch it off under Leads.",
            ),
            (Language::English, false) => (
                format!("{title} wrote again"),
                format!("{title}, whom you know already, has written to {home} again."),
                "Open the lead",
                "You get this mail because you asked to be told of new leads. You can switch it off under Leads.",
            ),
            (Language::French, true) => (
                format!("Nouveau lead : {title}"),
                format!("{title} vient d’écrire à {home}."),
                "Ouvrir le lead",
                "Vous recevez ce message car vous avez demandé à être informé des nouveaux leads. Vous pouvez le \
                 désactiver dans Leads.",
            ),
            (Language::French, false) => (
                format!("{title} a écrit de nouveau"),
                format!("{title}, que vous connaissez déjà, a de nouveau écrit à {home}."),
                "Ouvrir le lead",
                "Vous recevez ce message car vous avez demandé à être informé des nouveaux leads. Vous pouvez le \
                 désactiver dans Leads.",
            ),
        };
        Self {
            language: member.language,
            subject,
            greeting: greeting(member.language, name),
            body,
            action: action.to_owned(),
            link: format!("{}/leads/{}", options.base_url, lead.id),
            reason: reason.to_owned(),
        }
    }

    /// The mail, addressed. The event's id is the mail's: a second try is the same mail.
    pub(crate) fn to(
        &self,
        id: EventId,
        email: &Email,
        first_name: &Name,
        last_name: &Name,
    ) -> Result<Message, Unfinished> {
        self.addressed(id, email, format!("{first_name} {last_name}"))
    }

    /// The mail, to somebody whose name nobody knows.
    pub(crate) fn to_address(&self, id: EventId, email: &Email) -> Result<Message, Unfinished> {
        self.addressed(id, email, String::new())
    }

    fn addressed(&self, id: EventId, email: &Email, to_name: String) -> Result<Message, Unfinished> {
        let broken = |error: askama::Error| Unfinished::Never(error.to_string());
        Ok(Message {
            id: id.to_string(),
            to: email.clone(),
            to_name,
            subject: self.subject.clone(),
            text: Text(self).render().map_err(broken)?,
            html: Html(self).render().map_err(broken)?,
        })
    }
}

fn greeting(language: Language, first_name: &Name) -> String {
    match language {
        Language::English => format!("Hello {first_name},"),
        Language::French => format!("Bonjour {first_name},"),
    }
}
