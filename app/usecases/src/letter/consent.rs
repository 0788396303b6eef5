//! The letter to who ticked a box of consent that has to be confirmed.

use askama::Template;
use qualify_domain::{
    id::EventId,
    language::Language,
    text::{Email, Name},
};
use qualify_ports::mailer::Message;

use crate::reactions::Unfinished;

/// "Please confirm." It says nothing that whoever filled the form wrote: they may have given somebody else's address.
pub(crate) struct ConsentLetter<'a> {
    /// Who asked for the consent.
    pub organization: &'a Name,
    /// The language of the form.
    pub language: Language,
    /// The organization's words beside the box.
    pub wording: &'a str,
    /// What confirms it.
    pub confirm: &'a str,
    /// What takes it back.
    pub withdraw: &'a str,
}

/// The letter in words.
struct Words<'a> {
    language: Language,
    subject: String,
    greeting: &'static str,
    body: String,
    wording: &'a str,
    action: &'static str,
    confirm: &'a str,
    reason: &'static str,
    back: &'static str,
    withdraw: &'a str,
}

#[derive(Template)]
#[template(path = "consent.txt")]
struct Text<'a>(&'a Words<'a>);

#[derive(Template)]
#[template(path = "consent.html")]
struct Html<'a>(&'a Words<'a>);

impl ConsentLetter<'_> {
    /// The mail, addressed. The event's id is the mail's: a second try is the same mail.
    pub(crate) fn to_address(&self, id: EventId, email: &Email) -> Result<Message, Unfinished> {
        let broken = |error: askama::Error| Unfinished::Never(error.to_string());
        let words = self.words();
        Ok(Message {
            id: id.to_string(),
            to: email.clone(),
            to_name: String::new(),
            text: Text(&words).render().map_err(broken)?,
            html: Html(&words).render().map_err(broken)?,
            subject: words.subject,
        })
    }

    fn words(&self) -> Words<'_> {
        let organization = self.organization;
        let (subject, greeting, body, action, reason, back) = match self.language {
            Language::English => (
                format!("Please confirm your consent: {organization}"),
                "Hello,",
                format!(
                    "On a form of {organization}, this box was ticked with your e-mail address. It counts only once you \
                     confirm it. The link works once, for 48 hours."
                ),
                "Confirm my consent",
                "If it was not you, you need not do anything: without your confirmation nothing is sent to you.",
                "To take your consent back, now or later",
            ),
            Language::French => (
                format!("Merci de confirmer votre consentement : {organization}"),
                "Bonjour,",
                format!(
                    "Sur un formulaire de {organization}, cette case a été cochée avec votre adresse e-mail. Elle ne compte \
                     que si vous la confirmez. Le lien fonctionne une fois, pendant 48 heures."
                ),
                "Confirmer mon consentement",
                "Si ce n’était pas vous, vous n’avez rien à faire : sans votre confirmation, rien ne vous est envoyé.",
                "Pour retirer votre consentement, maintenant ou plus tard",
            ),
        };
        let Self { language, wording, confirm, withdraw, .. } = *self;
        Words { language, subject, greeting, body, wording, action, confirm, reason, back, withdraw }
    }
}
