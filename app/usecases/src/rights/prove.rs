use qualify_domain::{
    access::{Actor, Permission},
    language::Language,
    rights_request::{Right, SESSION_LIFE},
};
use qualify_ports::storage::{KeptRequest, TenantTx};
use secrecy::{ExposeSecret, SecretString};

use super::{Rights, fulfil::fulfil, serving};
use crate::{Broken, Error};

impl Rights {
    /// Which right the link of a mail is about, and in which language it was asked for. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn look(&self, asker: &Actor, link: &str) -> Result<(Right, Language), Error> {
        let mut tx = self.storage.tenant(&asker.permit(Permission::AskRights)?).await?;
        let found = tx.rights().find_link(&self.tokens.digest(link), self.clock.now()).await?;
        let kept = tx.rights().find(found.ok_or(Broken::LinkOver)?).await?.ok_or(Broken::LinkOver)?;
        Ok((kept.request.right, kept.language))
    }

    /// Takes it that whoever comes by the link has read the mail: uses the link up, serves what is served by itself, and
    /// tells a secret by which what is kept can be seen for a while. It goes along in forms, never in an address, and no
    /// other browser has it.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn prove(&self, asker: &Actor, link: &str) -> Result<SecretString, Error> {
        let now = self.clock.now();
        let (digest, session) = (self.tokens.digest(link), self.tokens.secret());
        let opened = self.tokens.digest(session.expose_secret());
        let organization = asker.permit(Permission::AskRights)?.organization();
        let mut tx = self.storage.tenant(&serving(organization)?).await?;
        let found = tx.rights().find_link(&digest, now).await?.ok_or(Broken::LinkOver)?;
        if !tx.rights().use_link(&digest, &opened, now + SESSION_LIFE, now).await? {
            return Err(Broken::LinkOver.into());
        }
        let mut kept = tx.rights().find(found).await?.ok_or(Broken::LinkOver)?;
        // Whoever has the link has read what was sent to the address of its request.
        let mailbox = kept.request.address().cloned().ok_or(Broken::LinkOver)?;
        // A member may have refused it meanwhile, for want of a proof.
        let proven = kept.request.prove_by_link(&mailbox, now).map_err(|_| Broken::LinkOver)?;
        let mut news = vec![proven];
        if fulfil(&mut *tx, &kept).await? {
            news.push(kept.request.answer(None, None, now)?);
        }
        self.keep(&mut *tx, &mut kept, &news).await?;
        tx.commit().await?;
        Ok(session)
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
