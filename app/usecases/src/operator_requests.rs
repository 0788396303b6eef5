//! What people ask of the operator by right, and is an organization's to answer (DSR-2): registered with its two working days,
//! acknowledged, and passed on into the organization's register. What members ask about their own accounts stands here too, and is
//! answered here. What is done here needs the configuration of the
//! installation, and no account: no member comes by it. Whether anything is kept of whoever asked is looked up nowhere.

mod members;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    id::{EventId, OrganizationId, RightsRequestId},
    language::Language,
    operator_request::{OperatorRequest, Passage, Sender},
    rights_request::Right,
    slug::Slug,
};
use qualify_ports::{
    mailer::Mailer,
    storage::{PlatformTask, PlatformTx, Storage},
    time::{Clock, Ids},
};

pub(crate) use self::members::{keep_told, mail_due, mail_id};
use crate::{Error, Options, Ports, letter::Letter, marking::Marking};

/// What reached the operator.
#[derive(Clone, Debug)]
pub struct RegisterRequest {
    /// Which right they make use of.
    pub right: Right,
    /// The language in which they are written to.
    pub language: Language,
    /// Who asked, and what they said.
    pub sender: Sender,
    /// When the operator received it.
    pub received_at: Timestamp,
}

/// The operator's list: requests that are an organization's to answer, and those of members about their own accounts.
#[derive(Clone)]
pub struct OperatorRequests {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    mailer: Arc<dyn Mailer>,
    options: Options,
}

impl OperatorRequests {
    /// The list that is kept there.
    pub fn new(ports: &Ports, options: Options) -> Self {
        let (storage, clock) = (ports.storage.clone(), ports.clock.clone());
        Self { storage, clock, ids: ports.ids.clone(), mailer: Marking::of(ports), options }
    }

    /// Those that stand in no register yet, the most urgent first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn waiting(&self) -> Result<Vec<OperatorRequest>, Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        Ok(tx.operator_requests().waiting().await?)
    }

    /// Registers a request of which it is not known yet whose it is. Whoever asked is told by [`Self::acknowledge`].
    ///
    /// # Errors
    /// [`Error::Invalid`] at `received`; [`Error::Failed`].
    pub async fn receive(&self, command: RegisterRequest) -> Result<OperatorRequest, Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let request = self.enter(&mut *tx, command).await?;
        tx.commit().await?;
        Ok(request)
    }

    /// Tells whoever asked that their request came, and that it is passed on. Once it stands in a register, they were told. A
    /// member who asked about their own account is told of its last step.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such request, or nobody to tell any more; [`Error::Failed`] if no mail goes.
    pub async fn acknowledge(&self, id: RightsRequestId) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let Some(request) = tx.operator_requests().find(id).await? else {
            drop(tx);
            return self.tell_member(id).await;
        };
        let sender = request.sender().ok_or(Error::NotFound("request"))?;
        let letter = Letter::request_received(&request, &self.options);
        let mail = letter.to_address(EventId(id.0), &sender.address).map_err(|error| Error::Failed(error.into()))?;
        drop(tx);
        self.mailer.send(&mail).await.map_err(|error| Error::Failed(error.into()))?;
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        tx.operator_requests().acknowledge(id, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Registers a request and passes it on to the organization of that word, which acknowledges it with the link by which
    /// whoever asked proves who they are.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such organization: nothing is registered then; [`Error::Invalid`] at `received`;
    /// [`Error::Failed`].
    pub async fn register_for(&self, command: RegisterRequest, slug: &Slug) -> Result<RightsRequestId, Error> {
        let home = self.organization(slug).await?;
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let request = self.enter(&mut *tx, command).await?;
        self.pass(tx, request.id, home).await?;
        Ok(request.id)
    }

    /// Passes on what was registered.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such request or organization; [`Error::Conflict`] if it was passed on before, or is
    /// closed; [`Error::Failed`].
    pub async fn pass_on(&self, id: RightsRequestId, slug: &Slug) -> Result<(), Error> {
        let home = self.organization(slug).await?;
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        let request = tx.operator_requests().find(id).await?.ok_or(Error::NotFound("request"))?;
        if !matches!(request.passage, Passage::Waiting(_)) {
            return Err(Error::Conflict("request"));
        }
        self.pass(tx, id, home).await
    }

    /// Closes what is no organization's, and forgets who asked.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] if it was passed on or closed before; [`Error::Failed`].
    pub async fn close(&self, id: RightsRequestId) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendRequests).await?;
        tx.operator_requests().find(id).await?.ok_or(Error::NotFound("request"))?;
        if !tx.operator_requests().close(id, self.clock.now()).await? {
            return Err(Error::Conflict("request"));
        }
        Ok(tx.commit().await?)
    }

    async fn enter(&self, tx: &mut dyn PlatformTx, command: RegisterRequest) -> Result<OperatorRequest, Error> {
        let RegisterRequest { right, language, sender, received_at } = command;
        let now = self.clock.now();
        let request = OperatorRequest::register(self.ids.next(), (right, language), sender, received_at, now)?;
        tx.operator_requests().insert(&request, now).await?;
        Ok(request)
    }

    async fn pass(&self, mut tx: Box<dyn PlatformTx>, id: RightsRequestId, home: OrganizationId) -> Result<(), Error> {
        if !tx.operator_requests().pass_on(id, home, self.clock.now()).await? {
            return Err(Error::Conflict("request"));
        }
        Ok(tx.commit().await?)
    }

    async fn organization(&self, slug: &Slug) -> Result<OrganizationId, Error> {
        let mut tx = self.storage.platform(PlatformTask::ResolveOrganization).await?;
        tx.directory().resolve_organization(slug).await?.ok_or(Error::NotFound("organization"))
    }
}

/// How many requests that reached the operator should stand in an organization's register by now and do not (DSR-2).
///
/// # Errors
/// [`Error::Failed`] if the storage does.
pub async fn overdue_operator_requests(storage: Arc<dyn Storage>, clock: &dyn Clock) -> Result<u64, Error> {
    let mut tx = storage.platform(PlatformTask::ReadRetention).await?;
    Ok(tx.operator_requests().overdue(clock.now()).await?)
}
