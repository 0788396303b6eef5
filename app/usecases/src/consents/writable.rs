use qualify_domain::{
    access::{Actor, Permission},
    consent::{ConsentEvent, Refusal, Standing, may_write},
    form::Purpose,
    id::{LeadId, OrganizationId},
    lead::Lead,
};
use qualify_ports::{storage::TenantTx, tokens::Tokens};

use crate::{Error, leads::found};

/// Whether somebody may be written to, or called, for a purpose; and why not.
pub type Writable = (Purpose, Result<(), Refusal>);

impl super::Consents {
    /// Whether the person of a lead may be written to for a purpose: asked before anything goes that they did not ask for
    /// themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn may_write(&self, actor: &Actor, lead: LeadId, purpose: Purpose) -> Result<Result<(), Refusal>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let lead = found(&mut *tx, lead).await?;
        let entries = tx.consents().of_lead(lead.id).await?;
        let all = writable(&mut *tx, &*self.tokens, scope.organization(), &lead, &entries).await?;
        Ok(all.into_iter().find(|(one, _)| *one == purpose).map_or(Err(Refusal::NotAsked), |(_, answer)| answer))
    }
}

/// The same for every purpose, by what was said so far.
pub(crate) async fn writable(
    tx: &mut dyn TenantTx,
    tokens: &(dyn Tokens + 'static),
    organization: OrganizationId,
    lead: &Lead,
    entries: &[ConsentEvent],
) -> Result<Vec<Writable>, Error> {
    let suppression = match &lead.email {
        Some(address) => tx.suppressions().find(tokens.address_hash(organization, address)).await?,
        None => None,
    };
    let standings = Standing::all(entries);
    let answer = |purpose| (purpose, may_write(purpose, &standings, suppression.as_ref()));
    Ok(Purpose::ALL.map(answer).to_vec())
}
