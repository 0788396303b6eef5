use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    consent::{Consent, ConsentEvent},
    form::Form,
    id::LeadId,
    lead::Lead,
    merge::Merge,
    organization::Member,
    pipeline::Pipelines,
    property::Property,
    reason::Reason,
    score::Edition,
    submission::Submission,
    task::Task,
    text::Name,
};

use qualify_ports::storage::{ActivityPlace, KeptScore, TenantTx};

use super::{Duplicate, duplicates::alike, found};
use crate::{Error, Writable, consents::writable};

/// How many entries of a timeline, and of the latest submissions, a lead's page shows.
const SHOWN: u16 = 100;

/// A lead with all that its page shows.
#[derive(Debug)]
pub struct LeadFile {
    /// The lead.
    pub lead: Lead,
    /// A part of its timeline, newest first.
    pub activities: Vec<Activity>,
    /// The place after which the older entries are, if there are any.
    pub older: Option<ActivityPlace>,
    /// What the person sent, newest first, and what else that part tells of.
    pub submissions: Vec<Submission>,
    /// What the person agreed to in any of their submissions, and what not.
    pub consents: Vec<Consent>,
    /// All that they said about consents, the oldest first.
    pub ledger: Vec<ConsentEvent>,
    /// For what they may be written to.
    pub writable: Vec<Writable>,
    /// Its score, and the rules by which it came; none until it is scored.
    pub score: Option<(KeptScore, Edition)>,
    /// Where leads can stand.
    pub pipelines: Pipelines,
    /// Why leads are given up.
    pub reasons: Vec<Reason>,
    /// What the organization itself wants to know.
    pub properties: Vec<Property>,
    /// What is to be done about it, and was.
    pub tasks: Vec<Task>,
    /// The merges its timeline tells of, the latest first.
    pub merges: Vec<Merge>,
    /// The leads that may be of the same person.
    pub duplicates: Vec<Duplicate>,
    /// The forms that may have brought it.
    pub forms: Vec<Form>,
    /// The members whose names stand in it.
    pub members: Vec<Member>,
    /// Where the person comes from, as whoever imported the lead said (PRV-6).
    pub brought_from: Option<Name>,
}

impl super::Leads {
    /// A lead the actor may see, with the newest entries of its timeline.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: LeadId) -> Result<LeadFile, Error> {
        self.open_after(actor, id, None).await
    }

    /// A lead the actor may see, with the entries of its timeline after a place; none is the beginning.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open_after(&self, actor: &Actor, id: LeadId, after: Option<ActivityPlace>) -> Result<LeadFile, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let lead = found(&mut *tx, id).await?;
        let import = match lead.source.import() {
            Some(import) => tx.imports().find(import, None).await?,
            None => None,
        };
        let kept = match tx.scores().of_lead(id).await? {
            None => None,
            Some(kept) => tx.scores().edition(kept.version).await?.map(|edition| (kept, edition)),
        };
        let ledger = tx.consents().of_lead(id).await?;
        let entries = tx.activities().page(id, after, SHOWN).await?;
        Ok(LeadFile {
            score: kept,
            brought_from: import.and_then(|import| import.settings.source),
            duplicates: alike(&mut *tx, &lead.person(), Some(id)).await?,
            merges: tx.merges().of_lead(id).await?,
            writable: writable(&mut *tx, &*self.tokens, scope.organization(), &lead, &ledger).await?,
            ledger,
            lead,
            submissions: sent(&mut *tx, id, &entries.items).await?,
            consents: Consent::all(tx.submissions().asked_of(id).await?),
            activities: entries.items,
            older: entries.next,
            pipelines: tx.pipelines().all().await?,
            reasons: tx.pipelines().reasons().await?,
            properties: tx.properties().list().await?,
            tasks: tx.tasks().of_lead(id, SHOWN).await?,
            forms: tx.forms().list().await?,
            members: tx.members().list().await?,
        })
    }
}

/// The latest submissions of a lead, then those of which only these entries tell.
async fn sent(tx: &mut dyn TenantTx, lead: LeadId, entries: &[Activity]) -> Result<Vec<Submission>, Error> {
    let mut sent = tx.submissions().of_lead(lead, SHOWN).await?;
    let told = entries.iter().filter_map(|entry| match entry.what {
        What::Submitted(id) => Some(id),
        _ => None,
    });
    let missing: Vec<_> = told.filter(|id| sent.iter().all(|submission| submission.id != *id)).collect();
    if !missing.is_empty() {
        sent.extend(tx.submissions().all(&missing).await?);
    }
    Ok(sent)
}
