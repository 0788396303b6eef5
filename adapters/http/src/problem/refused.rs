//! What is refused as things stand.

use std::num::NonZeroU32;

use http::StatusCode;
use qualify_domain::{export_run::Exported, merge::MergeError};

use super::Problem;

/// Why leads are not merged, or not separated.
pub(super) fn unmerged(error: MergeError) -> Problem {
    let (status, key) = match error {
        MergeError::Itself => (StatusCode::UNPROCESSABLE_ENTITY, "error-merge-itself"),
        MergeError::Unknown => (StatusCode::UNPROCESSABLE_ENTITY, "error-merge-unknown"),
        MergeError::Merged => (StatusCode::CONFLICT, "error-merge-gone"),
        MergeError::Undone => (StatusCode::CONFLICT, "error-merge-undone"),
        MergeError::Over => (StatusCode::CONFLICT, "error-merge-over"),
        MergeError::Later => (StatusCode::CONFLICT, "error-merge-later"),
        MergeError::OutOfReach => (StatusCode::CONFLICT, "error-merge-reach"),
    };
    Problem::new(status, key)
}

/// Another export runs: which one, and by when others are let in at the latest (DSR-13).
pub(super) fn exporting(what: Exported, seconds: u64) -> Problem {
    let key = match what {
        Exported::Person => "error-exporting-person",
        Exported::Account => "error-exporting-account",
        Exported::Organization => "error-exporting-organization",
    };
    Problem {
        value: Some(("seconds", seconds)),
        retry_after: NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX)),
        ..Problem::new(StatusCode::CONFLICT, key)
    }
}
