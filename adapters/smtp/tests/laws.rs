//! The SMTP mailer keeps the laws of mailers, and its own, against a real server on this machine.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "laws/sink.rs"]
mod sink;
#[path = "laws/transport.rs"]
mod transport;

use std::{fs, sync::Arc};

use async_trait::async_trait;
use qualify_laws::mailer::{Delivered, MailerRig, RefusingRig};
use qualify_ports::{
    mailer::{Mailer, Message},
    plugin::{BuildError, Settings},
};
use qualify_smtp::MAILER;

use self::sink::{Mood, Protection, Sink};

struct Rig {
    sink: Sink,
    mailer: Arc<dyn Mailer>,
}

/// The settings that lead to a server, as the configuration would give them.
fn settings(port: u16, security: &str) -> Settings {
    let defaults = MAILER.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
    Settings::new("mail", defaults)
        .with("host", "localhost")
        .with("port", port.to_string())
        .with("security", security)
        .with("from_address", "crm@example.org")
        .with("timeout_seconds", "20")
}

fn build(settings: Settings) -> Result<Arc<dyn Mailer>, BuildError> {
    (MAILER.build)(settings)
}

/// The mailer of these settings, with the server's certificate as an authority.
fn trusting(sink: &Sink, settings: Settings) -> Arc<dyn Mailer> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.pem");
    fs::write(&path, &sink.certificate).unwrap();
    build(settings.with("authority", path.to_str().unwrap())).unwrap()
}

impl Rig {
    async fn new(protection: Protection) -> Self {
        let sink = Sink::start(protection, "localhost").await;
        let security = match protection {
            Protection::Tls => "tls",
            Protection::StartTls => "starttls",
            Protection::None => "none",
        };
        let mailer = trusting(&sink, settings(sink.address.port(), security));
        Self { sink, mailer }
    }
}

#[async_trait]
impl MailerRig for Rig {
    fn mailer(&self) -> &dyn Mailer {
        &*self.mailer
    }

    async fn delivered(&self) -> Vec<Delivered> {
        let parse = |taken: sink::Taken| {
            let mut mail = Delivered::parse(&taken.raw);
            // The envelope decides who receives a mail, whatever its headers say.
            assert_eq!(taken.recipients.len(), mail.recipients.len());
            assert!(taken.recipients.iter().zip(&mail.recipients).all(|(rcpt, to)| rcpt.contains(to.as_str())));
            mail.recipients.sort();
            mail
        };
        self.sink.taken().into_iter().map(parse).collect()
    }

    async fn break_link(&self) {
        self.sink.stop();
        tokio::task::yield_now().await;
    }
}

#[async_trait]
impl RefusingRig for Rig {
    async fn refuse(&self) {
        self.sink.set(Mood::Refusing);
    }

    async fn defer(&self) {
        self.sink.set(Mood::Deferring);
    }
}

qualify_laws::mailer_laws!(Rig::new(Protection::Tls));
qualify_laws::refusing_mailer_laws!(Rig::new(Protection::Tls));

fn message() -> Message {
    Message {
        id: "one".to_owned(),
        to: "anna@example.com".parse().unwrap(),
        to_name: "Anna".to_owned(),
        subject: "Hello".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
    }
}
