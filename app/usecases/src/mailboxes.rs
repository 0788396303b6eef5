//! Proof of mailboxes: one-time tokens, issued, mailed, looked at and used (AUTH-11).
//!
//! The secret in the link is derived from the token's id by a key of the installation (ADR 11): the database keeps its
//! digest, the outbox its id, and the worker can write the same link at each try.

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Duty, Permission},
    event::Event,
    id::{OneTimeTokenId, OrganizationId},
    one_time::{OneTimeKind, OneTimeToken, Purpose},
    text::Email,
};
use qualify_ports::{
    storage::{PlatformTx, StorageError},
    time::{Clock, Ids},
    tokens::Tokens,
};
use secrecy::ExposeSecret;

use crate::{Broken, Error, Ports};

/// Proof of mailboxes. Cheap to make and to clone; each area that needs it has its own.
#[derive(Clone)]
pub(crate) struct Mailboxes {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
}

impl Mailboxes {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { clock: ports.clock.clone(), ids: ports.ids.clone(), tokens: ports.tokens.clone() }
    }

    /// Issues a token. It is of no use before [`Self::send`] has asked for its mail.
    pub(crate) async fn issue(
        &self,
        tx: &mut dyn PlatformTx,
        purpose: Purpose,
        email: Email,
    ) -> Result<OneTimeToken, StorageError> {
        let token = OneTimeToken::issue(self.ids.next(), purpose, email, self.clock.now());
        let secret = self.tokens.derive(&token.seed());
        tx.one_time_tokens().insert(&token, &self.tokens.digest(secret.expose_secret())).await?;
        Ok(token)
    }

    /// Ends the unit of work with the event that has the token mailed. `organization` is where the event lies: for who
    /// has none yet, any new id.
    pub(crate) async fn send(
        &self,
        tx: Box<dyn PlatformTx>,
        organization: OrganizationId,
        token: OneTimeTokenId,
    ) -> Result<(), Error> {
        self.tell(tx, organization, &[Event::TokenIssued { token }]).await
    }

    /// Ends the unit of work with events of which somebody is told by mail who may not be signed in.
    pub(crate) async fn tell(
        &self,
        tx: Box<dyn PlatformTx>,
        organization: OrganizationId,
        news: &[Event],
    ) -> Result<(), Error> {
        #[expect(clippy::disallowed_methods, reason = "who proves a mailbox is not signed in")]
        let product = Actor::product(organization, Duty::Account);
        let mut tx = tx.into_tenant(&product.permit(Permission::SecureAccount)?).await?;
        for event in news {
            tx.outbox().append(event, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The live token of that kind behind a link. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub(crate) async fn look(
        &self,
        tx: &mut dyn PlatformTx,
        link: &str,
        kind: OneTimeKind,
    ) -> Result<OneTimeToken, Error> {
        let found = tx.one_time_tokens().find(&self.tokens.digest(link), self.clock.now()).await?;
        Ok(found.filter(|token| token.purpose.kind() == kind).ok_or(Broken::LinkOver)?)
    }

    /// Uses the token up, and ends the others that were issued for the same thing.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if somebody else was first.
    pub(crate) async fn take(&self, tx: &mut dyn PlatformTx, token: &OneTimeToken) -> Result<(), Error> {
        let won = tx.one_time_tokens().take(token, self.clock.now()).await?;
        if won { Ok(()) } else { Err(Broken::LinkOver.into()) }
    }
}
