//! Leads by what was written about them: the full text of messages and notes, which row security keeps from an index and
//! which is therefore looked through by a function of the database that filters by itself (RLS-6).

use std::collections::BTreeSet;

use qualify_domain::{id::LeadId, lead_filter::Found};
use qualify_ports::storage::StorageError;
use sqlx::Acquire;

use crate::{error::failed, tx::Work};

/// How long a look may take. Broad words cost with their hits; a list that waits for them would be no list.
const PATIENCE: &str = "SET LOCAL statement_timeout = '250ms'";
/// The statement was cancelled.
const CANCELLED: &str = "57014";

/// The leads in whose messages and notes these words stand.
pub(crate) async fn find_words(work: &mut Work, words: &str, most: u16) -> Result<Found, StorageError> {
    // Undone in any case: the patience ends with it, and a look that was cut off leaves no broken transaction behind.
    let mut look = work.sql.begin().await.map_err(failed)?;
    sqlx::query(PATIENCE).execute(&mut *look).await.map_err(failed)?;
    let found = sqlx::query_scalar!(
        r#"SELECT lead AS "lead!" FROM leads_by_words($1, $2) AS lead"#,
        words,
        i32::from(most) + 1,
    )
    .fetch_all(&mut *look)
    .await;
    look.rollback().await.map_err(failed)?;
    match found {
        Ok(ids) => {
            let more = ids.len() > usize::from(most);
            let leads: BTreeSet<LeadId> = ids.into_iter().take(usize::from(most)).map(LeadId).collect();
            Ok(Found { leads, more })
        }
        Err(error) if is_cut_off(&error) => Ok(Found { leads: BTreeSet::new(), more: true }),
        Err(error) => Err(failed(error)),
    }
}

fn is_cut_off(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|refused| refused.code().as_deref() == Some(CANCELLED))
}
