use qualify_domain::{
    access::{Actor, Permission},
    id::ReasonId,
    reason::{MOST_REASONS, Reason},
    text::Name,
    violation::{Rule, Violations},
};
use qualify_ports::storage::StorageError;

use crate::Error;

impl super::Pipelines {
    /// Adds a reason at the end of the list, or takes back one of that name that was taken off it. Gives its id.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`], too many included; [`Error::Conflict`] if it is on the list.
    pub async fn add_reason(&self, actor: &Actor, name: &str) -> Result<ReasonId, Error> {
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(name));
        let name = faults.or(name)?;
        let id = self.ids.next();
        self.with_reasons(actor, |reasons| {
            let is_full = reasons.len() >= MOST_REASONS;
            let known = reasons.iter_mut().find(|reason| reason.name.to_lowercase() == name.to_lowercase());
            match known {
                Some(reason) if reason.is_archived => {
                    reason.is_archived = false;
                    return Ok(reason.id);
                }
                Some(_) => return Err(Error::Conflict("reason")),
                None if is_full => {
                    return Err(Violations::one("name", Rule::TooMany(MOST_REASONS)).into());
                }
                None => reasons.push(Reason { id, name, is_archived: false }),
            }
            Ok(id)
        })
        .await
    }

    /// Takes a reason off the list. The last one stays: giving a lead up needs one.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] for the last one.
    pub async fn retire_reason(&self, actor: &Actor, id: ReasonId) -> Result<(), Error> {
        self.with_reasons(actor, |reasons| {
            let left = reasons.iter().filter(|reason| !reason.is_archived && reason.id != id).count();
            let reason = reasons.iter_mut().find(|reason| reason.id == id).ok_or(Error::NotFound("reason"))?;
            if left == 0 {
                return Err(qualify_domain::pipeline::PipelineError::Last.into());
            }
            reason.is_archived = true;
            Ok(())
        })
        .await
    }

    async fn with_reasons<T: Send>(
        &self,
        actor: &Actor,
        change: impl FnOnce(&mut Vec<Reason>) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut reasons = tx.pipelines().reasons().await?;
        let outcome = change(&mut reasons)?;
        match tx.pipelines().keep_reasons(&reasons, self.clock.now()).await {
            Err(StorageError::Conflict) => return Err(Error::Conflict("reason")),
            kept => kept?,
        }
        tx.commit().await?;
        Ok(outcome)
    }
}
