use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    id::{JobId, ReasonId},
    job::{ChangeLeads, JobKind, LeadAct, MOST_NAMED, Which},
    pipeline::{Stage, StageKind},
    violation::{Rule, Violations},
};
use qualify_ports::storage::TenantTx;

use crate::{
    Broken, Error,
    leads::{list::refuse_gone, move_to::check_reason},
};

impl super::Jobs {
    /// Begins to change many leads. What cannot be done to any of them is told at once; what is done to none of some, and
    /// why, stands in the job's report.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::Rule`] beyond one's reach; [`Error::Limit`] while too many jobs of
    /// the actor are unfinished.
    pub async fn change_leads(&self, actor: &Actor, change: ChangeLeads) -> Result<JobId, Error> {
        let scope = actor.permit(change.act.permission())?;
        if let Which::These(leads) = &change.which {
            match leads.len() {
                0 => return Err(Violations::one("leads", Rule::Required).into()),
                named if named > MOST_NAMED => {
                    return Err(Violations::one("leads", Rule::TooMany(MOST_NAMED)).into());
                }
                _ => {}
            }
        }
        let mut tx = self.storage.tenant(&scope).await?;
        check(&mut *tx, &scope, &change.act).await?;
        if let Which::All { filter, .. } = &change.which {
            refuse_gone(filter, &tx.properties().list().await?)?;
        }
        drop(tx);
        let scope = actor.permit(Permission::RunJobs)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let id = self.begin(&mut *tx, &scope, JobKind::ChangeLeads(change)).await?;
        tx.commit().await?;
        Ok(id)
    }
}

/// Whether something can be done to leads at all: at the beginning, and before each piece.
pub(crate) async fn check(tx: &mut dyn TenantTx, scope: &TenantScope, act: &LeadAct) -> Result<(), Error> {
    match act {
        LeadAct::Assign(owner) => {
            if !scope.may_give_to(*owner) {
                return Err(Broken::Assignment.into());
            }
            if let Some(owner) = owner {
                // Held, so that nobody is given a lead while they are removed.
                tx.members().hold().await?;
                if tx.members().find(*owner).await?.is_none() {
                    return Err(Violations::one("owner", Rule::NotAChoice).into());
                }
            }
        }
        LeadAct::Move { stage, reason } => {
            let pipelines = tx.pipelines().all().await?;
            let Some(stage) = pipelines.stages().find(|one| one.id == *stage) else {
                return Err(Violations::one("stage", Rule::NotAChoice).into());
            };
            check_given_up(tx, stage, *reason).await?;
        }
        LeadAct::Transfer { pipeline, stage, reason } => {
            let pipelines = tx.pipelines().all().await?;
            let Some(pipeline) = pipelines.get(*pipeline) else {
                return Err(Violations::one("pipeline", Rule::NotAChoice).into());
            };
            let stage = match stage {
                Some(stage) => pipeline.stage(*stage),
                None => pipeline.entry(),
            };
            let stage = stage.ok_or_else(|| Violations::one("stage", Rule::NotAChoice))?;
            check_given_up(tx, stage, *reason).await?;
        }
        LeadAct::Tag(_) | LeadAct::Untag(_) => {}
    }
    Ok(())
}

/// Whether leads that go to a stage are given up with a reason, and one that the organization offers.
async fn check_given_up(tx: &mut dyn TenantTx, stage: &Stage, reason: Option<ReasonId>) -> Result<(), Error> {
    if stage.kind == StageKind::Disqualified && reason.is_none() {
        return Err(Violations::one("reason", Rule::Required).into());
    }
    check_reason(tx, reason).await
}
