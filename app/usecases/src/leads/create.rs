use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Permission, TenantScope, Who},
    activity::{Activity, What},
    event::Event,
    form::LegalBasis,
    id::LeadId,
    lead::{Lead, Source},
    lead_field::LeadField,
    person::WrittenPerson,
    submission::Attribution,
    violation::Rule,
};
use qualify_ports::{
    live::Change,
    storage::{Creation, CreationKey, Earlier, TenantTx},
};

use super::{Duplicate, LeadStart, duplicates::alike, start::Beginning};
use crate::{Error, restrictions::refuse_restricted};

/// A program's own key is remembered this long (WEB-11).
const KEY_MEMORY: SignedDuration = SignedDuration::from_hours(48);

/// What becomes of a lead to be made whose person is known already, or may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfKnown {
    /// What is new goes to the lead of the same person. Those that only may be of the same person change nothing.
    #[default]
    Append,
    /// Nothing is made if any may be of the same person: whoever asks is told which.
    Refuse,
    /// It is made, whoever is known.
    AlwaysNew,
}

impl IfKnown {
    /// The stable name; what forms can do, too, has the name it has there.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Refuse => "refuse",
            Self::AlwaysNew => "always_new",
        }
    }
}

impl FromStr for IfKnown {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        [Self::Append, Self::Refuse, Self::AlwaysNew]
            .into_iter()
            .find(|choice| choice.code() == code)
            .ok_or(Rule::NotAChoice)
    }
}

/// A lead to be made without a form.
#[derive(Debug)]
pub struct CreateLead {
    /// Who it is.
    pub person: WrittenPerson,
    /// What they wrote, if they did: the first note.
    pub message: String,
    /// The ground on which the lead is kept.
    pub legal_basis: LegalBasis,
    /// Where the person came from.
    pub attribution: Attribution,
    /// With what it begins beside that.
    pub start: LeadStart,
    /// What becomes of it if the person is known.
    pub if_known: IfKnown,
    /// By what a second try is known: the program's own key, and all that it sent.
    pub key: Option<(String, String)>,
}

/// What came of a lead to be made.
#[derive(Debug)]
pub enum Created {
    /// There is a lead: the new one, or the one that the person had.
    Kept(Creation),
    /// Nothing was made: these may be of the same person. None are told to whom may not see leads.
    Alike(Vec<Duplicate>),
}

impl super::Leads {
    /// Makes a lead. If its person is known, the command says whether what is new goes to their lead, which stays where it
    /// stands and with whom. A second try with the same key gets the answer of the first; what was not made uses up no key.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all faults; [`Error::Rule`] if its owner is beyond one's reach, or its
    /// person has a lead that is restricted; [`Error::Conflict`] if the key was used for something else.
    pub async fn create(&self, actor: &Actor, command: CreateLead) -> Result<Created, Error> {
        let scope = actor.permit(Permission::CreateLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let now = self.clock.now();
        let key = self.creation_key(&scope, command.key.as_ref(), now);
        if let Some(key) = &key {
            match tx.creations().earlier(key, now).await? {
                Earlier::None => {}
                Earlier::Same(made) => return Ok(Created::Kept(made)),
                Earlier::OtherBody => return Err(Error::Conflict("idempotency key")),
            }
        }
        let made = match self.make(&mut *tx, actor, &scope, command, now).await? {
            Created::Kept(made) => made,
            alike @ Created::Alike(_) => return Ok(alike),
        };
        if let Some(key) = &key {
            tx.creations().keep(key, &made).await?;
        }
        tx.outbox().append(&Event::LeadMade { lead: made.lead, first: made.is_new, by: scope.user() }, now).await?;
        tx.announce(Change::Lead(made.lead)).await?;
        tx.commit().await?;
        Ok(Created::Kept(made))
    }

    async fn make(
        &self,
        tx: &mut dyn TenantTx,
        actor: &Actor,
        scope: &TenantScope,
        command: CreateLead,
        now: Timestamp,
    ) -> Result<Created, Error> {
        let (new, message) = Beginning::read(tx, actor, &command.person, &command.message, &command.start).await?;
        // Asked in any case: of two who make the same person at once, the second waits and knows of the first.
        let known = tx.leads().find_person(new.person.email.as_ref(), new.person.phone.as_ref()).await?;
        refuse_restricted(tx, new.person.email.as_ref(), new.person.phone.as_ref()).await?;
        if command.if_known == IfKnown::Refuse {
            // Whoever is told that a person is known might as well read who is.
            let _may_read = actor.permit(Permission::ReadLeads)?;
            let alike = alike(tx, &new.person, None).await?;
            if !alike.is_empty() {
                return Ok(Created::Alike(alike));
            }
        }
        let made = match known.filter(|_| command.if_known == IfKnown::Append) {
            Some(lead) => self.add_to(tx, scope, lead, new, command.attribution, now).await?,
            None => self.open_for(tx, scope, new, command.legal_basis, command.attribution, now).await?,
        };
        if let Some(message) = message {
            tx.activities().insert(&self.entry(scope, made.lead, What::Noted(message), now)).await?;
        }
        Ok(Created::Kept(made))
    }

    /// Opens a lead of somebody who filled no form.
    pub(super) async fn open_for(
        &self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        new: Beginning,
        legal_basis: LegalBasis,
        attribution: Attribution,
        now: Timestamp,
    ) -> Result<Creation, Error> {
        let Beginning { person, tags, owner, pipeline } = new;
        let source = match scope.who() {
            Who::ApiKey(key) => Source::Api(key),
            Who::Member(..) => Source::Member,
            Who::Visitor(_) | Who::Asker | Who::Support(_) | Who::Product(_) => Source::Form,
        };
        let mut lead = Lead::make(self.ids.next(), person, source, legal_basis, &pipeline, now)?;
        (lead.first_touch, lead.last_touch) = (attribution.clone(), attribution);
        lead.owner = owner;
        lead.tag(tags);
        tx.leads().insert(&lead).await?;
        tx.activities().insert(&self.entry(scope, lead.id, What::Created, now)).await?;
        if let Some(to) = owner.filter(|to| scope.user() != Some(*to)) {
            let assigned = Event::LeadAssigned { lead: lead.id, to, by: scope.user() };
            tx.outbox().append(&assigned, now).await?;
        }
        Ok(Creation { lead: lead.id, version: lead.version, is_new: true })
    }

    async fn add_to(
        &self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        mut lead: Lead,
        new: Beginning,
        touch: Attribution,
        now: Timestamp,
    ) -> Result<Creation, Error> {
        let (mut filled, came_anew) = (lead.fill(new.person), lead.revisit(touch));
        if lead.tag_also(new.tags) {
            filled.push(LeadField::Tags);
        }
        if came_anew || !filled.is_empty() {
            tx.leads().update(&lead).await?;
            lead.version += 1;
        }
        if !filled.is_empty() {
            tx.activities().insert(&self.entry(scope, lead.id, What::Changed(filled), now)).await?;
        }
        Ok(Creation { lead: lead.id, version: lead.version, is_new: false })
    }

    pub(super) fn entry(&self, scope: &TenantScope, lead: LeadId, what: What, at: Timestamp) -> Activity {
        Activity { id: self.ids.next(), lead, at, author: scope.author(), what }
    }

    fn creation_key(&self, scope: &TenantScope, key: Option<&(String, String)>, now: Timestamp) -> Option<CreationKey> {
        let (Who::ApiKey(program), Some((key, body))) = (scope.who(), key) else { return None };
        let (key, body) = (self.tokens.digest(key), self.tokens.digest(body));
        Some(CreationKey { program, key, body, expires_at: now + KEY_MEMORY })
    }
}
