use std::time::Duration;

use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
};
use qualify_email::Written;
use qualify_ports::mailer::MailError;
use tokio::time::timeout;

use crate::fault::Fault;

/// Saying good-bye is a courtesy that nobody waits long for.
const GOODBYE: Duration = Duration::from_secs(5);

/// How a connection is protected.
pub(crate) enum Security {
    /// TLS from the first byte.
    Tls(TlsParameters),
    /// TLS before anything else is said; without it, nothing is.
    StartTls(TlsParameters),
    /// Nothing: for a relay on this machine.
    None,
}

/// Where mails are handed over.
pub(crate) struct Relay {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
}

impl Relay {
    /// Hands over one mail, on a connection of its own.
    ///
    /// A connection that was given up half-way would answer the next mail with what it owes to the last one; mails are
    /// few, and a fresh connection cannot confuse them.
    pub(crate) async fn send(&self, mail: &Written) -> Result<(), MailError> {
        // Until the relay knows of the mail, whatever goes wrong is no reason to give the mail up.
        let mut relay = self.connect().await.map_err(|error| Fault::of(&error).later())?;
        relay.send(&mail.envelope, &mail.bytes).await.map_err(|error| Fault::of(&error).sorted(&error))?;
        // The mail is handed over: what comes now must not make it go twice.
        let _ = timeout(GOODBYE, relay.quit()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let (hello, address) = (ClientId::default(), (self.host.as_str(), self.port));
        let wrapped = if let Security::Tls(tls) = &self.security { Some(tls.clone()) } else { None };
        let mut relay = AsyncSmtpConnection::connect_tokio1(address, None, &hello, wrapped, None).await?;
        if let Security::StartTls(tls) = &self.security {
            relay.starttls(tls.clone(), &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            relay.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(relay)
    }
}
