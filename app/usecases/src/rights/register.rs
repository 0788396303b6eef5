use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Permission},
    deadline::paris_day,
    event::Event,
    id::{RightsRequestId, UserId},
    lead::Lead,
    organization::Member,
    rights_request::{Refusal, Right, RightsError, RightsRequest, State},
    text::{Email, Message},
    violation::{Rule, Violations},
};
use qualify_ports::storage::{KeptRequest, RequestList};

use super::Rights;
use crate::Error;

/// Nobody enters a letter that is older.
const OLDEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(365 * 24);
/// So many requests are shown at once.
const SHOWN: u16 = 50;

/// A part of the register.
#[derive(Debug)]
pub struct Register {
    /// The requests.
    pub requests: Vec<KeptRequest>,
    /// How many come before the next part, if there is one.
    pub next: Option<u32>,
    /// The members who may have answered.
    pub members: Vec<Member>,
}

/// A request, with what is needed to answer it.
#[derive(Debug)]
pub struct RequestFile {
    /// The request.
    pub kept: KeptRequest,
    /// The members who may have taken its steps.
    pub members: Vec<Member>,
    /// The leads of whoever asks, as long as it waits.
    pub leads: Vec<Lead>,
}

/// A request that came by letter or by telephone.
#[derive(Debug)]
pub struct NewRequest {
    /// Where whoever asks is reached.
    pub address: Email,
    /// Which right they make use of.
    pub right: Right,
    /// On which day it came.
    pub received_on: Date,
    /// What they said about it.
    pub words: Option<Message>,
}

impl Rights {
    /// A part of the register.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn register(&self, actor: &Actor, which: RequestList, skip: u32) -> Result<Register, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        let mut requests = tx.rights().list(which, skip, SHOWN + 1).await?;
        let is_more = requests.len() > usize::from(SHOWN);
        requests.truncate(usize::from(SHOWN));
        let next = is_more.then(|| skip.saturating_add(u32::from(SHOWN)));
        Ok(Register { requests, next, members: tx.members().list().await? })
    }

    /// One request of the register.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: RightsRequestId) -> Result<RequestFile, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        let kept = tx.rights().find(id).await?.ok_or(Error::NotFound("rights request"))?;
        let mut leads = Vec::new();
        if let (State::Open, Some(address)) = (kept.request.state(), kept.request.address()) {
            let sure = tx.people().leads_of(address).await?;
            for lead in sure.into_iter().chain(tx.people().unsure_of(address).await?) {
                leads.extend(tx.leads().find(lead).await?);
            }
        }
        Ok(RequestFile { kept, members: tx.members().list().await?, leads })
    }

    /// Takes in a request that came by letter or by telephone; whoever asks is sent the link.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for a day that has not come yet or is a year ago; [`Error::TooOften`].
    pub async fn take_in(&self, actor: &Actor, command: NewRequest) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let now = self.clock.now();
        // At noon it is the same day in Paris.
        let noon = jiff::tz::TimeZone::UTC.to_timestamp(command.received_on.at(12, 0, 0, 0)).unwrap_or(now);
        let today = paris_day(now);
        let is_old = command.received_on < today.saturating_sub(OLDEST);
        if command.received_on > today || is_old {
            let mut faults = Violations::default();
            faults.add("received_on", Rule::NotADate);
            return Err(Error::Invalid(faults));
        }
        self.throttles.further_rights(&command.address, scope.organization()).await?;
        let mut tx = self.storage.tenant(&scope).await?;
        let language = tx.organizations().own().await?.language;
        let asked = (command.right, command.address);
        self.receive(&mut *tx, asked, (language, command.words), (noon.min(now), scope.user())).await?;
        Ok(tx.commit().await?)
    }

    /// Takes more time to answer a request; whoever asks is told, and why (DSR-4).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Broken::Rights`](crate::Broken::Rights) if it takes no such step.
    pub async fn extend(&self, actor: &Actor, id: RightsRequestId, reasons: Message) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(actor, id, |request, member| request.extend(member, reasons, now)).await
    }

    /// Answers a request; whoever asks is told.
    ///
    /// # Errors
    /// As [`Self::extend`].
    pub async fn answer(&self, actor: &Actor, id: RightsRequestId, words: Option<Message>) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(actor, id, |request, member| request.answer(Some(member), words, now)).await
    }

    /// Refuses a request for one of the reasons that the law knows; whoever asks is told, and what they can do (DSR-7).
    ///
    /// # Errors
    /// As [`Self::extend`].
    pub async fn refuse(
        &self,
        actor: &Actor,
        id: RightsRequestId,
        reason: Refusal,
        words: Option<Message>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(actor, id, |request, member| request.refuse(member, reason, words, now)).await
    }

    async fn step(
        &self,
        actor: &Actor,
        id: RightsRequestId,
        step: impl FnOnce(&mut RightsRequest, UserId) -> Result<Event, RightsError> + Send,
    ) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let member = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut kept = tx.rights().find(id).await?.ok_or(Error::NotFound("rights request"))?;
        let event = step(&mut kept.request, member)?;
        self.keep(&mut *tx, &mut kept, &[event]).await?;
        Ok(tx.commit().await?)
    }
}
