//! Accounts: sign-up, sign-in, sign-out.

mod refresh;
mod second_step;
mod sign_in;
mod sign_out;
mod sign_up;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, UserId},
    session::{ACCESS_LIFE, RefreshToken, Session},
};
use qualify_ports::{
    passwords::Passwords,
    storage::{PlatformTx, Storage},
    time::{Clock, Ids},
    tokens::{AccessClaims, Tokens},
    vault::Vault,
};
use secrecy::{ExposeSecret, SecretString};

pub use self::{
    second_step::SecondStep,
    sign_in::{Challenged, SignIn, SignInOutcome},
    sign_up::SignUp,
};
use crate::{Error, Ports};

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
        }
    }

    /// Begins a session, in the unit of work that found out that it may.
    async fn begin_session(
        &self,
        tx: &mut dyn PlatformTx,
        user: UserId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Granted, Error> {
        let session = Session::begin(self.ids.next(), user, organization, now);
        let (secret, refresh) = self.new_refresh(&session, now);
        tx.sessions().insert(&session, &refresh).await?;
        Ok(Granted { access: self.sign_access(&session, &refresh, now)?, refresh: Some(secret) })
    }

    fn new_refresh(&self, session: &Session, now: Timestamp) -> (SecretString, RefreshToken) {
        let secret = self.tokens.secret();
        let token = RefreshToken {
            id: self.ids.next(),
            digest: self.tokens.digest(secret.expose_secret()),
            issued_at: now,
            expires_at: session.refresh_expiry(now),
            rotated_at: None,
        };
        (secret, token)
    }

    fn sign_access(&self, session: &Session, refresh: &RefreshToken, now: Timestamp) -> Result<SecretString, Error> {
        Ok(self.tokens.sign(&AccessClaims {
            user: session.user,
            session: session.id,
            organization: session.organization,
            refresh: refresh.id,
            issued_at: now,
            expires_at: (now + ACCESS_LIFE).min(session.expires_at),
        })?)
    }
}
