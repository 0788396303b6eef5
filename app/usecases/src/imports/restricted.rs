//! Rows of people whose lead is restricted: nothing comes of them, and whoever brings them is told why (DSR-10).

use qualify_domain::{
    import::{ImportRow, RowFault},
    text::Phone,
};
use qualify_ports::storage::{ImportProblem, TenantTx};

use super::reading::Rows;
use crate::Error;

/// The outcome that counts such rows.
pub(crate) const RESTRICTED: &str = "skipped_restricted_person";
/// Why nothing came of them, as the file of such rows tells it.
const FAULT: &str = "restricted";

/// Takes them out, and tells which they were.
pub(crate) async fn set_aside(tx: &mut dyn TenantTx, rows: &mut Rows) -> Result<Vec<ImportProblem>, Error> {
    let theirs = tx.restrictions().marks_among(&rows.emails, &rows.phones).await?;
    let mut aside = Vec::new();
    if theirs.is_empty() {
        return Ok(aside);
    }
    let names = |row: &ImportRow| {
        let email = row.email.over(None).map(|email| email.normalized());
        let phone = row.phone.over(None).as_ref().and_then(Phone::e164).map(str::to_owned);
        email.into_iter().chain(phone).any(|mark| theirs.contains(&mark))
    };
    rows.good.retain(|(line, raw, row)| {
        let is_theirs = names(row);
        if is_theirs {
            aside.push(ImportProblem { line: *line, raw: raw.clone(), faults: vec![RowFault::whole(FAULT)] });
        }
        !is_theirs
    });
    Ok(aside)
}
