use serde::{Deserialize, Serialize};

use crate::subscription::Step;

/// Of what members hear who answer for requests about rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RightsNews {
    /// Somebody proved who they are, and waits for an answer.
    New,
    /// Its last day comes in so many days.
    Due(u8),
    /// It should have been answered by now.
    Overdue,
}

/// Of what those hear who pay for an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingNews {
    /// Their subscription took a step.
    Step(Step),
    /// Their trial ends in so many days.
    TrialEnds(u8),
}

/// What changed about somebody's second factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorChange {
    /// An authenticator app was set up.
    AppAdded,
    /// The authenticator app was removed.
    AppRemoved,
    /// Too many wrong codes came in a row: the authenticator app is disabled.
    AppDisabled,
    /// New recovery codes took the place of the earlier ones.
    CodesReplaced,
    /// A recovery code was used; so many are left.
    CodeUsed(u32),
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
}
