//! The laws of [`Mailer`].

use std::{collections::BTreeSet, error::Error};

use async_trait::async_trait;
use futures::future::join_all;
use mail_parser::{Address, MessageParser};
use qualify_ports::mailer::{MailError, Mailer, Message};

/// A mailer and the real other end of it.
#[async_trait]
pub trait MailerRig: Send + Sync {
    /// The mailer under test.
    fn mailer(&self) -> &dyn Mailer;

    /// What has arrived at the other end.
    async fn delivered(&self) -> Vec<Delivered>;

    /// From now on nothing reaches the other end.
    async fn break_link(&self);
}

/// A mailer whose other end can refuse a recipient.
#[async_trait]
pub trait RefusingRig: MailerRig {
    /// From now on the other end refuses every recipient for good, and repeats the address in its answer.
    async fn refuse(&self);

    /// From now on the other end asks to come back later.
    async fn defer(&self);
}

/// A mail as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The `Message-ID`.
    pub id: String,
    /// Every address it was for, hidden ones included.
    pub recipients: Vec<String>,
    /// The name of the first recipient.
    pub to_name: String,
    /// The subject.
    pub subject: String,
    /// The words as plain text.
    pub text: String,
    /// The words as HTML.
    pub html: String,
}

impl Delivered {
    /// Reads an e-mail (RFC 5322).
    ///
    /// # Panics
    /// If it is none, or lacks a part: a law is broken.
    pub fn parse(raw: &[u8]) -> Self {
        let mail = MessageParser::new().parse(raw).expect("an e-mail");
        let all = [mail.to(), mail.cc(), mail.bcc()].into_iter().flatten();
        let recipients = all.flat_map(Address::iter).filter_map(|to| to.address()).map(str::to_owned).collect();
        let lines = |part: Option<std::borrow::Cow<'_, str>>| {
            part.expect("a text part and an HTML part").replace("\r\n", "\n").trim_end().to_owned()
        };
        Self {
            id: mail.message_id().expect("a Message-ID").to_owned(),
            recipients,
            to_name: mail.to().and_then(Address::first).and_then(|to| to.name()).unwrap_or_default().to_owned(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: lines(mail.body_text(0)),
            html: lines(mail.body_html(0)),
        }
    }
}

fn message(id: &str) -> Message {
    Message {
        id: id.to_owned(),
        to: "canary.anna@example.com".parse().expect("an address"),
        to_name: "Anna Bérg-Čech".to_owned(),
        subject: "Nouvelle demande : « été »".to_owned(),
        text: "Bonjour Anna,\n\nça marche déjà.\n.\n..\nFrom here on: 😀".to_owned(),
        html: "<!doctype html><p>Bonjour Anna,</p><p>ça marche déjà.</p>".to_owned(),
    }
}

async fn sent(rig: &dyn MailerRig, message: &Message) -> Delivered {
    rig.mailer().send(message).await.expect("the mail goes");
    let mut delivered = rig.delivered().await;
    assert_eq!(delivered.len(), 1, "one mail arrives");
    delivered.remove(0)
}

/// The other end receives the words as they were written, as text and as HTML.
pub async fn mail_5_delivers_the_same_words_as_text_and_as_html(rig: &dyn MailerRig) {
    let message = message("words");
    let delivered = sent(rig, &message).await;
    assert_eq!((delivered.text, delivered.html), (message.text, message.html));
}

/// Recipient, their name and the subject arrive in any alphabet.
pub async fn names_the_recipient_and_the_subject(rig: &dyn MailerRig) {
    let message = message("names");
    let delivered = sent(rig, &message).await;
    assert_eq!(delivered.recipients, [message.to.to_string()]);
    assert_eq!((delivered.to_name, delivered.subject), (message.to_name, message.subject));
}

/// A second try of a message bears the first one's id, so that the recipient's program shows one mail.
pub async fn mail_1_a_second_try_bears_the_same_id(rig: &dyn MailerRig) {
    for _ in 0..2 {
        rig.mailer().send(&message("again")).await.expect("the mail goes");
    }
    rig.mailer().send(&message("another")).await.expect("the mail goes");
    let ids: BTreeSet<String> = rig.delivered().await.into_iter().map(|mail| mail.id).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert!(ids.iter().any(|id| id.starts_with("again@")), "{ids:?}");
}

/// A name or subject with line breaks adds no header and no recipient.
pub async fn mail_4_line_breaks_and_nul_never_reach_a_header(rig: &dyn MailerRig) {
    let hostile = "Anna\r\nBcc: eve@example.com\r\n\r\n\0";
    let message = Message { to_name: hostile.into(), subject: hostile.into(), ..message("hostile") };
    let delivered = sent(rig, &message).await;
    assert_eq!(delivered.recipients, [message.to.to_string()]);
    assert!(!delivered.subject.contains(['\r', '\n', '\0']) && !delivered.to_name.contains(['\r', '\n', '\0']));
    assert_eq!(delivered.text, message.text);
}

/// A long mail arrives whole.
pub async fn a_long_mail_arrives_whole(rig: &dyn MailerRig) {
    let text = ["é".repeat(3_000), "word ".repeat(20_000).trim_end().to_owned()].join("\n.\n");
    let message = Message { html: format!("<p>{text}</p>"), text, ..message("long") };
    let delivered = sent(rig, &message).await;
    assert_eq!((delivered.text, delivered.html), (message.text, message.html));
}

/// Mails that are sent at once all arrive.
pub async fn mails_sent_at_once_all_arrive(rig: &dyn MailerRig) {
    let messages: Vec<Message> = (0..10).map(|n| message(&format!("parallel-{n}"))).collect();
    for result in join_all(messages.iter().map(|message| rig.mailer().send(message))).await {
        result.expect("the mail goes");
    }
    let ids: BTreeSet<String> = rig.delivered().await.into_iter().map(|mail| mail.id).collect();
    assert_eq!(ids.len(), messages.len());
}

/// Without the other end a mail is neither lost nor given up.
pub async fn a_broken_link_is_tried_again_later(rig: &dyn MailerRig) {
    rig.break_link().await;
    let error = rig.mailer().send(&message("broken")).await.expect_err("nothing can go");
    assert!(matches!(error, MailError::Unavailable(_)), "{error:?}");
    log_1_shows_nobody(&error);
}

/// A recipient who is refused for good is told apart from a relay that is down.
pub async fn mail_2_a_refused_recipient_is_given_up(rig: &dyn RefusingRig) {
    rig.refuse().await;
    let error = rig.mailer().send(&message("refused")).await.expect_err("the recipient is refused");
    assert!(matches!(error, MailError::Rejected(_)), "{error:?}");
    log_1_shows_nobody(&error);
    assert_eq!(rig.delivered().await, []);
}

/// Who is asked to come back later comes back later.
pub async fn mail_2_a_deferred_mail_is_tried_again_later(rig: &dyn RefusingRig) {
    rig.defer().await;
    let error = rig.mailer().send(&message("deferred")).await.expect_err("the relay asks to wait");
    assert!(matches!(error, MailError::Unavailable(_)), "{error:?}");
    log_1_shows_nobody(&error);
}

/// What is logged or shown of a failure does not tell who the mail was for (LOG-1).
fn log_1_shows_nobody(error: &MailError) {
    let mut shown = format!("{error:?}");
    let mut source: Option<&dyn Error> = Some(error);
    while let Some(cause) = source {
        shown.push_str(&cause.to_string());
        source = cause.source();
    }
    assert!(!shown.contains("canary") && !shown.contains("Anna"), "{shown}");
}

/// One test for each law of a mailer. Takes an expression that makes a fresh [`MailerRig`], awaited for each test.
#[macro_export]
macro_rules! mailer_laws {
    ($rig:expr) => {
        $crate::laws! { mailer, $rig =>
            mail_5_delivers_the_same_words_as_text_and_as_html,
            names_the_recipient_and_the_subject,
            mail_1_a_second_try_bears_the_same_id,
            mail_4_line_breaks_and_nul_never_reach_a_header,
            a_long_mail_arrives_whole,
            mails_sent_at_once_all_arrive,
            a_broken_link_is_tried_again_later,
        }
    };
}

/// One test for each law of a mailer whose other end can refuse. Takes an expression that makes a [`RefusingRig`].
#[macro_export]
macro_rules! refusing_mailer_laws {
    ($rig:expr) => {
        $crate::laws! { mailer, $rig =>
            mail_2_a_refused_recipient_is_given_up,
            mail_2_a_deferred_mail_is_tried_again_later,
        }
    };
}
