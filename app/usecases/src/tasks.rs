//! What members have to do about leads.

mod finish;
mod list;
mod plan;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::TenantScope,
    activity::{Activity, What},
    id::{LeadId, UserId},
};
use qualify_ports::{
    storage::{Storage, TenantTx},
    time::{Clock, Ids},
};

pub use self::{
    list::TaskList,
    plan::{ChangeTask, TaskPlace},
};
use crate::{Error, Ports};

/// Tasks.
#[derive(Clone)]
pub struct Tasks {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Tasks {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }

    /// What the timeline of a task's lead tells of it.
    fn entry(&self, scope: &TenantScope, lead: LeadId, what: What, at: Timestamp) -> Activity {
        Activity { id: self.ids.next(), lead, at, author: scope.author(), what }
    }
}

/// Whether that user is a member; who is removed meanwhile is not.
async fn is_member(tx: &mut dyn TenantTx, user: UserId) -> Result<bool, Error> {
    Ok(tx.members().find(user).await?.is_some())
}
