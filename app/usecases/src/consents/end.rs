use qualify_domain::{
    access::{Actor, Permission},
    consent::{About, ConsentEvent, Kind, Matter, Method, Standing},
    form::Purpose,
    id::{LeadId, OrganizationId, SubmissionId},
    suppression::{Ground, Suppression},
    text::Email,
    violation::{Rule, Violations},
};
use qualify_ports::{live::Change, storage::TenantTx};

use crate::{Error, leads::found};

/// What a person told a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// They take one consent back.
    Withdrawal(Matter),
    /// They object to marketing, whether they ever agreed or not.
    Objection,
}

impl super::Consents {
    /// Writes down what a person told a member: no reason is needed, and it counts at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] if there is no such consent to take back.
    pub async fn write_down(&self, actor: &Actor, lead: LeadId, what: End) -> Result<(), Error> {
        let scope = actor.permit(Permission::ChangeLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        self.note(&mut *tx, (scope.organization(), Method::Member), lead, what).await?;
        tx.announce(Change::Lead(lead)).await?;
        Ok(tx.commit().await?)
    }

    /// Writes into the ledger what a person said, one way or another, within other work.
    ///
    /// # Errors
    /// As [`Self::write_down`].
    pub(crate) async fn note(
        &self,
        tx: &mut dyn TenantTx,
        (organization, method): (OrganizationId, Method),
        lead: LeadId,
        what: End,
    ) -> Result<(), Error> {
        let person = found(tx, lead).await?;
        let entries = tx.consents().of_lead(lead).await?;
        let standings = Standing::all(&entries);
        let latest = tx.submissions().of_lead(lead, 1).await?.pop().map(|submission| submission.id);
        let (kind, matters) = match what {
            End::Withdrawal(matter) => (Kind::Withdrawn, vec![matter]),
            End::Objection => {
                let marketing = Purpose::ALL.into_iter().filter(|purpose| purpose.is_marketing());
                (Kind::Objected, marketing.map(Matter::Further).collect())
            }
        };
        for matter in matters {
            let standing = Standing::of(matter, &standings).filter(|one| one.can_be_withdrawn());
            if kind == Kind::Withdrawn && standing.is_none() {
                return Err(Violations::one("matter", Rule::NotAChoice).into());
            }
            let submission = standing.and_then(|one| one.submission).or(latest);
            let about = submission.map_or(About::Lead(lead), About::Submission);
            let given = submission.and_then(|submission| given(&entries, submission, matter));
            self.end(tx, about, matter, (kind, method), given).await?;
            self.suppress(tx, organization, kind, matter, person.email.as_ref()).await?;
        }
        Ok(())
    }

    /// Writes into the ledger that somebody ended a consent.
    pub(super) async fn end(
        &self,
        tx: &mut dyn TenantTx,
        about: About,
        matter: Matter,
        (kind, method): (Kind, Method),
        given: Option<&ConsentEvent>,
    ) -> Result<(), Error> {
        let event = ConsentEvent {
            id: self.ids.next(),
            about,
            matter,
            kind,
            awaits_confirmation: false,
            wording: given.and_then(|given| given.wording),
            notice: given.and_then(|given| given.notice),
            method,
            at: self.clock.now(),
        };
        Ok(tx.consents().append(&event).await?)
    }

    /// Lets nothing go to the address any more that its owner did not ask for since: other leads may have the same, and this
    /// one may be made anew.
    pub(crate) async fn suppress(
        &self,
        tx: &mut dyn TenantTx,
        organization: OrganizationId,
        kind: Kind,
        matter: Matter,
        address: Option<&Email>,
    ) -> Result<(), Error> {
        let ground = match kind {
            Kind::Objected => Ground::Objection,
            _ if matter == Matter::Further(Purpose::EmailMarketing) => Ground::Withdrawal,
            _ => return Ok(()),
        };
        let Some(address) = address else { return Ok(()) };
        let address = self.tokens.address_hash(organization, address);
        let kept = tx.suppressions().find(address).await?;
        // Whoever objected and takes a consent back besides has objected still.
        let ground = match kept {
            Some(kept) if kept.ground == Ground::Objection => Ground::Objection,
            _ => ground,
        };
        Ok(tx.suppressions().keep(&Suppression { address, ground, since: self.clock.now() }).await?)
    }
}

/// The tick of a box with that submission.
pub(super) fn given(entries: &[ConsentEvent], submission: SubmissionId, matter: Matter) -> Option<&ConsentEvent> {
    let about = About::Submission(submission);
    entries.iter().rfind(|one| one.kind == Kind::Given && one.about == about && one.matter == matter)
}
