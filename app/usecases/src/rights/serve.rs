use qualify_domain::{
    access::{Actor, Permission},
    language::Language,
    rights_request::{Asker, LINK_LIFE, Right, RightsRequest},
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::storage::Wish;

use super::{Rights, fulfil::fulfil, serving};
use crate::{Broken, Error};

/// What somebody asks who has proven who they are.
#[derive(Debug)]
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
    /// whether it was.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if what the link opened is closed by now; [`Error::Invalid`] if nothing says what is to be mended;
    /// [`Error::TooOften`].
    pub async fn ask_further(&self, asker: &Actor, session: &str, command: Further) -> Result<bool, Error> {
        let Further { right, words, wish, language } = command;
        let organization = asker.permit(Permission::AskRights)?.organization();
        let scope = serving(organization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let address = self.proven(&mut *tx, session).await?.request.address().cloned().ok_or(Broken::LinkOver)?;
        drop(tx);
        if right == Right::Rectification && wish.is_empty() && words.is_none() {
            let mut faults = Violations::default();
            faults.add("words", Rule::Required);
            return Err(Error::Invalid(faults));
        }
        self.throttles.further_rights(&address, organization).await?;
        let mut tx = self.storage.tenant(&scope).await?;
        let now = self.clock.now();
        let (mut request, received) =
            RightsRequest::receive(self.ids.next(), right, Asker::Person(address.clone()), now);
        // The proof is the one that they came with: another link would show nothing new.
        request.ask_identity(None, now + LINK_LIFE, now)?;
        let mut news = vec![received, request.prove_by_link(&address, now)?];
        self.enter(&mut *tx, request.clone(), (language, words, wish), &[]).await?;
        let mut kept = tx.rights().find(request.id).await?.ok_or(Error::NotFound("rights request"))?;
        let is_served = fulfil(&mut *tx, &kept).await?;
        if is_served {
            news.push(kept.request.answer(None, None, now)?);
        }
        self.keep(&mut *tx, &mut kept, &news).await?;
        tx.commit().await?;
        Ok(is_served)
    }
}
