//! How a mail travels: encrypted, to the right server, within its time; or not at all.

use std::time::{Duration, Instant};

use qualify_domain::text::Email;
use qualify_ports::mailer::{MailError, Message};

use crate::{
    Rig, build, message, settings,
    sink::{Mood, Protection, Sink, mute},
    trusting,
};

/// Whether a mail failed in a way that is worth another try.
fn is_unavailable(result: &Result<(), MailError>) -> bool {
    matches!(result, Err(MailError::Unavailable(_)))
}

#[tokio::test]
async fn mail_2_a_mail_travels_encrypted_either_way() {
    for protection in [Protection::Tls, Protection::StartTls] {
        let rig = Rig::new(protection).await;
        rig.mailer.send(&message()).await.unwrap();
        assert!(rig.sink.taken().iter().all(|taken| taken.encrypted), "{protection:?}");
        assert_eq!(rig.sink.taken().len(), 1);
    }
}

#[tokio::test]
async fn mail_2_before_starttls_nothing_is_said_but_hello() {
    let rig = Rig::new(Protection::StartTls).await;
    rig.mailer.send(&message()).await.unwrap();
    let said = rig.sink.said_in_clear();
    assert!(said[0].starts_with("EHLO "));
    assert_eq!(said[1..], ["STARTTLS"]);
}

#[tokio::test]
async fn mail_2_a_server_without_starttls_learns_nothing() {
    let sink = Sink::start(Protection::None, "localhost").await;
    let settings = settings(sink.address.port(), "starttls").with("user", "crm").with("password", "hunter2 hunter2");
    let mailer = trusting(&sink, settings);
    assert!(is_unavailable(&mailer.send(&message()).await));
    assert_eq!(sink.said_in_clear().iter().filter(|line| !line.starts_with("EHLO ")).count(), 0);
    assert!(sink.taken().is_empty());
}

#[tokio::test]
async fn mail_2_a_server_that_speaks_no_tls_learns_nothing() {
    let sink = Sink::start(Protection::None, "localhost").await;
    let mailer = trusting(&sink, settings(sink.address.port(), "tls").with("timeout_seconds", "2"));
    assert!(is_unavailable(&mailer.send(&message()).await));
    assert!(sink.taken().is_empty());
}

#[tokio::test]
async fn mail_2_a_certificate_nobody_vouches_for_is_refused() {
    for (protection, security) in [(Protection::Tls, "tls"), (Protection::StartTls, "starttls")] {
        let sink = Sink::start(protection, "localhost").await;
        let mailer = build(settings(sink.address.port(), security)).unwrap();
        assert!(is_unavailable(&mailer.send(&message()).await), "{security}");
        assert!(sink.taken().is_empty());
    }
}

#[tokio::test]
async fn mail_2_a_certificate_of_another_name_is_refused() {
    for (protection, security) in [(Protection::Tls, "tls"), (Protection::StartTls, "starttls")] {
        let sink = Sink::start(protection, "mail.example.net").await;
        let mailer = trusting(&sink, settings(sink.address.port(), security));
        assert!(is_unavailable(&mailer.send(&message()).await), "{security}");
        assert!(sink.taken().is_empty());
    }
}

#[test]
fn mail_2_an_unprotected_connection_stays_on_this_machine() {
    for host in ["smtp.example.com", "10.0.0.1", "192.0.2.1", "localhost.example.com"] {
        let error = build(settings(25, "none").with("host", host)).err().unwrap();
        assert_eq!(error.key, "mail.security", "{host}");
    }
    for host in ["localhost", "127.0.0.1", "127.8.0.1", "::1"] {
        assert!(build(settings(25, "none").with("host", host)).is_ok(), "{host}");
    }
}

#[tokio::test]
async fn a_relay_on_this_machine_needs_no_protection() {
    let rig = Rig::new(Protection::None).await;
    rig.mailer.send(&message()).await.unwrap();
    assert_eq!(rig.sink.taken().len(), 1);
}

#[tokio::test]
async fn whoever_has_a_password_signs_in_first() {
    let sink = Sink::start(Protection::Tls, "localhost").await;
    let settings = settings(sink.address.port(), "tls").with("user", "crm").with("password", "hunter2 hunter2");
    let mailer = trusting(&sink, settings);
    mailer.send(&message()).await.unwrap();
    assert_eq!(sink.taken().len(), 1);
    assert!(sink.said_in_clear().is_empty());
}

#[tokio::test]
async fn a_wrong_password_gives_no_mail_up() {
    let sink = Sink::start(Protection::Tls, "localhost").await;
    sink.set(Mood::Distrusting);
    let settings = settings(sink.address.port(), "tls").with("user", "crm").with("password", "hunter2 hunter2");
    let result = trusting(&sink, settings).send(&message()).await;
    assert!(is_unavailable(&result));
    assert!(!format!("{result:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_server_that_is_closed_gives_no_mail_up() {
    let rig = Rig::new(Protection::Tls).await;
    rig.sink.set(Mood::Closed);
    let result = rig.mailer.send(&message()).await;
    assert!(is_unavailable(&result), "{result:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_does_not_hold_the_worker() {
    let (address, listening) = mute().await;
    let mailer = build(settings(address.port(), "tls").with("timeout_seconds", "1")).unwrap();
    let start = Instant::now();
    assert!(is_unavailable(&mailer.send(&message()).await));
    assert!(start.elapsed() < Duration::from_secs(15));
    listening.abort();
}

#[tokio::test]
async fn an_answer_owed_to_one_mail_is_never_taken_for_the_next() {
    let rig = Rig::new(Protection::Tls).await;
    let settings = settings(rig.sink.address.port(), "tls").with("timeout_seconds", "1");
    let mailer = trusting(&rig.sink, settings);
    rig.sink.set(Mood::Silent);
    assert!(is_unavailable(&mailer.send(&message()).await));
    rig.sink.set(Mood::Refusing);
    assert!(matches!(mailer.send(&message()).await, Err(MailError::Rejected(_))));
    rig.sink.set(Mood::Welcoming);
    mailer.send(&message()).await.unwrap();
}

#[tokio::test]
async fn an_address_the_server_cannot_write_is_given_up() {
    let rig = Rig::new(Protection::Tls).await;
    let to = Email::parse("zoë@example.com").unwrap();
    let result = rig.mailer.send(&Message { to, ..message() }).await;
    assert!(matches!(result, Err(MailError::Rejected(_))), "{result:?}");
    assert!(!format!("{result:?}").contains("zoë"));
}

#[tokio::test]
async fn log_1_a_fault_tells_the_codes_and_not_the_words() {
    let rig = Rig::new(Protection::Tls).await;
    rig.sink.set(Mood::Refusing);
    let Err(MailError::Rejected(cause)) = rig.mailer.send(&message()).await else { panic!("refused") };
    assert_eq!(cause.to_string(), "the relay answered 550 5.1.1");
}

#[test]
fn faults_of_the_settings_are_told_by_their_key() {
    let fault = |settings| build(settings).err().unwrap().key;
    assert_eq!(fault(settings(465, "tls").with("user", "crm")), "mail.password");
    assert_eq!(fault(settings(465, "tls").with("password", "x")), "mail.user");
    assert_eq!(fault(settings(465, "tls").with("authority", "/nowhere/authority.pem")), "mail.authority");
    assert_eq!(fault(settings(465, "tls").with("host", "not a host")), "mail.host");
    assert_eq!(fault(settings(465, "ssl")), "mail.security");
}
