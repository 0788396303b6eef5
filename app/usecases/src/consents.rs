//! What people agree to beyond their request: confirmed and taken back by the links of mails, or as they tell a member
//! (PRV-5), and whether they may be written to (DSR-11).

mod answer;
mod end;
mod links;
mod writable;

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    consent::{ConsentLink, LinkUse, Matter},
    id::OrganizationId,
    language::Language,
    submission::Submission,
    text::Name,
};
use qualify_ports::{
    storage::{PlatformTask, Storage, StorageError, TenantTx},
    time::{Clock, Ids},
    tokens::Tokens,
};

pub use self::{end::End, writable::Writable};
pub(crate) use self::{links::ConsentLinks, writable::writable};
use crate::{Broken, Error, Ports};

/// What people agree to beyond their request.
#[derive(Clone)]
pub struct Consents {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
}

/// What the page of a link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentQuestion {
    /// Who asked for the consent.
    pub organization: Name,
    /// The language of the form on which it stood.
    pub language: Language,
    /// For what.
    pub matter: Matter,
    /// The words beside the box.
    pub wording: String,
    /// What the link is for.
    pub link_use: LinkUse,
}

/// A link, and that with which the consent was given.
struct Found {
    link: ConsentLink,
    submission: Submission,
}

impl Consents {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
        }
    }

    /// What a link asks. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`], whatever is wrong with it.
    pub async fn look(&self, link: &str) -> Result<ConsentQuestion, Error> {
        let mut tx = self.storage.tenant(&self.scope(link).await?).await?;
        let found = self.find(&mut *tx, link).await?;
        question(&mut *tx, &found).await
    }

    /// In whose organization a link counts.
    async fn scope(&self, link: &str) -> Result<TenantScope, Error> {
        let mut tx = self.storage.platform(PlatformTask::ResolveLink).await?;
        let organization = tx.directory().resolve_consent_link(&self.tokens.digest(link)).await?;
        Ok(hearing(organization.ok_or(Broken::LinkOver)?).permit(Permission::HearConsent)?)
    }

    async fn find(&self, tx: &mut dyn TenantTx, link: &str) -> Result<Found, Error> {
        let found = tx.consents().find_link(&self.tokens.digest(link)).await?;
        let link = found.filter(|link| link.is_live(self.clock.now())).ok_or(Broken::LinkOver)?;
        let submission = tx.submissions().find(link.submission).await?.ok_or(Broken::LinkOver)?;
        Ok(Found { link, submission })
    }
}

#[expect(clippy::disallowed_methods, reason = "the link names the organization in which it counts")]
fn hearing(organization: OrganizationId) -> Actor {
    Actor::product(organization, Duty::Consent)
}

async fn question(tx: &mut dyn TenantTx, found: &Found) -> Result<ConsentQuestion, Error> {
    let Found { link, submission } = found;
    Ok(ConsentQuestion {
        organization: tx.organizations().own().await?.name,
        language: language(tx, submission).await?,
        matter: link.matter,
        wording: wording(submission, link.matter),
        link_use: link.link_use,
    })
}

/// The language in which the form spoke to its visitor.
pub(crate) async fn language(tx: &mut dyn TenantTx, submission: &Submission) -> Result<Language, StorageError> {
    let shown = tx.forms().edition(submission.form, submission.form_version).await?;
    let settings = match shown {
        Some(settings) => Some(settings),
        None => tx.forms().find(submission.form).await?.map(|form| form.settings),
    };
    Ok(settings.map(|settings| settings.language).unwrap_or_default())
}

/// The words beside the box, as they were shown.
pub(crate) fn wording(submission: &Submission, matter: Matter) -> String {
    let words = match matter {
        Matter::Request => submission.consent_wording.as_ref(),
        Matter::Further(purpose) => {
            submission.answers.purposes.iter().find(|one| one.purpose == purpose).map(|one| &one.wording)
        }
    };
    words.map(ToString::to_string).unwrap_or_default()
}
