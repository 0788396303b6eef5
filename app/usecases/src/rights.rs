//! What people may ask by right (DSR-1): they ask at the public address of an organization, prove by the link of a mail that
//! the address is theirs, see what is kept of them and ask for more; members answer what is not served by itself, and keep
//! the register.
//!
//! Whether anything is kept under an address nobody hears before that (DSR-2): asking looks nothing up.

mod ask;
mod copy;
mod fulfil;
mod held;
mod overdue;
mod passed_on;
mod prove;
mod register;
mod serve;
mod settings;
mod settle;
mod visit;

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    event::Event,
    id::{OrganizationId, RightsRequestId},
};
use qualify_ports::{
    storage::{KeptRequest, Storage, StorageError, TenantTx},
    time::{Clock, Ids},
    tokens::Tokens,
};

pub(crate) use self::settle::{Erased, awaits_answer, forget, settle};
pub use self::{
    ask::AskRight,
    fulfil::Served,
    held::{Held, HeldLead},
    overdue::overdue_requests,
    prove::{Opened, RightsQuestion},
    register::{NewRequest, Register, RequestFile},
    serve::Further,
    settings::{ChangeRightsSettings, RightsSettings},
    visit::PrivacyDoor,
};
use crate::{Consents, Error, Leads, PersonCopies, Ports, throttles::Throttles};

/// What people may ask by right.
#[derive(Clone)]
pub struct Rights {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    throttles: Throttles,
    leads: Leads,
    consents: Consents,
    copies: PersonCopies,
}

impl Rights {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
            throttles: Throttles::new(ports),
            leads: Leads::new(ports),
            consents: Consents::new(ports),
            copies: PersonCopies::new(ports),
        }
    }

    /// Keeps a request that took steps, tells of them, and says when it has to be looked at next.
    async fn keep(&self, tx: &mut dyn TenantTx, kept: &mut KeptRequest, news: &[Event]) -> Result<(), StorageError> {
        kept.next_at = kept.request.next_moment(&kept.told);
        tx.rights().keep(kept).await?;
        kept.version += 1;
        for event in news {
            tx.outbox().append(event, self.clock.now()).await?;
        }
        Ok(())
    }
}

/// From what the secret of a request's link is derived.
pub(crate) fn link_seed(request: RightsRequestId) -> String {
    format!("rights/{request}")
}

/// The product at the service of somebody who proved who they are.
fn serving(organization: OrganizationId) -> Result<TenantScope, Error> {
    #[expect(clippy::disallowed_methods, reason = "whoever asked proved that the address is theirs")]
    let product = Actor::product(organization, Duty::ServeRights);
    Ok(product.permit(Permission::ServeRights)?)
}
