use futures::stream::BoxStream;
use qualify_domain::access::{Actor, Permission};
use qualify_ports::live::Change;

use crate::Error;

impl super::Leads {
    /// The changes in the organization from now on, for pages that keep themselves fresh.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn watch(&self, actor: &Actor) -> Result<BoxStream<'static, Change>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        Ok(self.live.changes(&scope))
    }
}
