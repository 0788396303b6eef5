use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission},
    activity::{Assignment, What},
    id::{LeadId, MergeId},
    lead::Lead,
    merge::{Merge, MergeError, MergeField, Present},
};
use qualify_ports::{live::Change, storage::TenantTx};

use crate::Error;

/// Two leads again.
#[derive(Debug)]
pub struct Separated {
    /// The lead that stayed.
    pub survivor: Lead,
    /// The lead that is back.
    pub merged: Lead,
    /// Which fields of the survivor went back to what they were.
    pub restored: Vec<MergeField>,
    /// Which did not, because somebody changed them since.
    pub kept: Vec<MergeField>,
}

impl super::Leads {
    /// Undoes a merge: the lead that went is there again, as it was and with all that hung on it. Of the survivor those
    /// fields go back that nobody changed since, and what came after the merge stays with it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if it was undone, is too old, or a later merge stands in the
    /// way; [`Error::Stale`] if somebody changes the survivor at the same time.
    pub async fn undo_merge(&self, actor: &Actor, id: MergeId) -> Result<Separated, Error> {
        self.separate(actor, id, |_, now| now).await
    }

    /// Undoes a merge that a backup brought back, however old it is by now: it was undone in time before (RET-17).
    ///
    /// # Errors
    /// As [`Self::undo_merge`], but for its age.
    pub(crate) async fn undo_merge_again(&self, actor: &Actor, id: MergeId) -> Result<Separated, Error> {
        self.separate(actor, id, |merge, _| merge.at).await
    }

    /// Undoes a merge as if it were undone at `moment`.
    async fn separate(
        &self,
        actor: &Actor,
        id: MergeId,
        moment: fn(&Merge, Timestamp) -> Timestamp,
    ) -> Result<Separated, Error> {
        let scope = actor.permit(Permission::MergeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let merge = tx.merges().find(id).await?.ok_or(Error::NotFound("merge"))?;
        // Held before it is looked at: of two who undo at once, the second sees that it was.
        tx.members().hold().await?;
        tx.merges().hold(&[merge.holder]).await?;
        let merge = tx.merges().find(id).await?.ok_or(Error::NotFound("merge"))?;
        let others = tx.merges().of_lead(merge.holder).await?;
        let now = self.clock.now();
        let images = merge.may_undo(&others, moment(&merge, now))?;
        let survivor = lead_of(&mut *tx, merge.survivor).await?;
        let back = images.separate(&survivor, &present(&mut *tx).await?);
        if !scope.may_give_to(back.merged.owner) || !scope.may_give_to(back.survivor.owner) {
            return Err(MergeError::OutOfReach.into());
        }
        tx.merges().undo(&merge, &back, now).await?;
        let given = Assignment::between(survivor.owner, back.survivor.owner);
        for what in given.map(What::Assigned).into_iter().chain([What::Separated(id)]) {
            tx.activities().insert(&self.entry(&scope, merge.survivor, what, now)).await?;
        }
        // Whose it was may have left meanwhile.
        if let Some(left) = Assignment::between(images.merged.owner, back.merged.owner) {
            tx.activities().insert(&self.entry(&scope, merge.merged, What::Assigned(left), now)).await?;
        }
        let (survivor, merged) = (lead_of(&mut *tx, merge.survivor).await?, lead_of(&mut *tx, merge.merged).await?);
        tx.announce(Change::Lead(merge.survivor)).await?;
        tx.announce(Change::Lead(merge.merged)).await?;
        tx.commit().await?;
        Ok(Separated { survivor, merged, restored: back.restored, kept: back.kept })
    }
}

async fn lead_of(tx: &mut dyn TenantTx, lead: LeadId) -> Result<Lead, Error> {
    tx.leads().find(lead).await?.ok_or(Error::NotFound("lead"))
}

/// What there is in the organization now.
async fn present(tx: &mut dyn TenantTx) -> Result<Present, Error> {
    let stages = tx.pipelines().all().await?.stages().map(|stage| stage.id).collect();
    let members = tx.members().list().await?.into_iter().map(|member| member.membership.user).collect();
    Ok(Present { stages, members })
}
