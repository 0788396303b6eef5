//! Access for support (PRV-11): an owner opens their organization for a while; whoever tends the installation is given a link
//! into it, that works once and for minutes; what it opens only looks, is told of in the audit trail at each look, and ends
//! with the grant. There is no other way in.
//!
//! Links and sessions name their organization, so that everything is found under row security.

mod enter;
mod grants;
mod invite;

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    id::OrganizationId,
};
use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
    tokens::Tokens,
};
use secrecy::{ExposeSecret, SecretString};

pub use self::{
    enter::{Inside, SupportDoor},
    grants::{OpenSupport, SupportList},
    invite::SupportLink,
};
use crate::{Error, Ports};

/// Access for support.
#[derive(Clone)]
pub struct Support {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    is_billed: bool,
}

impl Support {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
            is_billed: ports.payments.provider.is_billed(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "finds what an owner opened, and lets in by it only")]
fn serving(organization: OrganizationId) -> Result<TenantScope, Error> {
    Ok(Actor::product(organization, Duty::Support).permit(Permission::ServeSupport)?)
}

/// A secret that says which organization knows it.
fn addressed(organization: OrganizationId, secret: &SecretString) -> SecretString {
    format!("{organization}.{}", secret.expose_secret()).into()
}

/// Which organization knows the secret, and the secret.
fn read(text: &str) -> Option<(OrganizationId, &str)> {
    let (organization, secret) = text.split_once('.')?;
    Some((organization.parse().ok()?, secret))
}
