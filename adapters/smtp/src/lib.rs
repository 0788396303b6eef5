//! Sends mails through an SMTP relay, over verified TLS (MAIL-2).

mod connection;
mod fault;

use std::{fs, net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Certificate, TlsParameters},
};
use qualify_domain::text::Email;
use qualify_email::Sender;
use qualify_ports::{
    mailer::{MailError, Mailer, Message},
    plugin::{Adapter, BuildError, Key, Kind, Settings},
};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use self::{
    connection::{Relay, Security},
    fault::Fault,
};

/// Sends mails through an SMTP relay.
pub const MAILER: Adapter<dyn Mailer> =
    Adapter { name: "smtp", keys: KEYS, build: |settings| Ok(Arc::new(Smtp::build(&settings)?)) };

const KEYS: &[Key] = &[
    Key { name: "host", about: "The relay's name, as in its certificate.", default: None, kind: Kind::Text },
    Key {
        name: "port",
        about: "The relay's port: 465 for tls, 587 for starttls.",
        default: Some("465"),
        kind: Kind::Number(1, 65_535),
    },
    Key {
        name: "security",
        about: "How the connection is protected; none is for a relay on this machine only.",
        default: Some("tls"),
        kind: Kind::Choice(&["tls", "starttls", "none"]),
    },
    Key {
        name: "authority",
        about: "A file of PEM certificates to trust besides the public authorities.",
        default: Some(""),
        kind: Kind::Path,
    },
    Key { name: "user", about: "The name to sign in with; empty for none.", default: Some(""), kind: Kind::Text },
    Key { name: "password", about: "The password to sign in with.", default: Some(""), kind: Kind::Secret },
    Key { name: "from_address", about: "The address the mails come from.", default: None, kind: Kind::Email },
    Key { name: "from_name", about: "The name the mails come from.", default: Some("Qualify CRM"), kind: Kind::Text },
    Key {
        name: "bounce_domain",
        about: "The domain that the relay puts on the envelope, if it is not that of from_address; `qualify check` looks there for SPF.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key {
        name: "dkim_domain",
        about: "The domain for which the relay signs, if it is not that of from_address.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key {
        name: "dkim_selector",
        about: "The name under which its key stands in DNS, before ._domainkey; `qualify check` looks there for DKIM.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key {
        name: "resolver",
        about: "The DNS server that `qualify check` asks, such as 127.0.0.1:53; empty for those of this machine.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key {
        name: "timeout_seconds",
        about: "How long one mail may take before it is tried again later.",
        default: Some("60"),
        kind: Kind::Number(1, 600),
    },
];

/// An SMTP relay.
pub struct Smtp {
    relay: Relay,
    sender: Sender,
    timeout: Duration,
}

impl Smtp {
    fn build(settings: &Settings) -> Result<Self, BuildError> {
        let address: Email = settings.get("from_address")?;
        let name: String = settings.get("from_name")?;
        Ok(Self {
            relay: Relay {
                host: host(settings)?,
                port: settings.get("port")?,
                security: security(settings)?,
                credentials: credentials(settings)?,
            },
            sender: Sender::new(&address, &name).map_err(|_| settings.fault("from_address", "cannot send mail"))?,
            timeout: Duration::from_secs(settings.get("timeout_seconds")?),
        })
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mail = self.sender.write(message)?;
        timeout(self.timeout, self.relay.send(&mail))
            .await
            .unwrap_or_else(|_| Err(MailError::Unavailable(Fault::Silent(self.timeout.as_secs()).into())))
    }
}

fn host(settings: &Settings) -> Result<String, BuildError> {
    let host: String = settings.get("host")?;
    let is_one = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c));
    if is_one { Ok(host) } else { Err(settings.fault("host", "is not the name or the address of a host")) }
}

fn security(settings: &Settings) -> Result<Security, BuildError> {
    let (host, wanted) = (host(settings)?, settings.get::<String>("security")?);
    match wanted.as_str() {
        "tls" => Ok(Security::Tls(tls(settings, host)?)),
        "starttls" => Ok(Security::StartTls(tls(settings, host)?)),
        "none" if host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()) => Ok(Security::None),
        "none" => Err(settings.fault("security", "may be none only where `host` is this machine itself")),
        _ => Err(settings.fault("security", "must be tls, starttls or none")),
    }
}

fn tls(settings: &Settings, host: String) -> Result<TlsParameters, BuildError> {
    let mut tls = TlsParameters::builder(host);
    if let Some(path) = settings.optional::<String>("authority")? {
        let pem = fs::read(&path).map_err(|error| settings.fault("authority", format!("cannot be read: {error}")))?;
        let authority = Certificate::from_pem(&pem);
        tls = tls.add_root_certificate(authority.map_err(|_| settings.fault("authority", "is not a PEM file"))?);
    }
    tls.build().map_err(|error| settings.fault("host", format!("cannot be reached over TLS: {error}")))
}

fn credentials(settings: &Settings) -> Result<Option<Credentials>, BuildError> {
    let password = settings.secret("password")?.expose_secret();
    match settings.optional::<String>("user")? {
        Some(_) if password.is_empty() => Err(settings.fault("password", "is not set, but `user` is")),
        Some(user) => Ok(Some(Credentials::new(user, password.to_owned()))),
        None if password.is_empty() => Ok(None),
        None => Err(settings.fault("user", "is not set, but `password` is")),
    }
}
