use std::collections::BTreeSet;

use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission},
    circumstances::Circumstances,
    event::Event,
    id::UserId,
    language::Language,
    rights_request::{Asker, LINK_LIFE, LINK_LIFE_BY_MEMBER, Right, RightsRequest},
    text::{Email, Message},
};
use qualify_ports::storage::{KeptRequest, RightsLink, TenantTx, Wish};
use secrecy::ExposeSecret;

use super::{Rights, link_seed};
use crate::Error;

/// Somebody asks what is theirs by right.
#[derive(Debug)]
pub struct AskRight {
    /// Where they are reached.
    pub address: Email,
    /// Which right they make use of.
    pub right: Right,
    /// What they say about it.
    pub words: Option<Message>,
    /// The language they read.
    pub language: Language,
    /// From where it came.
    pub from: Circumstances,
}

impl Rights {
    /// Takes a request in, and has a link sent by which whoever asks proves that the address is theirs. Nothing is looked up:
    /// it is the same work whether the address is known or not (DSR-2).
    ///
    /// # Errors
    /// [`Error::TooOften`]: five an hour for one address, twenty from one source.
    pub async fn ask(&self, asker: &Actor, command: AskRight) -> Result<(), Error> {
        let scope = asker.permit(Permission::AskRights)?;
        self.throttles.rights(&command.address, &command.from).await?;
        let AskRight { address, right, words, language, .. } = command;
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope).await?;
        self.receive(&mut *tx, (right, address), (language, words), (now, None)).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps a new request with its link, which is mailed afterwards.
    pub(super) async fn receive(
        &self,
        tx: &mut dyn TenantTx,
        (right, address): (Right, Email),
        (language, words): (Language, Option<Message>),
        (received_at, member): (Timestamp, Option<UserId>),
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let ends_at = now + if member.is_some() { LINK_LIFE_BY_MEMBER } else { LINK_LIFE };
        let (mut request, received) =
            RightsRequest::receive(self.ids.next(), right, Asker::Person(address), received_at);
        let asked = request.ask_identity(member, ends_at, now)?;
        let secret = self.tokens.derive(&link_seed(request.id));
        let digest = self.tokens.digest(secret.expose_secret());
        let link = RightsLink { request: request.id, digest, ends_at };
        self.enter(tx, request, (language, words, Wish::default()), None, &[received, asked]).await?;
        Ok(tx.rights().insert_link(&link).await?)
    }

    /// Enters a request into the register.
    pub(super) async fn enter(
        &self,
        tx: &mut dyn TenantTx,
        request: RightsRequest,
        (language, words, wish): (Language, Option<Message>, Wish),
        passed_on_at: Option<Timestamp>,
        news: &[Event],
    ) -> Result<KeptRequest, Error> {
        let told = BTreeSet::new();
        let next_at = request.next_moment(&told);
        let kept = KeptRequest { request, language, words, wish, told, passed_on_at, next_at, version: 1 };
        tx.rights().insert(&kept).await?;
        for event in news {
            tx.outbox().append(event, self.clock.now()).await?;
        }
        Ok(kept)
    }
}
