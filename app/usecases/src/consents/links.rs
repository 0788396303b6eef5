use std::sync::Arc;

use qualify_domain::{
    consent::{ConsentLink, LinkUse, Matter},
    id::SubmissionId,
};
use qualify_ports::{
    storage::TenantTx,
    time::{Clock, Ids},
    tokens::Tokens,
};
use secrecy::ExposeSecret;

use crate::reactions::Unfinished;

/// The links of a mail about a consent.
pub(crate) struct Links {
    /// What confirms it, and until when; none if it was not asked for or its time is over.
    pub confirm: Option<String>,
    /// What takes it back: every mail for a purpose that was agreed to carries one.
    pub withdraw: String,
}

/// Makes the links of mails about consents. The same mail, tried again, has the same links.
pub(crate) struct ConsentLinks<'a> {
    pub clock: &'a Arc<dyn Clock>,
    pub ids: &'a Arc<dyn Ids>,
    pub tokens: &'a Arc<dyn Tokens>,
    pub base_url: &'a str,
}

impl ConsentLinks<'_> {
    /// Both links about the consent that was given with a submission.
    pub(crate) async fn both(
        &self,
        tx: &mut dyn TenantTx,
        submission: SubmissionId,
        matter: Matter,
    ) -> Result<Links, Unfinished> {
        Ok(Links {
            confirm: self.address(tx, submission, matter, LinkUse::Confirm).await?,
            withdraw: self.withdrawal(tx, submission, matter).await?,
        })
    }

    /// The link that takes a consent back: the same in each mail, and good for years.
    pub(crate) async fn withdrawal(
        &self,
        tx: &mut dyn TenantTx,
        submission: SubmissionId,
        matter: Matter,
    ) -> Result<String, Unfinished> {
        let link = self.address(tx, submission, matter, LinkUse::Withdraw).await?;
        link.ok_or_else(|| Unfinished::Never("a consent cannot be taken back".to_owned()))
    }

    /// The address of a link that still works; it is made if there is none yet.
    async fn address(
        &self,
        tx: &mut dyn TenantTx,
        submission: SubmissionId,
        matter: Matter,
        link_use: LinkUse,
    ) -> Result<Option<String>, Unfinished> {
        let now = self.clock.now();
        let secret = match tx.consents().link(submission, matter, link_use).await? {
            Some((link, _)) if !link.is_live(now) => return Ok(None),
            Some((link, digest)) => self.tokens.derive_again(&link.seed(), &digest),
            None => {
                let link = ConsentLink::issue(self.ids.next(), submission, matter, link_use, now);
                let secret = self.tokens.derive(&link.seed());
                tx.consents().insert_link(&link, &self.tokens.digest(secret.expose_secret())).await?;
                Some(secret)
            }
        };
        let secret = secret.ok_or_else(|| Unfinished::Never("its key has left the ring".to_owned()))?;
        Ok(Some(format!("{}/c/{}", self.base_url, secret.expose_secret())))
    }
}
