//! The processing agreement between an organization and the operator (Art. 28 GDPR, PRV-7): an owner accepts it, and is asked
//! anew when there is another version.

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    agreement::{Acceptance, CURRENT},
    language::Language,
    organization::Member,
};
use qualify_ports::{
    storage::{Storage, StorageError},
    time::Clock,
};

use crate::{Error, Ports};

/// What an organization accepted.
#[derive(Debug)]
pub struct AgreementFile {
    /// Which versions, the latest first.
    pub accepted: Vec<Acceptance>,
    /// The members who may have accepted them.
    pub members: Vec<Member>,
}

/// The processing agreement.
#[derive(Clone)]
pub struct Agreements {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Agreements {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }

    /// What the organization accepted.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn view(&self, actor: &Actor) -> Result<AgreementFile, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::ReadRetention)?).await?;
        Ok(AgreementFile { accepted: tx.agreements().list().await?, members: tx.members().list().await? })
    }

    /// Whether the actor is one who accepts it for the organization, and nobody has accepted the current version.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn asks(&self, actor: &Actor) -> Result<bool, Error> {
        if !actor.may(Permission::AcceptAgreement) {
            return Ok(false);
        }
        Ok(!CURRENT.is_accepted(&self.view(actor).await?.accepted))
    }

    /// Accepts the current version as it reads in a language. To accept it twice is to accept it once.
    ///
    /// # Errors
    /// [`Error::Forbidden`], for a program too; [`Error::Stale`] if another version than the current one was read.
    pub async fn accept(&self, actor: &Actor, version: u16, language: Language) -> Result<(), Error> {
        let scope = actor.permit(Permission::AcceptAgreement)?;
        let member = scope.user().ok_or(Forbidden(Permission::AcceptAgreement))?;
        if version != CURRENT.version {
            return Err(Error::Stale);
        }
        let mut tx = self.storage.tenant(&scope).await?;
        match tx.agreements().insert(&CURRENT.accept(language, member, self.clock.now())).await {
            Err(StorageError::Conflict) => Ok(()),
            kept => {
                kept?;
                Ok(tx.commit().await?)
            }
        }
    }
}
