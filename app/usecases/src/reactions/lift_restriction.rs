use qualify_domain::{access::Permission, delivery::MAX_ATTEMPTS, id::LeadId};
use qualify_ports::{live::Change, mailer::MailError, storage::Claimed};

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells a person that their lead is used again, and then lets it be used: in this order, so that a mail that cannot be
    /// sent leaves it as it is, and ends the announcement.
    pub(super) async fn lift_restriction(&self, claimed: &Claimed, lead: LeadId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::LiftRestriction)?).await?;
        let restriction = tx.restrictions().hold(lead).await?;
        let found = match restriction.filter(|restriction| restriction.lift_announced_at.is_some()) {
            Some(_) => tx.leads().find(lead).await?,
            None => None,
        };
        let Some(found) = found else {
            drop(tx);
            return self.complete(claimed).await;
        };
        let organization = tx.organizations().own().await?;
        let form = match found.form {
            Some(form) => tx.forms().find(form).await?,
            None => None,
        };
        drop(tx);
        if let Some(email) = &found.email {
            let language = form.map_or(organization.language, |form| form.settings.language);
            let letter = Letter::restriction_lifted(&organization, language, &self.options);
            match self.mailer.send(&letter.to_address(claimed.id, email)?).await {
                Ok(()) => {}
                // It stays restricted, and whoever lifts it has to tell the person otherwise. What was tried for a day is not
                // tried any more, either.
                Err(MailError::Rejected(_)) => return self.keep_restricted(claimed, lead).await,
                Err(MailError::Unavailable(_)) if claimed.attempts + 1 >= MAX_ATTEMPTS => {
                    return self.keep_restricted(claimed, lead).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut tx = self.storage.tenant(&scope(claimed, Permission::LiftRestriction)?).await?;
        if tx.outbox().complete(claimed.id).await? && tx.restrictions().lift(lead).await? {
            tx.announce(Change::Lead(lead)).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn keep_restricted(&self, claimed: &Claimed, lead: LeadId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::LiftRestriction)?).await?;
        if tx.outbox().complete(claimed.id).await?
            && let Some(mut restriction) = tx.restrictions().hold(lead).await?
        {
            restriction.refuse_lift(self.clock.now());
            tx.restrictions().update(&restriction).await?;
        }
        Ok(tx.commit().await?)
    }
}
