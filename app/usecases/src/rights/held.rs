use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission},
    consent::{Consent, Standing},
    form::Form,
    id::LeadId,
    lead::Lead,
    organization::Member,
    person_copy::{Colleague, Redaction},
    property::Property,
    rights_request::Right,
    score::Edition,
    submission::Submission,
    text::{Email, Message, Name},
};
use qualify_ports::storage::{KeptRequest, KeptScore, TenantTx};

use super::{Rights, serving};
use crate::{Broken, Error};

/// So many submissions of a lead are shown, the latest ones.
const SUBMISSIONS: u16 = 1_000;
/// So many entries of a timeline are read at a time.
const ENTRIES: u16 = 500;

/// What is kept of somebody in an organization.
#[derive(Debug)]
pub struct Held {
    /// The request by whose link they came in.
    pub kept: KeptRequest,
    /// Their address.
    pub address: Email,
    /// The leads under it.
    pub leads: Vec<HeldLead>,
    /// What was sent under it and is on none of them.
    pub loose: Vec<Submission>,
    /// What the organization itself wants to know.
    pub properties: Vec<Property>,
    /// The forms that brought it.
    pub forms: Vec<Form>,
    /// Whether all of it goes the moment its erasure is asked for.
    pub erases: bool,
}

/// A lead, as the person it is about sees it: nothing in it tells of anybody else.
#[derive(Debug)]
pub struct HeldLead {
    /// What is known.
    pub lead: Lead,
    /// What they sent, the latest first.
    pub submissions: Vec<Submission>,
    /// What they were asked to agree to.
    pub consents: Vec<Consent>,
    /// How what they said about it stands.
    pub standings: Vec<Standing>,
    /// What the rules make of them, and the rules; none if it was never scored.
    pub score: Option<(KeptScore, Edition)>,
    /// What members wrote about them, and when, the latest first.
    pub notes: Vec<(Timestamp, Message)>,
    /// From where they were taken over, if they were.
    pub brought_from: Option<Name>,
}

impl Rights {
    /// What is kept of whoever came in by a link.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if what the link opened is closed by now.
    pub async fn held(&self, asker: &Actor, session: &str) -> Result<Held, Error> {
        let organization = asker.permit(Permission::AskRights)?.organization();
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        let kept = self.proven(&mut *tx, session).await?;
        let address = kept.request.address().cloned().ok_or(Broken::LinkOver)?;
        let mut leads = Vec::new();
        let sure = tx.people().leads_of(&address).await?;
        for id in sure.iter().copied() {
            if let Some(lead) = tx.leads().find(id).await? {
                leads.push(of_lead(&mut *tx, lead, &address).await?);
            }
        }
        let loose = tx.rights().loose_of(&address, &sure).await?;
        Ok(Held {
            kept,
            leads,
            loose: tx.submissions().all(&loose).await?,
            properties: tx.properties().list().await?,
            forms: tx.forms().list().await?,
            erases: tx.rights().policy().await?.is_automatic(Right::Erasure),
            address,
        })
    }
}

async fn of_lead(tx: &mut dyn TenantTx, lead: Lead, address: &Email) -> Result<HeldLead, Error> {
    let id = lead.id;
    let score = match tx.scores().of_lead(id).await? {
        None => None,
        Some(kept) => tx.scores().edition(kept.version).await?.map(|edition| (kept, edition)),
    };
    let import = match lead.source.import() {
        Some(import) => tx.imports().find(import, None).await?,
        None => None,
    };
    Ok(HeldLead {
        submissions: tx.submissions().of_lead(id, SUBMISSIONS).await?,
        consents: Consent::all(tx.submissions().asked_of(id).await?),
        standings: Standing::all(&tx.consents().of_lead(id).await?),
        score,
        notes: notes(tx, id, address).await?,
        brought_from: import.and_then(|import| import.settings.source),
        lead,
    })
}

/// What members wrote about a lead, without what tells of others.
async fn notes(tx: &mut dyn TenantTx, lead: LeadId, address: &Email) -> Result<Vec<(Timestamp, Message)>, Error> {
    let others: Vec<Colleague> = tx.members().list().await?.iter().map(colleague).collect();
    let redaction = Redaction::new(&others, [&*address.normalized()]);
    let (mut notes, mut after) = (Vec::new(), None);
    loop {
        let part = tx.activities().page(lead, after, ENTRIES).await?;
        for entry in &part.items {
            if let Some(words) = entry.what.words() {
                notes.extend(Message::parse(&redaction.text(words)).ok().map(|words| (entry.at, words)));
            }
        }
        after = part.next;
        if after.is_none() {
            return Ok(notes);
        }
    }
}

fn colleague(member: &Member) -> Colleague {
    let roles: Vec<&str> = member.membership.roles.iter().map(|role| role.code()).collect();
    Colleague {
        id: member.membership.user.to_string(),
        role: roles.join("/"),
        first_name: member.first_name.to_string(),
        last_name: member.last_name.to_string(),
        email: member.email.to_string(),
    }
}
