use qualify_domain::{
    activity::{Activity, What},
    consent::{Kind, Matter, Method, Standing},
    erasure::{self, may_erase},
    form::Purpose,
    id::{LeadId, OrganizationId},
    person::PersonChange,
    restriction::{self, Restriction},
    rights_request::Right,
    text::Email,
    violation::Violations,
};
use qualify_ports::{
    live::Change,
    storage::{KeptRequest, TenantTx, Wish},
};

use super::{Rights, serving};
use crate::{
    Error,
    consents::End,
    hooks::rectified,
    leads::{At, Prepared},
    restrictions::hold_person,
};

/// What became of a request at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// It waits for a member.
    Left,
    /// It was done.
    Done,
    /// Nothing is kept any more, nor who asked: there is nothing to come back to.
    Erased,
}

impl Rights {
    /// What is done before the work in which a right is served: whoever will be erased by it goes out of the files of imports.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub(super) async fn prepare(
        &self,
        organization: OrganizationId,
        right: Right,
        address: &Email,
    ) -> Result<Prepared, Error> {
        if right != Right::Erasure {
            return Ok(Prepared::default());
        }
        let scope = serving(organization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let leads = served_by_itself(&mut *tx, right, address).await?;
        let leads = match leads {
            Some(leads) if !is_kept(&mut *tx, &leads, address).await? => leads,
            _ => return Ok(Prepared::default()),
        };
        drop(tx);
        self.leads.prepare_all(&scope, &leads, address).await
    }

    /// Does what somebody asked who proved that the address is theirs, if the organization lets it be done without a member's
    /// yes and nothing stands against it. Here, and nowhere else, a right is served by the product itself.
    ///
    /// # Errors
    /// [`Error::Stale`] while somebody goes on changing by what the person is known.
    pub(super) async fn fulfil(
        &self,
        tx: &mut dyn TenantTx,
        organization: OrganizationId,
        kept: &KeptRequest,
        (address, prepared): (&Email, &Prepared),
    ) -> Result<Served, Error> {
        let right = kept.request.right;
        let Some(leads) = served_by_itself(tx, right, address).await? else { return Ok(Served::Left) };
        let is_done = match right {
            // The page behind the link shows all that is kept, and hands out the copy.
            Right::Access | Right::Portability => true,
            Right::Rectification => kept.words.is_none() && self.mend(tx, &leads, &kept.wish).await?,
            Right::Erasure => return self.erase(tx, organization, &leads, (address, prepared)).await,
            Right::Restriction => self.restrict(tx, &leads).await?,
            Right::Objection | Right::Withdrawal => {
                self.end_consents(tx, organization, &leads, (right, address)).await?;
                true
            }
        };
        Ok(if is_done { Served::Done } else { Served::Left })
    }

    /// Mends what is known of these leads. False for what only a member can mend: no lead, words instead of fields, what
    /// cannot be read as what it should be, or what is restricted.
    async fn mend(&self, tx: &mut dyn TenantTx, leads: &[LeadId], wish: &Wish) -> Result<bool, Error> {
        let own = tx.organizations().own().await?;
        let written = |line: &Option<_>| line.as_ref().map(ToString::to_string);
        let change = PersonChange {
            name: written(&wish.name),
            phone: written(&wish.phone),
            company: written(&wish.company),
            ..PersonChange::default()
        };
        let mut mended = Vec::new();
        for id in leads {
            let Some(mut lead) = tx.leads().find(*id).await? else { return Ok(false) };
            let mut faults = Violations::default();
            let person = change.parse(&lead, &[], own.language, &mut faults);
            if !faults.is_empty() || tx.restrictions().hold(*id).await?.is_some() {
                return Ok(false);
            }
            let fields = lead.change(person);
            mended.push((lead, fields));
        }
        let is_mended = !(mended.is_empty() || wish.is_empty());
        for (lead, fields) in mended.into_iter().filter(|(_, fields)| !fields.is_empty()) {
            tx.leads().update(&lead).await?;
            let what = What::Changed(fields);
            let activity = Activity { id: self.ids.next(), lead: lead.id, at: self.clock.now(), author: None, what };
            tx.activities().insert(&activity).await?;
            rectified(tx, &[lead.id], self.clock.now()).await?;
            tx.announce(Change::Lead(lead.id)).await?;
        }
        Ok(is_mended)
    }

    /// Erases these leads, and what was sent under the address and became none; nothing while something keeps one of them.
    async fn erase(
        &self,
        tx: &mut dyn TenantTx,
        organization: OrganizationId,
        leads: &[LeadId],
        (address, prepared): (&Email, &Prepared),
    ) -> Result<Served, Error> {
        if is_kept(tx, leads, address).await? {
            return Ok(Served::Left);
        }
        let at = At { organization, member: None, now: self.clock.now() };
        for lead in leads {
            self.leads.erase_in(tx, *lead, erasure::Ground::Asked, (at, prepared)).await?;
        }
        self.leads.erase_loose_in(tx, address, (at, prepared)).await?;
        Ok(Served::Erased)
    }

    /// Keeps these leads and uses them no more. What the person did not say why for is taken as contested: it is looked into,
    /// and ends no later than it would have.
    async fn restrict(&self, tx: &mut dyn TenantTx, leads: &[LeadId]) -> Result<bool, Error> {
        for lead in leads {
            hold_person(tx, *lead).await?;
            if tx.restrictions().hold(*lead).await?.is_some() {
                continue;
            }
            let ground = restriction::Ground::Contested;
            let (restriction, restricted) = Restriction::place(*lead, ground, false, None, self.clock.now());
            tx.announce(Change::Lead(*lead)).await?;
            tx.restrictions().insert(&restriction).await?;
            tx.outbox().append(&restricted, self.clock.now()).await?;
        }
        Ok(!leads.is_empty())
    }

    /// Writes into the ledger that the person objects to marketing, or takes back all that they agreed to, and lets nothing
    /// go to the address any more that they did not ask for since (DSR-11).
    async fn end_consents(
        &self,
        tx: &mut dyn TenantTx,
        organization: OrganizationId,
        leads: &[LeadId],
        (right, address): (Right, &Email),
    ) -> Result<(), Error> {
        let here = (organization, Method::RightsPage);
        for lead in leads {
            let standings = Standing::all(&tx.consents().of_lead(*lead).await?);
            let ends: Vec<End> = match right {
                Right::Objection => vec![End::Objection],
                _ => standings
                    .iter()
                    .filter(|one| one.can_be_withdrawn())
                    .map(|one| End::Withdrawal(one.matter))
                    .collect(),
            };
            for end in ends {
                self.consents.note(tx, here, *lead, end).await?;
            }
            tx.announce(Change::Lead(*lead)).await?;
        }
        let kind = if right == Right::Objection { Kind::Objected } else { Kind::Withdrawn };
        let mails = Matter::Further(Purpose::EmailMarketing);
        self.consents.suppress(tx, organization, kind, mails, Some(address)).await
    }
}

/// The leads for which a right is served without a member; none if it is not. What may be somebody else's is neither shown nor
/// changed by itself.
async fn served_by_itself(tx: &mut dyn TenantTx, right: Right, address: &Email) -> Result<Option<Vec<LeadId>>, Error> {
    if !tx.rights().policy().await?.is_automatic(right) {
        return Ok(None);
    }
    let leads = tx.people().leads_of(address).await?;
    let is_sure = right.is_unconditional() || tx.people().unsure_of(address).await?.is_empty();
    Ok(is_sure.then_some(leads))
}

/// Whether something keeps one of these leads, or what was sent under the address and became none.
async fn is_kept(tx: &mut dyn TenantTx, leads: &[LeadId], address: &Email) -> Result<bool, Error> {
    for lead in leads {
        if may_erase(tx.holds().claims_on(*lead).await?).is_err() {
            return Ok(true);
        }
    }
    let loose = tx.rights().loose_of(address, leads).await?;
    Ok(tx.holds().keeps_any(&loose).await?)
}
