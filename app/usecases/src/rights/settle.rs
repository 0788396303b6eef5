use std::collections::BTreeSet;

use jiff::Timestamp;
use qualify_domain::{
    event::Event,
    farewell::Farewell,
    id::{FarewellId, UserId},
    text::Email,
};
use qualify_ports::storage::{TenantTx, Wish};

use crate::Error;

/// Settles what people asked under those of these addresses of which nothing is kept any more: their requests are over, and
/// the register forgets who asked (DSR-9). Whoever waited for an answer is told once, by a mail after which nothing is left of
/// the address.
pub(crate) async fn settle(
    tx: &mut dyn TenantTx,
    addresses: &BTreeSet<String>,
    id: FarewellId,
    (member, now): (Option<UserId>, Timestamp),
) -> Result<(), Error> {
    let mut waiting = None;
    let mut gone = BTreeSet::new();
    for address in addresses {
        // While another lead bears it, something is kept still, and whoever asked waits for a member.
        if let Ok(email) = Email::parse(address)
            && tx.people().leads_of(&email).await?.is_empty()
            && tx.people().unsure_of(&email).await?.is_empty()
        {
            gone.insert(address.clone());
        }
    }
    for mut kept in tx.rights().hold_of(&gone).await? {
        let email = kept.request.address().cloned();
        if kept.request.forget(member, now) {
            waiting = email.map(|email| Farewell { id, email, language: kept.language, at: now });
        }
        (kept.words, kept.wish) = (None, Wish::default());
        kept.next_at = None;
        tx.rights().keep(&kept).await?;
    }
    let Some(farewell) = waiting else { return Ok(()) };
    tx.farewells().insert(&farewell).await?;
    Ok(tx.outbox().append(&Event::PersonForgotten { farewell: id }, now).await?)
}
