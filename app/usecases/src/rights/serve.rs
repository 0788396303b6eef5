use qualify_domain::{
    access::{Actor, Permission},
    id::OrganizationId,
    language::Language,
    rights_request::{Asker, LINK_LIFE, Right, RightsRequest},
    text::{Email, Message},
    violation::{Rule, Violations},
};
use qualify_ports::storage::Wish;

use super::{Rights, fulfil::Served, serving};
use crate::{Broken, Error, leads::again_if_stale};

/// What somebody asks who has proven who they are.
#[derive(Clone, Debug)]
pub struct Further {
    /// Which right they make use of.
    pub right: Right,
    /// What they say about it.
    pub words: Option<Message>,
    /// What they want to have mended, if it is that.
    pub wish: Wish,
    /// The language they read.
    pub language: Language,
}

impl Rights {
    /// Takes a further request in from somebody who came in by a link, and serves it if it is served by itself; tells
    /// what became of it.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if what the link opened is closed by now; [`Error::Invalid`] if nothing says what is to be mended;
    /// [`Error::TooOften`]; [`Error::Stale`] if what is known of the person changes all the time.
    pub async fn ask_further(&self, asker: &Actor, session: &str, command: Further) -> Result<Served, Error> {
        let organization = asker.permit(Permission::AskRights)?.organization();
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        let address = self.proven(&mut *tx, session).await?.request.address().cloned().ok_or(Broken::LinkOver)?;
        drop(tx);
        if command.right == Right::Rectification && command.wish.is_empty() && command.words.is_none() {
            return Err(Violations::one("words", Rule::Required).into());
        }
        self.throttles.further_rights(&address, organization).await?;
        again_if_stale(|| self.try_further(organization, session, (&address, command.clone()))).await
    }

    async fn try_further(
        &self,
        organization: OrganizationId,
        session: &str,
        (address, command): (&Email, Further),
    ) -> Result<Served, Error> {
        let Further { right, words, wish, language } = command;
        let prepared = self.prepare(organization, right, address).await?;
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        tx.lead_batches().hold_people(&[address.normalized()], &[]).await?;
        // Nothing is entered of somebody who was erased meanwhile.
        self.proven(&mut *tx, session).await?.request.address().ok_or(Broken::LinkOver)?;
        let now = self.clock.now();
        let (mut request, received) =
            RightsRequest::receive(self.ids.next(), right, Asker::Person(address.clone()), now);
        // The proof is the one that they came with: another link would show nothing new.
        request.ask_identity(None, now + LINK_LIFE, now)?;
        let proven = request.prove_by_link(address, now)?;
        let mut kept = self.enter(&mut *tx, request, (language, words, wish), None, &[received, proven]).await?;
        let served = self.serve(&mut *tx, organization, &mut kept, (address, &prepared)).await?;
        tx.commit().await?;
        Ok(served)
    }
}
