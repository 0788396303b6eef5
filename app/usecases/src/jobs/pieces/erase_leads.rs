use qualify_domain::{
    access::{Permission, TenantScope},
    erasure::ErasureError,
    id::LeadId,
    job::{EraseLeads, Skipped},
};
use tracing::error;

use super::Piece;
use crate::{
    Broken, Error,
    leads::{At, TRIES},
};

/// How many leads a piece erases: between pieces it is looked whether the job was called off. Each is a unit of work of its own,
/// which keeps in the same commit how far the job came.
const PART: usize = 1;
/// The outcome that counts them.
const ERASED: &str = "erased";

impl Piece<'_> {
    /// Erases the next leads.
    pub(super) async fn erase_leads(&mut self, erase: &EraseLeads) -> Result<(), Error> {
        let scope = self.actor.permit(Permission::EraseLead)?;
        self.job.total = Some(erase.leads.len() as u64);
        let begin = self.place();
        for lead in erase.leads.iter().skip(begin).take(PART) {
            if let Err(why) = self.erase_next(&scope, *lead, erase).await? {
                self.job.leave_out(*lead, why);
                self.step_on(erase);
                // What was refused may have ended its unit of work: how far the job came is kept in another.
                let tx = self.open(Permission::EraseLead).await?;
                self.keep(tx).await?;
            }
        }
        Ok(())
    }

    fn place(&self) -> usize {
        self.job.place.parse().unwrap_or_default()
    }

    /// The next lead is dealt with.
    fn step_on(&mut self, erase: &EraseLeads) {
        let (next, now) = (self.place() + 1, self.bench.clock.now());
        self.job.advance(1, next.to_string(), now);
        if next >= erase.leads.len() {
            self.job.finish(now);
        }
    }

    async fn erase_next(
        &mut self,
        scope: &TenantScope,
        lead: LeadId,
        erase: &EraseLeads,
    ) -> Result<Result<(), Skipped>, Error> {
        let before = self.job.clone();
        for _ in 0..TRIES {
            match self.try_erase(scope, lead, erase).await {
                Ok(()) => return Ok(Ok(())),
                Err(Error::Stale) => before.clone_into(self.job),
                Err(Error::Rule(Broken::Erasure(ErasureError::Restricted))) => return Ok(Err(Skipped::Restricted)),
                Err(Error::Rule(Broken::Erasure(ErasureError::Held) | Broken::Held)) => return Ok(Err(Skipped::Held)),
                Err(Error::NotFound(_) | Error::Merged(_)) => return Ok(Err(Skipped::Gone)),
                // One that cannot be erased keeps no other from going. Where nothing can be kept at all, neither can this.
                Err(error @ (Error::Failed(_) | Error::Conflict(_) | Error::Limit)) if self.is_last_try => {
                    before.clone_into(self.job);
                    error!(error = &error as &dyn std::error::Error, %lead, "a lead cannot be erased");
                    return Ok(Err(Skipped::Failed));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Err(Skipped::Changed))
    }

    /// Erases one lead, with its certificate, and keeps in the same commit that it was its turn.
    async fn try_erase(&mut self, scope: &TenantScope, lead: LeadId, erase: &EraseLeads) -> Result<(), Error> {
        let prepared = self.bench.leads.prepare(scope, lead).await?;
        let mut tx = self.open(Permission::EraseLead).await?;
        let at = At { organization: scope.organization(), member: scope.user(), now: self.bench.clock.now() };
        self.bench.leads.erase_in(&mut *tx, lead, erase.ground, (at, &prepared)).await?;
        self.job.report.count(ERASED, 1);
        self.step_on(erase);
        self.keep(tx).await
    }
}
