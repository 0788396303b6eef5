use qualify_domain::{
    access::{Actor, Permission},
    activity::{Assignment, What},
    id::LeadId,
    lead::Lead,
    merge::{Choices, Hanging, Merge, MergeError, Plan, plan},
    organization::Member,
    pipeline::Pipelines,
    property::Property,
    reason::Reason,
    violation::Violations,
};
use qualify_ports::{live::Change, storage::TenantTx};

use crate::{Broken, Error, hooks::rectified};

/// A merge of a lead into another.
#[derive(Clone, Debug)]
pub struct MergeLeads {
    /// The lead that goes.
    pub other: LeadId,
    /// What is taken from which; the rest is taken as usual.
    pub choices: Choices,
}

/// Which versions of two leads were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenPair {
    /// The survivor's.
    pub survivor: i32,
    /// The other's.
    pub other: i32,
}

/// What a merge would make of two leads.
#[derive(Debug)]
pub struct MergePreview {
    /// The lead that stays, as it is.
    pub survivor: Lead,
    /// The lead that goes.
    pub other: Lead,
    /// What comes of them.
    pub plan: Plan,
    /// What cannot be chosen so.
    pub faults: Violations,
    /// What hangs on the lead that goes, and moves along.
    pub moves: Hanging,
    /// What the organization itself wants to know.
    pub properties: Vec<Property>,
    /// Where leads stand.
    pub pipelines: Pipelines,
    /// Why they are given up.
    pub reasons: Vec<Reason>,
    /// Whose they are.
    pub members: Vec<Member>,
}

impl MergePreview {
    /// Whether the two are as they were looked at, and all can be chosen so.
    ///
    /// # Errors
    /// [`Error::Stale`]; [`Error::Invalid`].
    pub fn allows(&self, seen: SeenPair) -> Result<(), Error> {
        if (SeenPair { survivor: self.survivor.version, other: self.other.version }) != seen {
            return Err(Error::Stale);
        }
        Ok(self.faults.clone().or(Some(()))?)
    }
}

/// Two leads that became one.
#[derive(Debug)]
pub struct Merged {
    /// The merge, by which it can be undone.
    pub merge: Merge,
    /// The lead that stayed, as it is now.
    pub lead: Lead,
    /// What the two were, and what was taken from which.
    pub preview: MergePreview,
}

impl super::Leads {
    /// What a merge would make of two leads, and what cannot be chosen so. Nothing is changed.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Merged`] if the lead that would stay was merged; [`Error::Rule`]
    /// if the other was, or both are one.
    pub async fn preview_merge(&self, actor: &Actor, id: LeadId, wish: &MergeLeads) -> Result<MergePreview, Error> {
        let scope = actor.permit(Permission::MergeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        preview(&mut *tx, id, wish).await
    }

    /// Merges another lead into this one, if both are as they were looked at: what hangs on the other moves along, and its id
    /// leads here from now on.
    ///
    /// # Errors
    /// As of [`Self::preview_merge`]; [`Error::Invalid`] with what cannot be chosen so; [`Error::Stale`].
    pub async fn merge(&self, actor: &Actor, id: LeadId, wish: &MergeLeads, seen: SeenPair) -> Result<Merged, Error> {
        let scope = actor.permit(Permission::MergeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.merges().hold(&[id, wish.other]).await?;
        let preview = preview(&mut *tx, id, wish).await?;
        preview.allows(seen)?;
        let (now, author) = (self.clock.now(), scope.author());
        let merge = Merge {
            id: self.ids.next(),
            holder: id,
            survivor: id,
            merged: wish.other,
            at: now,
            author,
            undone_at: None,
            images: None,
        };
        // Told while it is there: to whoever looks at it.
        tx.announce(Change::Lead(wish.other)).await?;
        tx.merges().keep(&merge, &preview.plan.lead).await?;
        // The merge stands above what came with it.
        let given = Assignment::between(preview.survivor.owner, preview.plan.lead.owner);
        for what in given.map(What::Assigned).into_iter().chain([What::Merged(merge.id)]) {
            tx.activities().insert(&self.entry(&scope, id, what, now)).await?;
        }
        let lead = tx.leads().find(id).await?.ok_or(Error::NotFound("lead"))?;
        rectified(&mut *tx, &[id], now).await?;
        tx.announce(Change::Lead(id)).await?;
        tx.commit().await?;
        Ok(Merged { merge, lead, preview })
    }
}

async fn preview(tx: &mut dyn TenantTx, id: LeadId, wish: &MergeLeads) -> Result<MergePreview, Error> {
    let survivor = super::found(tx, id).await?;
    let other = super::found(tx, wish.other).await.map_err(|error| match error {
        Error::Merged(_) => MergeError::Merged.into(),
        Error::NotFound(_) => MergeError::Unknown.into(),
        error => error,
    })?;
    let properties = tx.properties().list().await?;
    let mut faults = Violations::default();
    let plan = plan(&survivor, &other, &properties, &wish.choices, &mut faults)?;
    Ok(MergePreview {
        survivor,
        plan,
        faults,
        moves: tx.merges().hanging(other.id).await?,
        other,
        properties,
        pipelines: tx.pipelines().all().await?,
        reasons: tx.pipelines().reasons().await?,
        members: tx.members().list().await?,
    })
}

impl From<MergeError> for Error {
    fn from(error: MergeError) -> Self {
        Self::Rule(Broken::Merge(error))
    }
}
