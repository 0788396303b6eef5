use futures::{StreamExt, future, stream::BoxStream};
use qualify_domain::access::{Actor, Permission};
use qualify_ports::live::Change;

use crate::Error;

impl super::Leads {
    /// The changes in the organization from now on, as far as the actor may see what changed: for pages that keep
    /// themselves fresh.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn watch(&self, actor: &Actor) -> Result<BoxStream<'static, Change>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let sees_forms = actor.may(Permission::ReadForms);
        let seen = move |change: &Change| future::ready(sees_forms || !matches!(change, Change::Submission(_)));
        Ok(self.live.changes(&scope).filter(seen).boxed())
    }
}
