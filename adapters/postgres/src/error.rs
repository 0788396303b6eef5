//! What the database says, told without what was in the rows (LOG-2).

use qualify_ports::storage::StorageError;
use sqlx::{
    error::DatabaseError as Refusal,
    postgres::{PgDatabaseError, PgSeverity},
};

/// A failure of the database, by its code.
#[derive(Debug, thiserror::Error)]
enum DatabaseError {
    #[error("the database refused with SQLSTATE {code}{}{constraint}", if constraint.is_empty() { "" } else { ", " })]
    Refused { code: String, constraint: String },
    #[error("the database cannot be reached")]
    Unreachable(#[source] std::io::Error),
    #[error("column {0} does not hold what was expected")]
    Column(String),
    #[error("the database's answer was not understood")]
    Other,
    #[error("the stored {0} is not valid")]
    Corrupt(&'static str),
}

const UNIQUE_VIOLATION: &str = "23505";
const RESTRICT_VIOLATION: &str = "23001";
const DEADLOCK_DETECTED: &str = "40P01";
const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// Under which name a row is refused to go that a legal hold keeps.
const HELD: &str = "held";
const FOREIGN_KEY_VIOLATION: &str = "23503";
/// How the keys end that hang something on a lead, which may have been merged or erased meanwhile.
const LEAD_KEY: &str = "_lead_id_fkey";

/// Sorts a driver's error by what the caller can do.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(crate) fn failed(error: sqlx::Error) -> StorageError {
    if let Some(refused) = error.as_database_error() {
        match refused.code().as_deref() {
            Some(UNIQUE_VIOLATION) => return StorageError::Conflict,
            // Somebody else who held what was wanted went on: it is to be looked at anew.
            Some(DEADLOCK_DETECTED) => return StorageError::Stale,
            // Nobody who serves may connect while a backup is being loaded.
            Some(INSUFFICIENT_PRIVILEGE) if is_fatal(refused) => return StorageError::Busy,
            Some(RESTRICT_VIOLATION) if refused.constraint() == Some(HELD) => return StorageError::Held,
            Some(FOREIGN_KEY_VIOLATION) if refused.constraint().is_some_and(|key| key.ends_with(LEAD_KEY)) => {
                return StorageError::Stale;
            }
            _ => {}
        }
    }
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return StorageError::Busy;
    }
    StorageError::Failed(Box::new(told(&error)))
}

/// Whether it was refused to connect at all, not only a statement.
fn is_fatal(refused: &dyn Refusal) -> bool {
    refused.try_downcast_ref::<PgDatabaseError>().is_some_and(|refused| refused.severity() == PgSeverity::Fatal)
}

/// A row that our own rules would refuse.
pub(crate) fn corrupt(what: &'static str) -> StorageError {
    StorageError::Failed(Box::new(DatabaseError::Corrupt(what)))
}

fn told(error: &sqlx::Error) -> DatabaseError {
    match error {
        sqlx::Error::Database(refused) => DatabaseError::Refused {
            code: refused.code().unwrap_or_default().into_owned(),
            constraint: refused.constraint().unwrap_or_default().to_owned(),
        },
        sqlx::Error::Io(cause) => DatabaseError::Unreachable(std::io::Error::from(cause.kind())),
        sqlx::Error::ColumnDecode { index, .. } => DatabaseError::Column(index.clone()),
        _ => DatabaseError::Other,
    }
}

/// Whether the connection broke, so that nobody knows whether the statement took effect.
pub(crate) fn is_broken(error: &sqlx::Error) -> bool {
    // 57P01-57P03: the server was told to stop, crashed, or is starting.
    let leaving = |refused: &dyn sqlx::error::DatabaseError| refused.code().is_some_and(|code| code.starts_with("57P"));
    error.as_database_error().map_or(!matches!(error, sqlx::Error::ColumnDecode { .. }), leaving)
}
