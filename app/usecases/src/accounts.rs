//! Accounts: sign-up, sign-in, sign-out.

mod change_email;
mod change_password;
mod confirm;
mod confirm_sign_up;
pub(crate) mod delete;
mod enter;
mod passkey;
mod refresh;
mod reset;
mod second_step;
mod sign_in;
mod sign_out;
mod sign_up;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Duty, Permission},
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    connection::{ConnectionEvent, ConnectionKind},
    event::Event,
    id::{OrganizationId, RefreshId, SessionId, UserId},
    session::{ACCESS_LIFE, RefreshToken, Session},
};
use qualify_ports::{
    passkeys::Passkeys,
    passwords::Passwords,
    storage::{PlatformTx, Storage},
    time::{Clock, Ids},
    tokens::{AccessClaims, Tokens},
    vault::Vault,
};
use secrecy::{ExposeSecret, SecretString};

pub use self::{
    change_password::ChangePassword,
    confirm::Confirmation,
    confirm_sign_up::WaitingSignUp,
    second_step::SecondStep,
    sign_in::{Challenged, SignIn, SignInOutcome},
    sign_up::SignUp,
};
use crate::{Error, Ports, Sessions, billing::Follower, mailboxes::Mailboxes, throttles::Throttles};

/// What a browser is given to prove who is there.
#[derive(Debug)]
pub struct Granted {
    /// The access token.
    pub access: SecretString,
    /// The refresh token; none if another request was just given it.
    pub refresh: Option<SecretString>,
}

/// Accounts.
#[derive(Clone)]
pub struct Accounts {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    passwords: Arc<dyn Passwords>,
    tokens: Arc<dyn Tokens>,
    vault: Arc<dyn Vault>,
    throttles: Throttles,
    mailboxes: Mailboxes,
    sessions: Sessions,
    passkeys: Arc<dyn Passkeys>,
    payments: Follower,
}

impl Accounts {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            passwords: ports.passwords.clone(),
            tokens: ports.tokens.clone(),
            vault: ports.vault.clone(),
            throttles: Throttles::new(ports),
            mailboxes: Mailboxes::new(ports),
            sessions: Sessions::new(ports),
            passkeys: ports.passkeys.clone(),
            payments: Follower::new(ports),
        }
    }

    /// Begins a session in the unit of work that found out that it may, writes it into the log, and tells what its user
    /// should hear of.
    async fn begin_session(
        &self,
        tx: &mut dyn PlatformTx,
        (user, organization): (UserId, OrganizationId),
        from: &Circumstances,
    ) -> Result<(Granted, Option<Event>), Error> {
        let now = self.clock.now();
        let session = Session::begin(self.ids.next(), user, organization, now);
        let (secret, refresh) = self.new_refresh(&session, now);
        let places = tx.connections().places(user, now).await?;
        tx.sessions().insert(&session, &refresh).await?;
        let entry = self.connection(user, Some(session.id), ConnectionKind::SignIn, from);
        tx.connections().append(&entry).await?;
        tx.security().tell(user, &SecurityEvent::by(SecurityKind::SignedIn, user, Some(session.id)), now).await?;
        let anew = Event::SignedInAnew { user, connection: entry.id };
        let granted = Granted { access: self.sign_access(&session, refresh.id, now)?, refresh: Some(secret) };
        Ok((granted, from.is_new(&places).then_some(anew)))
    }

    /// Ends the unit of work, and lets the user be told by mail of what happened to their account.
    async fn keep(
        &self,
        tx: Box<dyn PlatformTx>,
        home: OrganizationId,
        news: impl IntoIterator<Item = Event> + Send,
    ) -> Result<(), Error> {
        let news: Vec<Event> = news.into_iter().collect();
        if news.is_empty() {
            return Ok(tx.commit().await?);
        }
        #[expect(clippy::disallowed_methods, reason = "what happened to an account is told where its user belongs")]
        let watch = Actor::product(home, Duty::Watch);
        let mut tx = tx.into_tenant(&watch.permit(Permission::NoteSecurity)?).await?;
        for event in news {
            tx.outbox().append(&event, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    fn connection(
        &self,
        user: UserId,
        session: Option<SessionId>,
        kind: ConnectionKind,
        from: &Circumstances,
    ) -> ConnectionEvent {
        ConnectionEvent { id: self.ids.next(), user, session, kind, at: self.clock.now(), from: from.clone() }
    }

    fn new_refresh(&self, session: &Session, now: Timestamp) -> (SecretString, RefreshToken) {
        let secret = self.tokens.secret();
        let token = RefreshToken {
            id: self.ids.next(),
            digest: self.tokens.digest(secret.expose_secret()),
            issued_at: now,
            expires_at: session.refresh_expiry(now),
            rotated_at: None,
            successor: None,
            revoked_at: None,
        };
        (secret, token)
    }

    fn sign_access(&self, session: &Session, refresh: RefreshId, now: Timestamp) -> Result<SecretString, Error> {
        Ok(self.tokens.sign(&AccessClaims {
            user: session.user,
            session: session.id,
            organization: session.organization,
            refresh,
            issued_at: now,
            expires_at: (now + ACCESS_LIFE).min(session.expires_at),
        })?)
    }
}
