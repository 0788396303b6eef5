use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission},
    consent::Consent,
    form::Form,
    id::LeadId,
    lead::Lead,
    property::Property,
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
    /// What was sent under it and belongs to no lead.
    pub loose: Vec<Submission>,
    /// What the organization itself wants to know.
    pub properties: Vec<Property>,
    /// The forms that brought it.
    pub forms: Vec<Form>,
}

/// A lead, as the person it is about sees it: nothing in it tells of anybody else.
#[derive(Debug)]
pub struct HeldLead {
    /// What is known.
    pub lead: Lead,
    /// What they sent, the latest first.
    pub submissions: Vec<Submission>,
    /// What they agreed to, and what not.
    pub consents: Vec<Consent>,
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
        for id in tx.rights().leads_of(&address).await? {
            if let Some(lead) = tx.leads().find(id).await? {
                leads.push(of_lead(&mut *tx, lead, &address).await?);
            }
        }
        let loose = tx.rights().loose_of(&address).await?;
        Ok(Held {
            kept,
            leads,
            loose: tx.submissions().all(&loose).await?,
            properties: tx.properties().list().await?,
            forms: tx.forms().list().await?,
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
        score,
        notes: notes(tx, id, address).await?,
        brought_from: import.and_then(|import| import.settings.source),
        lead,
    })
}

/// What members wrote about a lead, without the addresses of others.
async fn notes(tx: &mut dyn TenantTx, lead: LeadId, address: &Email) -> Result<Vec<(Timestamp, Message)>, Error> {
    let members = tx.members().list().await?;
    let (mut notes, mut after) = (Vec::new(), None);
    loop {
        let part = tx.activities().page(lead, after, ENTRIES).await?;
        for entry in &part.items {
            if let Some(words) = entry.what.words() {
                let own = own_words(words, address, &members);
                notes.extend(Message::parse(&own).ok().map(|words| (entry.at, words)));
            }
        }
        after = part.next;
        if after.is_none() {
            return Ok(notes);
        }
    }
}

/// The words without what tells of others: names of members who are called, and addresses that are not the person's.
fn own_words(words: &str, address: &Email, members: &[qualify_domain::organization::Member]) -> String {
    let parts = qualify_domain::mention::parts(words, members);
    let bare: String = parts.iter().map(|part| if part.is_mention() { LEFT_OUT } else { part.text }).collect();
    let own = address.normalized();
    let kept = bare.split_inclusive(char::is_whitespace).map(|word| {
        let is_others = word.contains('@') && !word.to_lowercase().contains(&own);
        if is_others { word.replace(word.trim_end(), LEFT_OUT) } else { word.to_owned() }
    });
    kept.collect()
}

/// What stands in the place of what tells of others.
const LEFT_OUT: &str = "[…]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_shown_without_the_addresses_of_others() {
        let anna = Email::parse("anna@berg.example").unwrap();
        let told = own_words("Ask Bert <bert@berg.example>\nor Anna@Berg.example herself.", &anna, &[]);
        assert_eq!(told, "Ask Bert […]\nor Anna@Berg.example herself.");
    }
}
