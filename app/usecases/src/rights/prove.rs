use qualify_domain::{
    access::{Actor, Permission},
    id::{OrganizationId, RightsRequestId},
    language::Language,
    rights_request::{Right, SESSION_LIFE},
    text::Email,
};
use qualify_ports::storage::{KeptRequest, TenantTx};
use secrecy::{ExposeSecret, SecretString};

use super::{Rights, fulfil::Served, serving};
use crate::{
    Broken, Error,
    leads::{Prepared, again_if_stale},
};

/// What the link of a mail asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightsQuestion {
    /// Which right it is about.
    pub right: Right,
    /// In which language it was asked for.
    pub language: Language,
    /// Whether all that is kept goes the moment it is confirmed.
    pub erases: bool,
}

/// What the link of a mail opened.
#[derive(Debug)]
pub enum Opened {
    /// What is kept: it is seen by this secret.
    What(SecretString),
    /// Nothing, because the request erased it.
    Nothing,
}

impl Rights {
    /// What the link of a mail asks. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn look(&self, asker: &Actor, link: &str) -> Result<RightsQuestion, Error> {
        let mut tx = self.storage.tenant(&asker.permit(Permission::AskRights)?).await?;
        let found = tx.rights().find_link(&self.tokens.digest(link), self.clock.now()).await?;
        let kept = tx.rights().find(found.ok_or(Broken::LinkOver)?).await?.ok_or(Broken::LinkOver)?;
        let right = kept.request.right;
        let erases = right == Right::Erasure && tx.rights().policy().await?.is_automatic(right);
        Ok(RightsQuestion { right, language: kept.language, erases })
    }

    /// Takes it that whoever comes by the link has read the mail: uses the link up, serves what is served by itself, and
    /// tells a secret by which what is kept can be seen for a while. It goes along in forms, never in an address, and no
    /// other browser has it.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it; [`Error::Stale`] if what is known of the person changes all the time.
    pub async fn prove(&self, asker: &Actor, link: &str) -> Result<Opened, Error> {
        again_if_stale(|| self.try_prove(asker, link)).await
    }

    async fn try_prove(&self, asker: &Actor, link: &str) -> Result<Opened, Error> {
        let now = self.clock.now();
        let (digest, session) = (self.tokens.digest(link), self.tokens.secret());
        let opened = self.tokens.digest(session.expose_secret());
        let organization = asker.permit(Permission::AskRights)?.organization();
        let (right, address) = self.asked_by(organization, &digest).await?;
        let prepared = self.prepare(organization, right, &address).await?;
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        let found = tx.rights().find_link(&digest, now).await?.ok_or(Broken::LinkOver)?;
        self.hold_asker(&mut *tx, found).await?;
        if !tx.rights().use_link(&digest, &opened, now + SESSION_LIFE, now).await? {
            return Err(Broken::LinkOver.into());
        }
        let mut kept = tx.rights().find(found).await?.ok_or(Broken::LinkOver)?;
        // Whoever has the link has read what was sent to the address of its request.
        let mailbox = kept.request.address().cloned().ok_or(Broken::LinkOver)?;
        // A member may have refused it meanwhile, for want of a proof.
        let proven = kept.request.prove_by_link(&mailbox, now).map_err(|_| Broken::LinkOver)?;
        self.keep(&mut *tx, &mut kept, &[proven]).await?;
        let served = self.serve(&mut *tx, organization, &mut kept, (&mailbox, &prepared)).await?;
        tx.commit().await?;
        Ok(if served == Served::Erased { Opened::Nothing } else { Opened::What(session) })
    }

    /// What the link asks, and for whom.
    async fn asked_by(&self, organization: OrganizationId, link: &[u8; 32]) -> Result<(Right, Email), Error> {
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        let found = tx.rights().find_link(link, self.clock.now()).await?.ok_or(Broken::LinkOver)?;
        let kept = tx.rights().find(found).await?.ok_or(Broken::LinkOver)?;
        let address = kept.request.address().cloned().ok_or(Broken::LinkOver)?;
        Ok((kept.request.right, address))
    }

    /// Keeps others from erasing whoever asked and from taking anything in of them, before the request itself is held: in the
    /// order in which an erasure holds them.
    async fn hold_asker(&self, tx: &mut dyn TenantTx, request: RightsRequestId) -> Result<Email, Error> {
        let kept = tx.rights().find(request).await?.ok_or(Broken::LinkOver)?;
        let address = kept.request.address().cloned().ok_or(Broken::LinkOver)?;
        tx.lead_batches().hold_people(&[address.normalized()], &[]).await?;
        Ok(address)
    }

    /// Serves a request that is kept with its proof, and answers it if it was.
    pub(super) async fn serve(
        &self,
        tx: &mut dyn TenantTx,
        organization: OrganizationId,
        kept: &mut KeptRequest,
        whom: (&Email, &Prepared),
    ) -> Result<Served, Error> {
        let served = self.fulfil(tx, organization, kept, whom).await?;
        if served == Served::Done {
            let answered = kept.request.answer(None, None, self.clock.now())?;
            self.keep(tx, kept, &[answered]).await?;
        }
        Ok(served)
    }

    /// The request by whose link somebody came in, as long as what it opened is open.
    ///
    /// # Errors
    /// [`Broken::LinkOver`].
    pub(super) async fn proven(&self, tx: &mut dyn TenantTx, session: &str) -> Result<KeptRequest, Error> {
        let digest = self.tokens.digest(session);
        let found = tx.rights().find_session(&digest, self.clock.now()).await?.ok_or(Broken::LinkOver)?;
        Ok(tx.rights().find(found).await?.ok_or(Broken::LinkOver)?)
    }
}
