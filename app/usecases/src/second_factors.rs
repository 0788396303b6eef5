//! A member's own second factors: an authenticator app and recovery codes (AUTH-13, AUTH-14).

mod passkeys;
mod policy;
mod recovery_codes;
mod remove_totp;
mod set_up_totp;
mod view;

use std::sync::Arc;

use qualify_domain::{
    access::{Permission, TenantScope, Who},
    circumstances::Circumstances,
    event::{Event, SecondFactorChange},
    id::UserId,
    recovery_code::{CODES, RecoveryCode},
};
use qualify_ports::{
    passkeys::Passkeys,
    storage::{PlatformTask, PlatformTx, Storage, StorageError},
    time::{Clock, Ids},
    tokens::Tokens,
    vault::Vault,
};

pub use self::{
    passkeys::{PasskeyAnswer, PasskeyQuestion},
    set_up_totp::TotpSetUp,
    view::Protection,
};
use crate::{Error, Ports, Sessions, SignedIn};

/// A member's own second factors.
#[derive(Clone)]
pub struct SecondFactors {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    passkeys: Arc<dyn Passkeys>,
    tokens: Arc<dyn Tokens>,
    vault: Arc<dyn Vault>,
    sessions: Sessions,
}

impl SecondFactors {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            passkeys: ports.passkeys.clone(),
            tokens: ports.tokens.clone(),
            vault: ports.vault.clone(),
            sessions: Sessions::new(ports),
        }
    }

    /// Begins work on the member's own account, once they may.
    async fn open(&self, member: &SignedIn) -> Result<(TenantScope, UserId, Box<dyn PlatformTx>), Error> {
        let scope = member.actor.permit(Permission::SecureAccount)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        Ok((scope, user, self.storage.platform(PlatformTask::SecureAccount).await?))
    }

    /// Keeps the work, ends the user's other sessions (SES-8), and lets the user be told of it by mail.
    async fn finish(
        &self,
        mut tx: Box<dyn PlatformTx>,
        scope: &TenantScope,
        change: SecondFactorChange,
        from: &Circumstances,
    ) -> Result<(), Error> {
        let Who::Member(user, this) = scope.who() else { return Err(Error::NotFound("member")) };
        self.sessions.end_in(&mut *tx, user, Some(this), from).await?;
        let mut tx = tx.into_tenant(scope).await?;
        tx.outbox().append(&Event::SecondFactorChanged { user, change }, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the recovery codes of an account that no second factor guards any more.
    async fn drop_idle_codes(&self, tx: &mut dyn PlatformTx, user: UserId) -> Result<(), StorageError> {
        if !tx.second_factors().factors(user).await?.guard() {
            tx.second_factors().replace_recovery_codes(user, &[]).await?;
        }
        Ok(())
    }

    /// Puts new recovery codes in the place of all earlier ones. Nobody sees them again after this.
    async fn new_codes(&self, tx: &mut dyn PlatformTx, user: UserId) -> Result<Vec<RecoveryCode>, StorageError> {
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::new(self.vault.recovery_bits())).collect();
        let digests: Vec<_> = codes.iter().map(|code| self.tokens.digest(code.expose())).collect();
        tx.second_factors().replace_recovery_codes(user, &digests).await?;
        Ok(codes)
    }
}

/// For whom an app's secret is sealed: a row that is moved to another user opens nothing.
pub(crate) fn owner(user: UserId) -> String {
    format!("totp/{user}")
}
