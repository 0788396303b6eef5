use std::collections::BTreeSet;

use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    erasure::{Certificate, ErasureError, Ground, Marks, may_erase},
    event::Event,
    hold::Held,
    id::{LeadId, OrganizationId, SubmissionId, UserId},
    suppression::{self, Suppression},
    text::Email,
};
use qualify_ports::{live::Change, storage::TenantTx, time::Id};

use crate::{
    Broken, Error,
    imports::erased::{Emptied, empty_files, forget_person},
    leads::found,
    restrictions::hold_person,
    rights::{Erased, settle},
};

/// It is tried so often if the person is known by something else by the time they are held.
pub(crate) const TRIES: usize = 3;

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
        again_if_stale(|| self.try_erase(&scope, id, ground)).await
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

    /// What shows of these leads that they were erased, as far as they were.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn certificates(&self, actor: &Actor, leads: &[LeadId]) -> Result<Vec<Certificate>, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        Ok(self.storage.tenant(&scope).await?.erasures().among(leads).await?)
    }

    async fn try_erase(&self, scope: &TenantScope, id: LeadId, ground: Ground) -> Result<Certificate, Error> {
        let prepared = self.prepare(scope, id).await?;
        let mut tx = self.storage.tenant(scope).await?;
        let at = At { organization: scope.organization(), member: scope.user(), now: self.clock.now() };
        let certificate = self.erase_in(&mut *tx, id, ground, (at, &prepared)).await?;
        tx.commit().await?;
        Ok(certificate)
    }

    /// What comes before the work in which a lead is erased, unless something keeps it.
    ///
    /// # Errors
    /// As [`Self::erase`].
    pub(crate) async fn prepare(&self, scope: &TenantScope, id: LeadId) -> Result<Prepared, Error> {
        let mut tx = self.storage.tenant(scope).await?;
        found(&mut *tx, id).await?;
        may_erase(tx.holds().claims_on(id).await?)?;
        let marks = tx.erasures().marks(id).await?;
        let sure = surely_of(&mut *tx, id, &marks.emails).await?;
        drop(tx);
        Ok(Prepared { emptied: empty_files(&*self.storage, scope, &marks).await?, sure })
    }

    /// The same for all that is to be erased of somebody by their address.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub(crate) async fn prepare_all(
        &self,
        scope: &TenantScope,
        leads: &[LeadId],
        address: &Email,
    ) -> Result<Prepared, Error> {
        let mut all = Marks { emails: BTreeSet::from([address.normalized()]), ..Marks::default() };
        let (mut tx, mut sure) = (self.storage.tenant(scope).await?, BTreeSet::new());
        for lead in leads {
            let marks = tx.erasures().marks(*lead).await?;
            sure.extend(surely_of(&mut *tx, *lead, &marks.emails).await?);
            all.emails.extend(marks.emails);
            all.phones.extend(marks.phones);
        }
        drop(tx);
        Ok(Prepared { emptied: empty_files(&*self.storage, scope, &all).await?, sure })
    }

    /// Erases a lead within other work, which commits it.
    ///
    /// # Errors
    /// As [`Self::erase`].
    pub(crate) async fn erase_in(
        &self,
        tx: &mut dyn TenantTx,
        id: LeadId,
        ground: Ground,
        (at, prepared): (At, &Prepared),
    ) -> Result<Certificate, Error> {
        let marks = hold(tx, id).await?;
        may_erase(tx.holds().claims_on(id).await?)?;
        self.erase_held(tx, id, &marks, ground, (at, prepared)).await
    }

    /// Erases a lead that a backup brought back (RET-17). Whatever held it in the backup was over when it was erased.
    ///
    /// # Errors
    /// As [`Self::erase`].
    pub(crate) async fn erase_again(&self, actor: &Actor, id: LeadId, ground: Ground) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        again_if_stale(|| self.try_erase_again(&scope, id, ground)).await
    }

    async fn try_erase_again(&self, scope: &TenantScope, id: LeadId, ground: Ground) -> Result<(), Error> {
        let mut tx = self.storage.tenant(scope).await?;
        let at = At { organization: scope.organization(), member: None, now: self.clock.now() };
        let marks = hold(&mut *tx, id).await?;
        tx.holds().release(Held::Lead(id)).await?;
        self.erase_held(&mut *tx, id, &marks, ground, (at, &Prepared::default())).await?;
        Ok(tx.commit().await?)
    }

    /// Erases a lead that stays, because somebody is part of it whom a backup brought back (RET-17), unless something keeps it
    /// (RET-18).
    ///
    /// # Errors
    /// As [`Self::erase`].
    pub(crate) async fn erase_as_a_whole(&self, actor: &Actor, id: LeadId, ground: Ground) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        again_if_stale(|| self.try_erase_as_a_whole(&scope, id, ground)).await
    }

    async fn try_erase_as_a_whole(&self, scope: &TenantScope, id: LeadId, ground: Ground) -> Result<(), Error> {
        let mut tx = self.storage.tenant(scope).await?;
        let at = At { organization: scope.organization(), member: None, now: self.clock.now() };
        self.erase_in(&mut *tx, id, ground, (at, &Prepared::default())).await?;
        Ok(tx.commit().await?)
    }

    /// Erases what a backup brought back of somebody who was erased, and that hangs on no lead; false if it is not there.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Failed`].
    pub(crate) async fn erase_sent_again(&self, actor: &Actor, id: SubmissionId) -> Result<bool, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let Some(marks) = tx.erasures().loose_marks(id).await? else { return Ok(false) };
        tx.holds().release(Held::Submission(id)).await?;
        let at = At { organization: scope.organization(), member: None, now: self.clock.now() };
        self.erase_loose_of(&mut *tx, &marks, (at, &Prepared::default())).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Erases a lead that nobody else changes meanwhile.
    async fn erase_held(
        &self,
        tx: &mut dyn TenantTx,
        id: LeadId,
        marks: &Marks,
        ground: Ground,
        (at, prepared): (At, &Prepared),
    ) -> Result<Certificate, Error> {
        tx.tombstones().keep_along(id, marks, at.now, ground).await?;
        // Told while it is there: to whoever looks at it.
        tx.announce(Change::Lead(id)).await?;
        let mut counts = tx.erasures().erase(id, marks, at.now).await?;
        counts.insert("import_rows".to_owned(), forget_person(tx, marks, &prepared.emptied).await?);
        self.suppress_and_settle(tx, (marks, &prepared.sure), at).await?;
        let certificate = Certificate { lead: id, at: at.now, ground, counts };
        tx.tombstones().keep(certificate.tombstone()).await?;
        tx.erasures().keep(&certificate).await?;
        tx.outbox().append(&Event::LeadErased { lead: id }, at.now).await?;
        Ok(certificate)
    }

    /// Erases what was sent under an address and became no lead, within other work.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub(crate) async fn erase_loose_in(
        &self,
        tx: &mut dyn TenantTx,
        address: &Email,
        whose: (At, &Prepared),
    ) -> Result<(), Error> {
        let marks = Marks { emails: BTreeSet::from([address.normalized()]), ..Marks::default() };
        self.erase_loose_of(tx, &marks, whose).await
    }

    async fn erase_loose_of(
        &self,
        tx: &mut dyn TenantTx,
        marks: &Marks,
        (at, prepared): (At, &Prepared),
    ) -> Result<(), Error> {
        tx.lead_batches().hold_people(&list(&marks.emails), &list(&marks.phones)).await?;
        // No lead has that id.
        tx.tombstones().keep_along(LeadId::from_bits(0), marks, at.now, Ground::Asked).await?;
        tx.erasures().erase_loose(marks, at.now).await?;
        forget_person(tx, marks, &prepared.emptied).await?;
        self.suppress_and_settle(tx, (marks, &BTreeSet::new()), at).await
    }

    /// Lets nobody bring the person back, and has them wait for no answer any more.
    async fn suppress_and_settle(
        &self,
        tx: &mut dyn TenantTx,
        (marks, sure): (&Marks, &BTreeSet<String>),
        at: At,
    ) -> Result<(), Error> {
        for email in marks.emails.iter().filter_map(|email| Email::parse(email).ok()) {
            let address = self.tokens.address_hash(at.organization, &email);
            let suppression = Suppression { address, ground: suppression::Ground::Erasure, since: at.now };
            tx.suppressions().keep(&suppression).await?;
        }
        let erased = Erased { addresses: &marks.emails, sure };
        settle(tx, erased, &self.ids, (at.member, at.now)).await
    }
}

/// What is done and found out of somebody before the work in which they are erased: files are large, and nobody shall wait for
/// them.
#[derive(Default)]
pub(crate) struct Prepared {
    /// The files of imports that do not name them any more.
    emptied: Emptied,
    /// The addresses that are surely theirs: at each of them they hear of it, if they waited for it.
    sure: BTreeSet<String>,
}

/// Where, by whom and when somebody is erased.
#[derive(Clone, Copy)]
pub(crate) struct At {
    pub organization: OrganizationId,
    /// Nobody where the person's own request is served by itself.
    pub member: Option<UserId>,
    pub now: Timestamp,
}

/// Tries work that erases somebody, and tries it again if they are known by something else by the time they are held.
pub(crate) async fn again_if_stale<T, F: Future<Output = Result<T, Error>>>(work: impl Fn() -> F) -> Result<T, Error> {
    for _ in 1..TRIES {
        match work().await {
            Err(Error::Stale) => {}
            outcome => return outcome,
        }
    }
    work().await
}

/// Keeps others from looking for the person and from changing the lead: first the one, then the other, as whoever takes a
/// submission or a file in does.
async fn hold(tx: &mut dyn TenantTx, id: LeadId) -> Result<Marks, Error> {
    let marks = hold_person(tx, id).await?;
    tx.merges().hold(&[id]).await?;
    found(tx, id).await?;
    if tx.erasures().marks(id).await? == marks { Ok(marks) } else { Err(Error::Stale) }
}

fn list(marks: &BTreeSet<String>) -> Vec<String> {
    marks.iter().cloned().collect()
}

/// Those addresses of a lead of whose owner it surely is. Another may have been typed by anybody.
async fn surely_of(tx: &mut dyn TenantTx, id: LeadId, addresses: &BTreeSet<String>) -> Result<BTreeSet<String>, Error> {
    let mut sure = BTreeSet::new();
    for address in addresses {
        if let Ok(email) = Email::parse(address)
            && tx.people().leads_of(&email).await?.contains(&id)
        {
            sure.insert(address.clone());
        }
    }
    Ok(sure)
}

impl From<ErasureError> for Error {
    fn from(error: ErasureError) -> Self {
        Self::Rule(Broken::Erasure(error))
    }
}
