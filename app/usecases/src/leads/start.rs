//! With what a new lead begins: who it is, what is to be noted, and where it stands with whom.

use qualify_domain::{
    access::{Actor, Permission},
    id::{PipelineId, UserId},
    organization::Member,
    person::{Person, WrittenPerson},
    pipeline::{Pipeline, Pipelines},
    property::Property,
    text::{Message, Tag},
    violation::{Rule, Violations},
};
use qualify_ports::storage::TenantTx;

use super::change::read_tags;
use crate::{Broken, Error};

/// Who works on a new lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstOwner {
    /// The member who makes it; nobody, if a program does.
    #[default]
    Maker,
    /// Nobody yet: it waits in the queue.
    Nobody,
    /// That member, within the reach of whoever makes it.
    Member(UserId),
}

/// With what a new lead begins beside its person.
#[derive(Clone, Debug, Default)]
pub struct LeadStart {
    /// The words by which it is grouped.
    pub tags: Vec<String>,
    /// Who works on it.
    pub owner: FirstOwner,
    /// The pipeline whose first open stage it enters; none is the organization's first.
    pub pipeline: Option<PipelineId>,
}

/// What there is to choose from for a new lead.
#[derive(Debug)]
pub struct LeadChoices {
    /// What the organization itself wants to know, with what is out of use.
    pub properties: Vec<Property>,
    /// The members, of whom some may work on it.
    pub members: Vec<Member>,
    /// Where it can stand.
    pub pipelines: Pipelines,
}

impl super::Leads {
    /// What there is to choose from for a new lead.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn choices(&self, actor: &Actor) -> Result<LeadChoices, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(LeadChoices {
            properties: tx.properties().list().await?,
            members: tx.members().list().await?,
            pipelines: tx.pipelines().all().await?,
        })
    }
}

/// With what a new lead begins, as it was read.
pub(super) struct Beginning {
    pub person: Person,
    pub tags: Vec<Tag>,
    pub owner: Option<UserId>,
    pub pipeline: Pipeline,
}

impl Beginning {
    /// Reads what was written of a new lead, and its first note. All faults are told at once; that somebody may not give
    /// it to its owner is told once there are no others.
    pub async fn read(
        tx: &mut dyn TenantTx,
        actor: &Actor,
        person: &WrittenPerson,
        message: &str,
        start: &LeadStart,
    ) -> Result<(Self, Option<Message>), Error> {
        let language = tx.organizations().own().await?.language;
        let own = tx.properties().list().await?;
        let mut faults = Violations::default();
        let person = Person::parse(person, &own, language, &mut faults);
        let message = faults.keep("message", Message::parse_optional(message)).flatten();
        let tags = read_tags(&start.tags, &mut faults);
        let pipeline = find_pipeline(tx, start.pipeline, &mut faults).await?;
        let owner = find_owner(tx, actor, start.owner, &mut faults).await?;
        let pipeline = faults.or(pipeline)?;
        Ok((Self { person, tags, owner, pipeline }, message))
    }
}

async fn find_pipeline(
    tx: &mut dyn TenantTx,
    wish: Option<PipelineId>,
    faults: &mut Violations,
) -> Result<Option<Pipeline>, Error> {
    let Some(id) = wish else {
        return Ok(Some(tx.pipelines().first().await?.ok_or(Error::NotFound("pipeline"))?));
    };
    let all = tx.pipelines().all().await?;
    Ok(faults.keep("pipeline", all.get(id).cloned().ok_or(Rule::NotAChoice)))
}

/// Whoever makes a lead may always work on it; to give it to another is to assign it.
async fn find_owner(
    tx: &mut dyn TenantTx,
    actor: &Actor,
    wish: FirstOwner,
    faults: &mut Violations,
) -> Result<Option<UserId>, Error> {
    let owner = match wish {
        FirstOwner::Maker => actor.user(),
        FirstOwner::Nobody => None,
        FirstOwner::Member(user) => Some(user),
    };
    if owner == actor.user() {
        return Ok(owner);
    }
    if !actor.permit(Permission::AssignLead)?.may_give_to(owner) {
        return if faults.is_empty() { Err(Broken::Assignment.into()) } else { Ok(None) };
    }
    let Some(user) = owner else { return Ok(None) };
    // Held, so that nobody is given a lead while they are removed.
    tx.members().hold().await?;
    if tx.members().find(user).await?.is_none() {
        faults.add("owner", Rule::NotAChoice);
    }
    Ok(owner)
}
