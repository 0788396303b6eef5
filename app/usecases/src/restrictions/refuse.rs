use std::collections::BTreeSet;

use qualify_domain::{
    erasure::Marks,
    id::LeadId,
    text::{Email, Phone},
};
use qualify_ports::storage::TenantTx;

use crate::{Broken, Error};

/// Refuses what would open or change a lead of somebody whose lead is restricted: it would be used after all. Nobody restricts
/// one of theirs until the work ends.
///
/// # Errors
/// [`Error::Rule`].
pub(crate) async fn refuse_restricted(
    tx: &mut dyn TenantTx,
    email: Option<&Email>,
    phone: Option<&Phone>,
) -> Result<(), Error> {
    let emails: Vec<_> = email.map(Email::normalized).into_iter().collect();
    let phones: Vec<_> = phone.and_then(Phone::e164).map(str::to_owned).into_iter().collect();
    if emails.is_empty() && phones.is_empty() {
        return Ok(());
    }
    tx.lead_batches().hold_people(&emails, &phones).await?;
    if tx.restrictions().marks_among(&emails, &phones).await?.is_empty() {
        Ok(())
    } else {
        Err(Broken::Restricted.into())
    }
}

/// Has whoever makes or fills a lead of that person at this moment come first, or see what becomes of it. Tells by what they are
/// known.
pub(crate) async fn hold_person(tx: &mut dyn TenantTx, lead: LeadId) -> Result<Marks, Error> {
    let marks = tx.erasures().marks(lead).await?;
    let list = |marks: &BTreeSet<String>| marks.iter().cloned().collect::<Vec<_>>();
    tx.lead_batches().hold_people(&list(&marks.emails), &list(&marks.phones)).await?;
    Ok(marks)
}
