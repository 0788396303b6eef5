use qualify_domain::{
    consent::{About, ConsentEvent, Kind, LinkUse, Method, Standing, State},
    id::OrganizationId,
};
use qualify_ports::{live::Change, storage::TenantTx};

use super::{ConsentQuestion, Found, end, question};
use crate::{Broken, Error};

impl super::Consents {
    /// Does what a link is for: confirms the consent, once, or takes it back, as often as one likes.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn answer(&self, link: &str) -> Result<ConsentQuestion, Error> {
        let scope = self.scope(link).await?;
        let mut tx = self.storage.tenant(&scope).await?;
        let found = self.find(&mut *tx, link).await?;
        match found.link.link_use {
            LinkUse::Confirm => self.confirm(&mut *tx, &found).await?,
            LinkUse::Withdraw => self.take_back(&mut *tx, scope.organization(), &found).await?,
        }
        let answered = question(&mut *tx, &found).await?;
        if let Some(lead) = found.submission.lead {
            tx.announce(Change::Lead(lead)).await?;
        }
        tx.commit().await?;
        Ok(answered)
    }

    async fn confirm(&self, tx: &mut dyn TenantTx, found: &Found) -> Result<(), Error> {
        let entries = entries(tx, found).await?;
        let standings = Standing::all(&entries);
        let standing = Standing::of(found.link.matter, &standings);
        // What was taken back since is not confirmed any more: who changes their mind ticks the box again.
        let is_open = standing.is_some_and(|one| matches!(one.state, State::Given | State::Awaiting));
        if !(is_open && tx.consents().use_link(&found.link).await?) {
            return Err(Broken::LinkOver.into());
        }
        let given = end::given(&entries, found.link.submission, found.link.matter);
        let event = ConsentEvent {
            id: self.ids.next(),
            about: About::Submission(found.link.submission),
            matter: found.link.matter,
            kind: Kind::Confirmed,
            awaits_confirmation: false,
            wording: given.and_then(|given| given.wording),
            notice: given.and_then(|given| given.notice),
            method: Method::ConfirmationLink,
            at: self.clock.now(),
        };
        Ok(tx.consents().append(&event).await?)
    }

    async fn take_back(&self, tx: &mut dyn TenantTx, organization: OrganizationId, found: &Found) -> Result<(), Error> {
        let entries = entries(tx, found).await?;
        let standings = Standing::all(&entries);
        let standing = Standing::of(found.link.matter, &standings);
        if !standing.is_some_and(Standing::can_be_withdrawn) {
            return Ok(());
        }
        let given = end::given(&entries, found.link.submission, found.link.matter);
        let about = About::Submission(found.link.submission);
        self.end(tx, about, found.link.matter, (Kind::Withdrawn, Method::WithdrawalLink), given).await?;
        self.suppress(tx, organization, Kind::Withdrawn, found.link.matter, found.submission.answers.email.as_ref())
            .await
    }
}

/// All that the person said, if there is a lead of them by now; else what they said with this.
async fn entries(tx: &mut dyn TenantTx, found: &Found) -> Result<Vec<ConsentEvent>, Error> {
    Ok(match found.submission.lead {
        Some(lead) => tx.consents().of_lead(lead).await?,
        None => tx.consents().of_submission(found.link.submission).await?,
    })
}
