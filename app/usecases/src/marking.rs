//! Marks who cannot be reached by mail (MAIL-6): from a mail that was refused for good until one is taken. Each mail goes
//! through here.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::text::Email;
use qualify_ports::{
    mailer::{MailError, Mailer, Message},
    storage::{PlatformTask, Storage, StorageError},
    time::Clock,
};
use tracing::error;

use crate::Ports;

/// Hands mails to another mailer, and marks accounts by what becomes of them.
pub(crate) struct Marking {
    mailer: Arc<dyn Mailer>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Marking {
    /// The mailer of these ports, watched.
    pub(crate) fn of(ports: &Ports) -> Arc<dyn Mailer> {
        let (mailer, storage, clock) = (ports.mailer.clone(), ports.storage.clone(), ports.clock.clone());
        Arc::new(Self { mailer, storage, clock })
    }

    async fn mark(&self, email: &Email, verdict: Verdict) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::MarkAddresses).await?;
        tx.accounts().mark_mail(email, verdict.refused_at(self.clock.now())).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Mailer for Marking {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let sent = self.mailer.send(message).await;
        // What was sent must not go twice because of a mark, nor be tried again if it was refused.
        if let Some(verdict) = Verdict::of(&sent)
            && let Err(error) = self.mark(&message.to, verdict).await
        {
            error!(error = &error as &dyn std::error::Error, "whether an address takes mail could not be kept");
        }
        sent
    }
}

/// What a mail tells of its address.
#[derive(Clone, Copy)]
pub(crate) enum Verdict {
    /// Mails are taken there.
    Takes,
    /// None are, for good.
    Refuses,
}

impl Verdict {
    /// What became of a mail; none if nobody can tell yet.
    pub(crate) fn of(sent: &Result<(), MailError>) -> Option<Self> {
        match sent {
            Ok(()) => Some(Self::Takes),
            Err(MailError::Rejected(_)) => Some(Self::Refuses),
            Err(MailError::Unavailable(_)) => None,
        }
    }

    /// Since when the address takes no mail, if it was not known before.
    pub(crate) fn refused_at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Takes => None,
            Self::Refuses => Some(now),
        }
    }
}
