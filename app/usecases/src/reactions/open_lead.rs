use qualify_domain::{
    access::Permission,
    activity::{Activity, What},
    event::Event,
    form::LegalBasis,
    id::{FormId, LeadId, SubmissionId},
    lead::Lead,
    submission::Submission,
};
use qualify_ports::{
    live::Change,
    storage::{Claimed, TenantTx},
};

use super::{Reactions, Unfinished, scope};

impl Reactions {
    /// Gives a submission to the lead of the same person, or opens one.
    pub(super) async fn open_lead(
        &self,
        claimed: &Claimed,
        submission: SubmissionId,
        form: FormId,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::ProcessSubmission)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let received = tx.submissions().find(submission).await?;
        if let Some(received) = received.filter(|received| received.lead.is_none()) {
            let (lead, captured) = self.capture(&mut *tx, &received).await?;
            tx.submissions().assign(submission, lead).await?;
            tx.activities().insert(&self.entry(lead, &received)).await?;
            tx.outbox().append(&captured, self.clock.now()).await?;
            tx.announce(Change::Lead(lead)).await?;
            tx.announce(Change::Submission(form)).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn capture(&self, tx: &mut dyn TenantTx, received: &Submission) -> Result<(LeadId, Event), Unfinished> {
        let answers = &received.answers;
        if let Some(mut lead) = tx.leads().find_person(answers.email.as_ref(), answers.phone.as_ref()).await? {
            let captured = lead.append(received);
            tx.leads().update(&lead).await?;
            return Ok((lead.id, captured));
        }
        let form = tx.forms().find(received.form).await?;
        let basis = form.map_or(LegalBasis::LegitimateInterest, |form| form.settings.legal_basis);
        let pipeline = tx.pipelines().first().await?;
        let pipeline = pipeline.ok_or_else(|| Unfinished::Never("the organization has no pipeline".to_owned()))?;
        let (lead, captured) = Lead::open(self.ids.next(), received, basis, &pipeline)
            .map_err(|error| Unfinished::Never(error.to_string()))?;
        tx.leads().insert(&lead).await?;
        Ok((lead.id, captured))
    }

    fn entry(&self, lead: LeadId, received: &Submission) -> Activity {
        let what = What::Submitted(received.id);
        Activity { id: self.ids.next(), lead, at: received.received_at, author: None, what }
    }
}
