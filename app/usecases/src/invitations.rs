//! Invitations: a member offers somebody a place, and whoever reads the mail takes it.

mod accept;
mod invite;
mod open;

use std::sync::Arc;

use qualify_ports::{
    passwords::Passwords,
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{
    accept::{Accepted, Newcomer},
    invite::Invite,
    open::{Guest, Invited},
};
use crate::{Ports, billing::Room, mailboxes::Mailboxes, throttles::Throttles};

/// Invitations.
#[derive(Clone)]
pub struct Invitations {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    passwords: Arc<dyn Passwords>,
    mailboxes: Mailboxes,
    throttles: Throttles,
    room: Room,
}

impl Invitations {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            passwords: ports.passwords.clone(),
            mailboxes: Mailboxes::new(ports),
            throttles: Throttles::new(ports),
            room: Room::new(ports),
        }
    }
}
