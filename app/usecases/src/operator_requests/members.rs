//! The part of the list that is the operator's to answer: what members ask about their own accounts (DSR-1). It is answered, extended
//! and refused as an organization does with what the people in its leads ask (DSR-4, DSR-7).

use qualify_domain::{
    event::Event,
    id::{EventId, RightsRequestId},
    member_request::MemberRequest,
    rights_request::{By, Refusal, RightsError, RightsRequest},
    text::Message,
    user::User,
};
use qualify_ports::{
    mailer::Message as Mail,
    storage::{PlatformTask, PlatformTx, Storage, StorageError},
    time::{Clock, Id},
};

use super::OperatorRequests;
use crate::{Error, Options, letter::Letter, reactions::Unfinished};

impl OperatorRequests {
    /// What members asked that waits for an answer, or of which a mail did not go; the most urgent first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn of_members(&self) -> Result<Vec<MemberRequest>, Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        Ok(tx.member_requests().waiting().await?)
    }

    /// One of them, with whoever asked.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such request; [`Error::Failed`].
    pub async fn of_member(&self, id: RightsRequestId) -> Result<(MemberRequest, Option<User>), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let asked = tx.member_requests().find(id).await?.ok_or(Error::NotFound("request"))?;
        let user = match asked.asker() {
            Some(user) => tx.accounts().user(user).await?,
            None => None,
        };
        Ok((asked, user))
    }

    /// Answers one. Whoever asked sees it on their page, and is mailed of it by [`Self::acknowledge`].
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] if nobody waits for it any more; [`Error::Failed`].
    pub async fn answer(&self, id: RightsRequestId, words: Option<Message>) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(id, |request| request.answer(By::Operator, words, now)).await
    }

    /// Takes more time to answer one, once and with reasons (DSR-4).
    ///
    /// # Errors
    /// As [`Self::answer`]; [`Broken::Rights`](crate::Broken::Rights) if it is too late, or was done before.
    pub async fn extend(&self, id: RightsRequestId, reasons: Message) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(id, |request| request.extend(By::Operator, reasons, now)).await
    }

    /// Refuses one for a reason that the law knows (DSR-7).
    ///
    /// # Errors
    /// As [`Self::answer`]; [`Broken::Rights`](crate::Broken::Rights) for a reason that does not fit the right.
    pub async fn refuse(&self, id: RightsRequestId, reason: Refusal, words: Option<Message>) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(id, |request| request.refuse(By::Operator, reason, words, now)).await
    }

    async fn step(
        &self,
        id: RightsRequestId,
        step: impl FnOnce(&mut RightsRequest) -> Result<Event, RightsError> + Send,
    ) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let mut asked = tx.member_requests().find(id).await?.ok_or(Error::NotFound("request"))?;
        if !asked.is_open() {
            return Err(Error::Conflict("request"));
        }
        // No worker need hear of it: whoever took the step mails it.
        let _moved = step(&mut asked.request)?;
        asked.told_at = None;
        tx.member_requests().keep(&asked).await?;
        Ok(tx.commit().await?)
    }

    /// Mails whoever asked of its last step; of one that they were told before, nothing goes.
    pub(super) async fn tell_member(&self, id: RightsRequestId) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        tx.member_requests().find(id).await?.ok_or(Error::NotFound("request"))?;
        let due = mail_due(&mut *tx, id, &self.options).await.map_err(|error| Error::Failed(error.into()))?;
        drop(tx);
        let Some((mail, step)) = due else { return Ok(()) };
        self.mailer.send(&mail).await.map_err(|error| Error::Failed(error.into()))?;
        Ok(keep_told(&*self.storage, &*self.clock, (id, step)).await?)
    }
}

/// The mail that whoever asked is to have of the last step, and how many steps there are by then; none if they had it.
pub(crate) async fn mail_due(
    tx: &mut dyn PlatformTx,
    id: RightsRequestId,
    options: &Options,
) -> Result<Option<(Mail, usize)>, Unfinished> {
    let asked = tx.member_requests().find(id).await?.filter(MemberRequest::is_untold);
    let Some((asked, user)) = asked.and_then(|asked| asked.asker().map(|user| (asked, user))) else {
        return Ok(None);
    };
    let Some(user) = tx.accounts().user(user).await? else { return Ok(None) };
    let Some(letter) = Letter::member_request(&asked.request, user.language, options) else { return Ok(None) };
    let steps = asked.request.steps.len();
    let mail = letter.to(mail_id(id, steps), &user.email, &user.first_name, &user.last_name)?;
    Ok(Some((mail, steps)))
}

/// Keeps that whoever asked was told, unless it took another step meanwhile.
pub(crate) async fn keep_told(
    storage: &dyn Storage,
    clock: &dyn Clock,
    (id, steps): (RightsRequestId, usize),
) -> Result<(), StorageError> {
    let mut tx = storage.platform(PlatformTask::TendRequests).await?;
    if let Some(mut asked) = tx.member_requests().find(id).await?
        && asked.request.steps.len() == steps
    {
        asked.told_at = Some(clock.now());
        tx.member_requests().keep(&asked).await?;
    }
    tx.commit().await
}

/// The id of a mail about a request: a second try is the same mail.
pub(crate) fn mail_id(request: RightsRequestId, number: usize) -> EventId {
    EventId::from_bits(request.0.as_u128().wrapping_add(u128::try_from(number).unwrap_or_default()))
}
