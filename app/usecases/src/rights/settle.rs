use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use qualify_domain::{
    event::Event,
    farewell::Farewell,
    id::{RightsRequestId, UserId},
    text::Email,
};
use qualify_ports::{
    storage::{KeptRequest, TenantTx, Wish},
    time::Ids,
};

use crate::Error;

/// By what somebody was known who was erased.
#[derive(Clone, Copy)]
pub(crate) struct Erased<'a> {
    /// Each address, written small.
    pub addresses: &'a BTreeSet<String>,
    /// Those that are surely theirs, on whatever of theirs is erased with it.
    pub sure: &'a BTreeSet<String>,
}

/// Settles what people asked under those of these addresses of which nothing is kept any more: their requests are over, and
/// the register forgets who asked (DSR-9). Whoever waited for an answer is told once, at each address that is surely theirs,
/// by a mail after which nothing is left of it. An answer that has not gone out yet goes first, and its request is forgotten
/// then.
pub(crate) async fn settle(
    tx: &mut dyn TenantTx,
    erased: Erased<'_>,
    ids: &Arc<dyn Ids>,
    (member, now): (Option<UserId>, Timestamp),
) -> Result<(), Error> {
    let mut gone = BTreeSet::new();
    for address in erased.addresses.union(erased.sure) {
        // While another lead bears it, something is kept still, and whoever asked waits for a member.
        if let Ok(email) = Email::parse(address)
            && tx.people().leads_of(&email).await?.is_empty()
            && tx.people().unsure_of(&email).await?.is_empty()
        {
            gone.insert(address.clone());
        }
    }
    let mut waiting = BTreeMap::new();
    let unmailed = tx.rights().unmailed(&gone).await?;
    for mut kept in tx.rights().hold_of(&gone).await? {
        if awaits_answer(&kept, &unmailed) {
            let request = kept.request.id;
            (kept.words, kept.wish, kept.next_at) = (None, Wish::default(), None);
            tx.rights().keep(&kept).await?;
            tx.outbox().append(&Event::AskerToForget { request }, now).await?;
            continue;
        }
        let email = kept.request.address().cloned();
        if forget(&mut kept, member, now)
            && let Some(email) = email
        {
            waiting.insert(email.normalized(), (email, kept.language));
        }
        tx.rights().keep(&kept).await?;
    }
    let Some((_, language)) = waiting.values().next().cloned() else { return Ok(()) };
    for email in erased.sure.intersection(&gone).filter_map(|address| Email::parse(address).ok()) {
        waiting.entry(email.normalized()).or_insert((email, language));
    }
    for (email, language) in waiting.into_values() {
        let farewell = Farewell { id: ids.next(), email, language, at: now };
        tx.farewells().insert(&farewell).await?;
        tx.outbox().append(&Event::PersonForgotten { farewell: farewell.id }, now).await?;
    }
    Ok(())
}

/// Whether the answer to a request is among the steps of which a mail waits still.
pub(crate) fn awaits_answer(kept: &KeptRequest, unmailed: &[(RightsRequestId, u32)]) -> bool {
    let steps = unmailed.iter().filter(|(request, _)| *request == kept.request.id);
    let mut steps = steps.filter_map(|(_, step)| kept.request.steps.get(usize::try_from(*step).ok()?));
    steps.any(|step| step.what.is_answer())
}

/// Forgets who asked and what they said. Tells whether they waited for an answer.
pub(crate) fn forget(kept: &mut KeptRequest, member: Option<UserId>, now: Timestamp) -> bool {
    (kept.words, kept.wish, kept.next_at) = (None, Wish::default(), None);
    kept.request.forget(member, now)
}
