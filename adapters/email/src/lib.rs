//! Writes a message of the mail port as an e-mail (RFC 5322): for every adapter that hands over e-mails.

use std::{
    fmt::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

use lettre::{
    Address,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use qualify_domain::text::Email;
use qualify_ports::mailer::{MailError, Message};

/// Who sends the product's mails.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

/// A message as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Written {
    /// From whom to whom.
    pub envelope: Envelope,
    /// Headers and both parts, with CR LF at the end of each line.
    pub bytes: Vec<u8>,
}

/// Why a message could not be written; it never tells whose it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("the address cannot be written in an e-mail")]
    Address,
    #[error("the message cannot be written as an e-mail")]
    Message,
    #[error("the mail library gave up on the message")]
    Panic,
}

impl Sender {
    /// The sender of that address, shown under that name.
    ///
    /// # Errors
    /// [`MailError::Rejected`] if no e-mail can come from such an address.
    pub fn new(address: &Email, name: &str) -> Result<Self, MailError> {
        mailbox(address, name).map(Self).map_err(rejected)
    }

    /// Writes the message. The same message has the same `Message-ID` each time (MAIL-1).
    ///
    /// # Errors
    /// [`MailError::Rejected`] if it can never be written.
    pub fn write(&self, message: &Message) -> Result<Written, MailError> {
        // The mail library panics on some texts (MAIL-4): one bad message must not stop the others.
        catch_unwind(AssertUnwindSafe(|| self.compose(message))).unwrap_or(Err(Fault::Panic)).map_err(rejected)
    }

    fn compose(&self, message: &Message) -> Result<Written, Fault> {
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
        let email = lettre::Message::builder()
            .from(self.0.clone())
            .to(mailbox(&message.to, &message.to_name)?)
            .subject(line(&message.subject))
            .message_id(Some(format!("<{}@{}>", token(&message.id), self.0.email.domain())))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(message.text.clone(), message.html.clone()))
            .map_err(|_| Fault::Message)?;
        Ok(Written { envelope: email.envelope().clone(), bytes: email.formatted() })
    }
}

/// A text that may stand in a header or be a file's name; different ids give different texts.
pub fn token(id: &str) -> String {
    id.bytes().fold(String::new(), |mut token, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            token.push(char::from(byte));
        } else {
            // Writing to a text never fails.
            let _ = write!(token, "={byte:02x}");
        }
        token
    })
}

fn mailbox(address: &Email, name: &str) -> Result<Mailbox, Fault> {
    let address: Address = address.parse().map_err(|_| Fault::Address)?;
    let name = line(name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// The text on one line: a line break in a header would begin another header (MAIL-4).
fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned()
}

fn rejected(fault: Fault) -> MailError {
    MailError::Rejected(fault.into())
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn message() -> Message {
        Message {
            id: "0190.lead@1".into(),
            to: "anna@example.com".parse().unwrap(),
            to_name: "Anna Bérg".into(),
            subject: "Une demande de « Zoë »".into(),
            text: "Bonjour Zoë,\n.\nà bientôt".into(),
            html: "<p>Bonjour Zoë</p>".into(),
        }
    }

    fn sender() -> Sender {
        Sender::new(&"crm@example.org".parse().unwrap(), "Qualify\r\nCRM").unwrap()
    }

    #[test]
    fn mail_5_an_email_has_the_same_words_as_text_and_as_html() {
        let written = sender().write(&message()).unwrap();
        let read = MessageParser::new().parse(&written.bytes).unwrap();
        assert_eq!(read.subject(), Some("Une demande de « Zoë »"));
        assert_eq!(read.to().unwrap().first().unwrap().name(), Some("Anna Bérg"));
        assert_eq!(read.from().unwrap().first().unwrap().name(), Some("QualifyCRM"));
        assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), message().text);
        assert_eq!(read.body_html(0).unwrap().trim_end(), message().html);
        assert!(written.bytes.is_ascii(), "goes through servers that know nothing else");
    }

    #[test]
    fn mail_1_the_message_id_is_the_same_each_time() {
        let id = |message: &Message| {
            let written = sender().write(message).unwrap();
            MessageParser::new().parse(&written.bytes).unwrap().message_id().unwrap().to_owned()
        };
        assert_eq!(id(&message()), id(&message()));
        assert_eq!(id(&message()), "0190=2elead=401@example.org");
    }

    #[test]
    fn mail_4_control_characters_never_reach_a_header() {
        let hostile = "Anna\r\nBcc: eve@example.com\0\u{7}\u{85}";
        let message = Message { to_name: hostile.into(), subject: hostile.into(), id: hostile.into(), ..message() };
        let written = sender().write(&message).unwrap();
        let read = MessageParser::new().parse(&written.bytes).unwrap();
        assert!(read.bcc().is_none());
        assert_eq!(read.subject(), Some("AnnaBcc: eve@example.com"));
        assert_eq!(written.envelope.to().len(), 1);
    }

    #[test]
    fn mail_4_a_panic_of_the_mail_library_rejects_that_message_only() {
        let raw = Mailbox::new(Some("Qualify\r\nCRM".into()), "crm@example.org".parse().unwrap());
        assert!(catch_unwind(|| Sender(raw.clone()).compose(&message())).is_err(), "the library panics on this name");
        assert!(matches!(Sender(raw).write(&message()), Err(MailError::Rejected(_))));
        assert!(sender().write(&message()).is_ok());
    }

    #[test]
    fn mail_4_any_other_text_can_be_written() {
        let long = "\u{1F600}\"\\".repeat(30_000);
        for text in ["\0", "\r", "\n.\n", "\u{FEFF}", "=?utf-8?Q?=00?=", "\"", ")(<>@,;:\\", "\u{202E}", "", &long] {
            let message = Message { to_name: text.into(), subject: text.into(), text: text.into(), ..message() };
            assert!(sender().write(&message).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn different_ids_are_different_tokens() {
        assert_eq!(token("a-b_C9"), "a-b_C9");
        assert_ne!(token("a/b"), token("a=2fb"));
        assert_eq!(token("../é"), "=2e=2e=2f=c3=a9");
    }
}
