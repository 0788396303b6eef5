//! What can be configured about the web face.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use qualify_domain::subprocessor::Subprocessor;
use qualify_ports::plugin::{BuildError, Key, Kind, Settings};
use secrecy::SecretString;
use url::Url;

/// The keys of the section `http`.
pub const KEYS: &[Key] = &[
    Key {
        name: "listen",
        about: "Address and port on which pages and forms are served.",
        default: Some("127.0.0.1:8080"),
        kind: Kind::Listen,
    },
    Key {
        name: "trusted_proxies",
        about: "How many proxies of yours stand in front; the client's address is read that many steps from the end of \
                X-Forwarded-For. 0: nobody is believed.",
        default: Some("0"),
        kind: Kind::Number(0, 8),
    },
    Key {
        name: "connections",
        about: "How many connections are open at most; more wait.",
        default: Some("4096"),
        kind: Kind::Number(16, 1_000_000),
    },
    Key {
        name: "intake_per_source",
        about: "How many submissions a minute one network address may send.",
        default: Some("30"),
        kind: Kind::Number(1, 4_000_000_000),
    },
    Key {
        name: "intake_per_form",
        about: "How many submissions a minute one form takes.",
        default: Some("600"),
        kind: Kind::Number(1, 4_000_000_000),
    },
    Key {
        name: "api_per_key",
        about: "How many requests a minute one API key may make, counted by each process for itself.",
        default: Some("100"),
        kind: Kind::Number(1, 4_000_000_000),
    },
    Key {
        name: "metrics_token",
        about: "Who asks for /metrics shows this as a bearer token; empty: there are no metrics.",
        default: Some(""),
        kind: Kind::Secret,
    },
    Key {
        name: "time_zone",
        about: "The time zone in which pages tell times.",
        default: Some("Europe/Paris"),
        kind: Kind::Text,
    },
];

/// Who answers for this installation, and where it stands (PRV-1).
#[derive(Clone, Debug)]
pub struct Site {
    /// The address of the product, such as `https://crm.example.com`.
    pub base_url: Url,
    /// The controller's name.
    pub controller: String,
    /// The controller's postal address; may have several lines.
    pub address: String,
    /// Where questions about privacy are sent.
    pub privacy_contact: String,
    /// The maildir whose mails are shown at `/demo/mail`; the demo alone has one.
    pub demo_mails: Option<PathBuf>,
    /// Who else gets personal data (PRV-3).
    pub subprocessors: Vec<Subprocessor>,
}

impl Site {
    /// The origin of our own pages.
    pub fn origin(&self) -> String {
        self.base_url.origin().ascii_serialization()
    }
}

/// The values of the section `http`.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How many proxies are believed.
    pub trusted_proxies: usize,
    /// Submissions a minute from one source.
    pub intake_per_source: NonZeroU32,
    /// Submissions a minute to one form.
    pub intake_per_form: NonZeroU32,
    /// Requests a minute with one API key.
    pub api_per_key: NonZeroU32,
    /// What lets somebody see the metrics; empty lets nobody.
    pub metrics_token: SecretString,
    /// In which times are told.
    pub time_zone: TimeZone,
    /// How long connections may take.
    pub pace: Pace,
}

/// How long the parts of a connection may take, and how many there may be (WEB-4).
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the first byte of a request to the last of its headers.
    pub head: Duration,
    /// For a request's body.
    pub body: Duration,
    /// For a request altogether.
    pub request: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// How many connections are open at most.
    pub connections: usize,
    /// How long open requests may take to end after the stop was asked for.
    pub farewell: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
            request: Duration::from_secs(30),
            idle: Duration::from_mins(1),
            connections: 4096,
            farewell: Duration::from_secs(10),
        }
    }
}

impl Options {
    /// Reads the section.
    ///
    /// # Errors
    /// The key whose value does not fit.
    pub fn read(settings: &Settings) -> Result<Self, BuildError> {
        let zone: String = settings.get("time_zone")?;
        let time_zone = TimeZone::get(&zone).map_err(|_| settings.fault("time_zone", "is not a known time zone"))?;
        Ok(Self {
            listen: settings.get("listen")?,
            trusted_proxies: settings.get("trusted_proxies")?,
            intake_per_source: settings.get("intake_per_source")?,
            intake_per_form: settings.get("intake_per_form")?,
            api_per_key: settings.get("api_per_key")?,
            metrics_token: settings.secret("metrics_token")?.clone(),
            time_zone,
            pace: Pace { connections: settings.get("connections")?, ..Pace::default() },
        })
    }

    /// The section with nothing set.
    ///
    /// # Errors
    /// Never, as long as the defaults fit their keys.
    pub fn defaults() -> Result<Self, BuildError> {
        let values = KEYS.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
        Self::read(&Settings::new("http", values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_4_the_defaults_are_those_of_the_rule() {
        let pace = Options::defaults().unwrap().pace;
        assert_eq!([pace.head, pace.body, pace.request, pace.idle].map(|time| time.as_secs()), [10, 15, 30, 60]);
    }

    #[test]
    fn an_unknown_time_zone_names_its_key() {
        let values = KEYS.iter().map(|key| (key.name.to_owned(), key.default.unwrap().to_owned()));
        let settings = Settings::new("http", values).with("time_zone", "Europe/Atlantis");
        assert_eq!(Options::read(&settings).unwrap_err().key, "http.time_zone");
    }
}
