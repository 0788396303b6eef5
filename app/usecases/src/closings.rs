//! The end of an organization, at its owner's word (RET-6, RET-7): from then on nothing is taken in or changed, and after 30
//! days the sweep of the rule `organization` lets its data go. Until then it is undone with one word.

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Permission},
    closing::{Closing, ClosingNotice, Ending},
    event::Event,
};
use qualify_ports::{storage::Storage, time::Clock};

use crate::{Access, Broken, Error, Ports};

/// The end of an organization.
#[derive(Clone)]
pub struct Closings {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    access: Access,
}

impl Closings {
    pub(crate) fn new(ports: &Ports, access: Access) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), access }
    }

    /// Asks for the end of the organization; whoever does has typed its name. Tells when its data go.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::NotConfirmed`] for another name; [`Error::Stale`] if its end was asked for already.
    pub async fn close(&self, actor: &Actor, typed: &str) -> Result<Closing, Error> {
        let scope = actor.permit(Permission::CloseOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if tx.organizations().own().await?.name.trim() != typed.trim() {
            return Err(Broken::NotConfirmed.into());
        }
        let closing = Closing { closed_at: self.clock.now(), ending: Ending::Asked };
        tx.organizations().close(closing).await?;
        for notice in ClosingNotice::ALL {
            tx.outbox().append(&Event::ClosingNoticeDue { notice }, closing.due(notice)).await?;
        }
        tx.commit().await?;
        self.access.forget_all();
        Ok(closing)
    }

    /// Thinks better of it: everything is as before.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Stale`] if its end was not asked for, or its time is over: what is no longer paid for is
    /// reopened by paying.
    pub async fn reopen(&self, actor: &Actor) -> Result<(), Error> {
        let scope = actor.permit(Permission::CloseOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.organizations().reopen(&[Ending::Asked], self.clock.now()).await?;
        tx.commit().await?;
        self.access.forget_all();
        Ok(())
    }
}
