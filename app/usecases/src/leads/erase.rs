use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    erasure::{Certificate, ErasureError, Ground, Marks, may_erase},
    event::Event,
    id::{LeadId, OrganizationId},
    suppression::{self, Suppression},
    text::Email,
};
use qualify_ports::{live::Change, storage::TenantTx};

use crate::{Broken, Error, imports::erased::forget_person, leads::found};

/// It is tried so often if the person is known by something else by the time they are held.
const TRIES: usize = 3;

impl super::Leads {
    /// Erases a lead for good, with all that is known of its person (DSR-9): what hangs on it, what waits to be told or mailed
    /// of it, what would undo merges and imports, and files that may hold it. No import brings the person back; what they
    /// send afterwards opens a new lead.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Merged`] with the lead that holds the person now; [`Error::Rule`] if
    /// a claim outweighs it; [`Error::Stale`] while somebody goes on changing by what the person is known.
    pub async fn erase(&self, actor: &Actor, id: LeadId, ground: Ground) -> Result<Certificate, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        for _ in 0..TRIES {
            match self.try_erase(&scope, id, ground).await {
                Err(Error::Stale) => {}
                outcome => return outcome,
            }
        }
        Err(Error::Stale)
    }

    /// The same because the person themselves asked, and proved who they are. A lead that was merged goes with the one that
    /// holds it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Rule`]; [`Error::Stale`].
    pub async fn erase_by_request(
        &self,
        organization: OrganizationId,
        id: LeadId,
        ground: Ground,
    ) -> Result<Certificate, Error> {
        #[expect(clippy::disallowed_methods, reason = "the person proved who they are, and asked for nothing else")]
        let product = Actor::product(organization, Duty::Erase);
        match self.erase(&product, id, ground).await {
            Err(Error::Merged(holder)) => self.erase(&product, holder, ground).await,
            outcome => outcome,
        }
    }

    /// What shows that a lead was erased.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn certificate(&self, actor: &Actor, id: LeadId) -> Result<Certificate, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.erasures().find(id).await?.ok_or(Error::NotFound("certificate"))
    }

    async fn try_erase(&self, scope: &TenantScope, id: LeadId, ground: Ground) -> Result<Certificate, Error> {
        let mut tx = self.storage.tenant(scope).await?;
        let marks = hold(&mut *tx, id).await?;
        may_erase(tx.holds().claims_on(id).await?)?;
        let now = self.clock.now();
        // Told while it is there: to whoever looks at it.
        tx.announce(Change::Lead(id)).await?;
        let mut counts = tx.erasures().erase(id, &marks, now).await?;
        counts.insert("import_rows".to_owned(), forget_person(&mut *tx, &marks).await?);
        for email in marks.emails.iter().filter_map(|email| Email::parse(email).ok()) {
            let address = self.tokens.address_hash(scope.organization(), &email);
            let suppression = Suppression { address, ground: suppression::Ground::Erasure, since: now };
            tx.suppressions().keep(&suppression).await?;
        }
        let certificate = Certificate { lead: id, at: now, ground, counts };
        tx.tombstones().keep(certificate.tombstone()).await?;
        tx.erasures().keep(&certificate).await?;
        tx.outbox().append(&Event::LeadErased { lead: id }, now).await?;
        tx.commit().await?;
        Ok(certificate)
    }
}

/// Keeps others from looking for the person and from changing the lead: first the one, then the other, as whoever takes a
/// submission or a file in does.
async fn hold(tx: &mut dyn TenantTx, id: LeadId) -> Result<Marks, Error> {
    let marks = tx.erasures().marks(id).await?;
    let list = |marks: &std::collections::BTreeSet<String>| marks.iter().cloned().collect::<Vec<_>>();
    tx.lead_batches().hold_people(&list(&marks.emails), &list(&marks.phones)).await?;
    tx.merges().hold(&[id]).await?;
    found(tx, id).await?;
    if tx.erasures().marks(id).await? == marks { Ok(marks) } else { Err(Error::Stale) }
}

impl From<ErasureError> for Error {
    fn from(error: ErasureError) -> Self {
        Self::Rule(Broken::Erasure(error))
    }
}
