//! The one mapping of what a use case refuses.

use std::{num::NonZeroU32, sync::Arc};

use http::StatusCode;
use qualify_domain::{access::Forbidden, export_run::Exported, merge::MergeError};
use qualify_usecases::{Broken, Error};

use super::{Instead, Problem};
use crate::watch::Denied;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(violations) => Self::invalid(violations),
            Error::Forbidden(Forbidden(permission)) => {
                Self { denied: Some(Box::new(Denied::Permission(permission))), ..Self::status(StatusCode::FORBIDDEN) }
            }
            Error::NotFound(kind) => Self { denied: Some(Box::new(Denied::Missing(kind))), ..Self::not_found() },
            Error::Merged(lead) => {
                let instead = Some(Box::new(Instead::Merged(lead)));
                Self { instead, ..Self::new(StatusCode::GONE, "error-merged") }
            }
            Error::Conflict(_) => Self::status(StatusCode::CONFLICT),
            Error::Stale => Self::new(StatusCode::CONFLICT, "error-stale"),
            Error::Rule(Broken::WrongCredentials | Broken::NoOrganization | Broken::ChallengeOver) => {
                Self::status(StatusCode::UNAUTHORIZED)
            }
            Error::Rule(Broken::Merge(error)) => unmerged(error),
            Error::Rule(Broken::Erasure(_) | Broken::Held) => Self::new(StatusCode::CONFLICT, "error-held"),
            Error::Rule(Broken::ExportRuns(what, seconds)) => exporting(what, seconds),
            Error::Rule(Broken::Restricted) => Self::new(StatusCode::CONFLICT, "error-restricted"),
            Error::Rule(Broken::PlanFull(refused)) => Self {
                value: Some(("limit", refused.limit.into())),
                ..Self::new(StatusCode::PAYMENT_REQUIRED, "error-plan")
            },
            Error::Rule(Broken::Subscribed) => Self::new(StatusCode::CONFLICT, "error-subscribed"),
            Error::Rule(Broken::NoSubscription) => Self::new(StatusCode::CONFLICT, "error-unsubscribed"),
            Error::Rule(Broken::PaymentRefused) => Self::new(StatusCode::CONFLICT, "error-payment"),
            Error::Rule(Broken::ProviderAway) => Self {
                retry_after: NonZeroU32::new(60),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "error-provider")
            },
            Error::Rule(Broken::Closed) => Self::closed(),
            Error::Rule(Broken::LinkOver) => Self::new(StatusCode::GONE, "error-link"),
            Error::Rule(
                Broken::WrongCode
                | Broken::AppDisabled
                | Broken::Assignment
                | Broken::NotConfirmed
                | Broken::SoleOwner
                | Broken::Passkey(_)
                | Broken::Stage(_)
                | Broken::Pipeline(_)
                | Broken::Rights(_)
                | Broken::File(_)
                | Broken::Import(_)
                | Broken::Member(_)
                | Broken::Restriction(_)
                | Broken::Breach(_)
                | Broken::Hold(_)
                | Broken::Support(_)
                | Broken::NotOpenToSupport,
            ) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "error-rule"),
            Error::Limit => {
                Self { retry_after: Some(NonZeroU32::MIN), ..Self::status(StatusCode::SERVICE_UNAVAILABLE) }
            }
            Error::TooOften(seconds) => Self::too_many(seconds),
            Error::Failed(cause) => {
                Self { cause: Some(Arc::new(cause)), ..Self::status(StatusCode::INTERNAL_SERVER_ERROR) }
            }
        }
    }
}

/// Why leads are not merged, or not separated.
fn unmerged(error: MergeError) -> Problem {
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
fn exporting(what: Exported, seconds: u64) -> Problem {
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
