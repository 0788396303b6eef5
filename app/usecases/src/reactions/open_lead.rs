use qualify_domain::{
    access::Permission,
    activity::{Activity, What},
    event::Event,
    form::{KnownPerson, Learned, LegalBasis},
    id::{FormId, LeadId, SubmissionId},
    lead::Lead,
    submission::Submission,
    text::{Email, Phone},
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
        let Some(received) = received.filter(|received| received.lead.is_none()) else {
            return Ok(tx.commit().await?);
        };
        let answers = &received.answers;
        let emails: Vec<_> = answers.email.as_ref().map(Email::normalized).into_iter().collect();
        let phones: Vec<_> = answers.phone.as_ref().and_then(Phone::e164).map(str::to_owned).into_iter().collect();
        tx.lead_batches().hold_people(&emails, &phones).await?;
        // What somebody sends whose lead is restricted is kept with it, and nobody hears of it (DSR-10).
        if let Some(lead) = tx.restrictions().lead_of(answers.email.as_ref(), answers.phone.as_ref()).await? {
            tx.submissions().assign(submission, lead).await?;
            tx.activities().insert(&self.entry(lead, &received)).await?;
        } else {
            let (lead, captured) = self.capture(&mut *tx, &received).await?;
            tx.submissions().assign(submission, lead).await?;
            tx.activities().insert(&self.entry(lead, &received)).await?;
            tx.outbox().append(&captured, self.clock.now()).await?;
            for purpose in received.to_confirm() {
                tx.outbox().append(&Event::ConsentAsked { submission, purpose }, self.clock.now()).await?;
            }
            tx.announce(Change::Lead(lead)).await?;
            tx.announce(Change::Submission(form)).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn capture(&self, tx: &mut dyn TenantTx, received: &Submission) -> Result<(LeadId, Event), Unfinished> {
        let form = tx.forms().find(received.form).await?;
        let learned = learned(tx, received).await?;
        let policy = form.as_ref().map(|form| form.settings.known_person).unwrap_or_default();
        if let Some(mut lead) = known(tx, policy, received).await? {
            let captured = lead.append(received);
            lead.learn(learned);
            tx.leads().update(&lead).await?;
            return Ok((lead.id, captured));
        }
        let basis = form.map_or(LegalBasis::LegitimateInterest, |form| form.settings.legal_basis);
        let pipeline = tx.pipelines().first().await?;
        let pipeline = pipeline.ok_or_else(|| Unfinished::Never("the organization has no pipeline".to_owned()))?;
        let (mut lead, captured) = Lead::open(self.ids.next(), received, basis, &pipeline)
            .map_err(|error| Unfinished::Never(error.to_string()))?;
        lead.learn(learned);
        tx.leads().insert(&lead).await?;
        Ok((lead.id, captured))
    }

    fn entry(&self, lead: LeadId, received: &Submission) -> Activity {
        let what = What::Submitted(received.id);
        Activity { id: self.ids.next(), lead, at: received.received_at, author: None, what }
    }
}

/// The lead to which a submission goes, by what its form does with people who are known; none if one is to be opened.
async fn known(tx: &mut dyn TenantTx, policy: KnownPerson, received: &Submission) -> Result<Option<Lead>, Unfinished> {
    if policy == KnownPerson::AlwaysNew {
        return Ok(None);
    }
    let answers = &received.answers;
    let found = tx.leads().find_person(answers.email.as_ref(), answers.phone.as_ref()).await?;
    let Some(lead) = found.as_ref().filter(|_| policy == KnownPerson::NewIfClosed) else { return Ok(found) };
    let pipelines = tx.pipelines().all().await?;
    let is_closed = pipelines.stage(lead.stage).is_some_and(|stage| stage.kind.is_closed());
    Ok(found.filter(|_| !is_closed))
}

/// What a submission tells of the lead, by what its form asked when it was sent.
async fn learned(tx: &mut dyn TenantTx, received: &Submission) -> Result<Learned, Unfinished> {
    if received.answers.own.is_empty() {
        return Ok(Learned::default());
    }
    match tx.forms().edition(received.form, received.form_version).await? {
        None => Ok(Learned::default()),
        Some(asked) => Ok(asked.learned(&received.answers, &tx.properties().list().await?)),
    }
}
