//! The words of mails, in French and English, as text and as HTML. A mail never holds more of a lead than its name
//! (MAIL-5), and nothing remote.

mod billing;
mod breach;
mod closing;
mod consent;
mod email_change;
mod endpoint;
mod informing;
mod invitation;
mod leads_end;
mod link;
mod member_request;
mod operator_request;
mod password;
mod reset;
mod restriction;
mod rights;
mod second_factor;
mod sign_up;
mod subprocessors;
mod told;
mod warning;

use askama::Template;
use qualify_domain::{
    id::EventId,
    language::Language,
    text::{Email, Name},
};
use qualify_ports::mailer::Message;

pub(crate) use self::{
    billing::BillingFacts, consent::ConsentLetter, link::Link, rights::RightsPost, warning::Warning,
};
use crate::reactions::Unfinished;

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
