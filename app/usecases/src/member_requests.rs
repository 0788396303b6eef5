//! What members ask of the operator about their own account (DSR-1): they object to something that is done with their data, or want
//! them kept and not used. One of each waits at a time; they see what became of it, and may take it back. The operator answers
//! through [`OperatorRequests`](crate::OperatorRequests).

use std::sync::Arc;

use qualify_domain::{
    access::Permission, event::Event, id::RightsRequestId, member_request::MemberRequest, rights_request::Right,
    text::Message,
};
use qualify_ports::{
    storage::{PlatformTask, Storage, StorageError},
    time::{Clock, Ids},
};

use crate::{Error, Ports, SignedIn, throttles::Throttles};

/// What members ask of the operator about their own account.
#[derive(Clone)]
pub struct MemberRequests {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    throttles: Throttles,
}

impl MemberRequests {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            throttles: Throttles::new(ports),
        }
    }

    /// All that a member asked, the latest first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn of(&self, member: &SignedIn) -> Result<Vec<MemberRequest>, Error> {
        let mut tx = self.storage.platform(PlatformTask::AskOperator).await?;
        Ok(tx.member_requests().of_user(member.user).await?)
    }

    /// Asks the operator. The member is mailed that it came and by when it is answered, and the operator that it waits.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::Rights`](crate::Broken::Rights) for a right that the page itself serves, or with a proof
    /// that is too old; [`Error::Conflict`] while another of its kind waits; [`Error::TooOften`].
    pub async fn ask(&self, member: &SignedIn, right: Right, words: Message) -> Result<RightsRequestId, Error> {
        let scope = member.actor.permit(Permission::SecureAccount)?;
        let now = self.clock.now();
        let asked = MemberRequest::ask(self.ids.next(), right, (member.user, member.proof), words, now)?;
        self.throttles.member_request(member.user).await?;
        let mut tx = self.storage.platform(PlatformTask::AskOperator).await?;
        tx.member_requests().insert(&asked, member.language).await.map_err(|error| match error {
            StorageError::Conflict => Error::Conflict("request"),
            error => error.into(),
        })?;
        let mut tx = tx.into_tenant(&scope).await?;
        // Each goes by itself: a mailbox that refuses the one keeps back no other.
        let (request, user) = (asked.request.id, member.user);
        for event in [Event::OperatorAsked { request, user }, Event::MemberReceiptDue { request, user }] {
            tx.outbox().append(&event, now).await?;
        }
        tx.commit().await?;
        Ok(asked.request.id)
    }

    /// Takes back what they asked by that right and waits still, and forgets what was said.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if nothing waits; [`Broken::Rights`](crate::Broken::Rights) if it was answered
    /// at the same moment.
    pub async fn withdraw(&self, member: &SignedIn, right: Right) -> Result<(), Error> {
        let scope = member.actor.permit(Permission::SecureAccount)?;
        let mut tx = self.storage.platform(PlatformTask::AskOperator).await?;
        let of_user = tx.member_requests().of_user(member.user).await?;
        let waits = of_user.into_iter().find(|asked| asked.request.right == right && asked.is_open());
        let id = waits.ok_or(Error::NotFound("request"))?.request.id;
        let mut asked = tx.member_requests().find(id).await?.ok_or(Error::NotFound("request"))?;
        asked.withdraw(member.user, self.clock.now())?;
        tx.member_requests().keep(&asked).await?;
        let tx = tx.into_tenant(&scope).await?;
        Ok(tx.commit().await?)
    }

    /// How many the operator should have answered by now, for whoever watches over the installation (DSR-6).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn overdue(&self) -> Result<u64, Error> {
        overdue_member_requests(self.storage.clone(), &*self.clock).await
    }
}

/// How many requests of members the operator should have answered by now (DSR-6).
///
/// # Errors
/// [`Error::Failed`] if the storage does.
pub async fn overdue_member_requests(storage: Arc<dyn Storage>, clock: &dyn Clock) -> Result<u64, Error> {
    let mut tx = storage.platform(PlatformTask::ReadRetention).await?;
    Ok(tx.member_requests().overdue(clock.now()).await?)
}
