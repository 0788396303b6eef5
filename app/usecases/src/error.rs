//! What a use case answers when it does not do what was asked, sorted by what the caller can do about it.

use qualify_domain::{
    access::Forbidden,
    breach::BreachError,
    erasure::ErasureError,
    export_run::Exported,
    hold::HoldError,
    id::LeadId,
    import::{FileFault, ImportError},
    lead::StageError,
    merge::MergeError,
    pipeline::PipelineError,
    restriction::RestrictionError,
    rights_request::RightsError,
    roster::MemberError,
    subscription::Refused,
    support::SupportError,
    totp::TotpRefusal,
    violation::Violations,
};
use qualify_ports::{
    BoxError, files::FileError, passkeys::PasskeyError, passwords::PasswordError, storage::StorageError,
    tokens::TokenError, vault::Unopened,
};

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input has faults: correct them.
    #[error("the input is not valid: {0}")]
    Invalid(Violations),
    /// A permission is missing: ask an owner.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// There is no such thing, or not for this actor.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The lead was merged into this one: look there.
    #[error("the lead was merged into another")]
    Merged(LeadId),
    /// Something of the same key is there already, and is not the same.
    #[error("there is another {0} of that key already")]
    Conflict(&'static str),
    /// Somebody else changed it meanwhile: look again.
    #[error("it has changed since it was read")]
    Stale,
    /// A rule of the product says no.
    #[error(transparent)]
    Rule(#[from] Broken),
    /// Too much at once: try again in a moment.
    #[error("too much is being done at once")]
    Limit,
    /// It was tried too often: try again in so many seconds.
    #[error("it was tried too often; the next try is taken in {0} seconds")]
    TooOften(u64),
    /// It broke; the cause is for the operator.
    #[error("it failed")]
    Failed(#[source] BoxError),
}

/// A rule of the product that says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// No user has that address and password.
    #[error("no account has that address and password")]
    WrongCredentials,
    /// The user belongs to no organization.
    #[error("the account belongs to no organization")]
    NoOrganization,
    /// The challenge is over: the password is to be given again.
    #[error("the challenge is over")]
    ChallengeOver,
    /// The link of a mail does not work: it was used, its time is over, or it never was one.
    #[error("the link does not work any more")]
    LinkOver,
    /// The code is not the right one, or was used before.
    #[error("the code is not right")]
    WrongCode,
    /// Too many wrong codes came in a row: the authenticator app has to be set up anew.
    #[error("the authenticator app is disabled")]
    AppDisabled,
    /// A passkey was not accepted.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// A membership cannot be changed so.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// The lead cannot be given to that member by this one.
    #[error("whoever asks may not give the lead to that member")]
    Assignment,
    /// A lead cannot stand there.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// Leads cannot be merged, or separated again.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A lead is not erased.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    /// A pipeline cannot be changed so.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// The end of the organization was asked for: it takes nothing in any more.
    #[error("the organization is closed")]
    Closed,
    /// The plan has no room for more.
    #[error(transparent)]
    PlanFull(#[from] Refused),
    /// There is a subscription already, and it has not ended.
    #[error("the organization has a subscription already")]
    Subscribed,
    /// There is no such subscription to change.
    #[error("the organization has no such subscription")]
    NoSubscription,
    /// The payment provider refuses it.
    #[error("the payment provider refuses it")]
    PaymentRefused,
    /// The payment provider does not answer for now.
    #[error("the payment provider does not answer")]
    ProviderAway,
    /// What was typed to confirm is not what was asked for.
    #[error("it was not confirmed by typing the right words")]
    NotConfirmed,
    /// An account cannot go while nobody else owns an organization of its user.
    #[error("nobody else owns an organization of the user")]
    SoleOwner,
    /// A restriction cannot be lifted so.
    #[error(transparent)]
    Restriction(#[from] RestrictionError),
    /// The lead of that person is restricted: it is kept, and no other is opened or changed for them.
    #[error("the lead of that person is restricted")]
    Restricted,
    /// A legal hold cannot be placed or changed so.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// A legal hold keeps what was to go.
    #[error("a legal hold keeps it")]
    Held,
    /// Support is not let in so.
    #[error(transparent)]
    Support(#[from] SupportError),
    /// No owner opened the organization to support.
    #[error("no owner opened such an organization to support")]
    NotOpenToSupport,
    /// A request about rights takes no such step.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// The log of breaches does not take what it was told.
    #[error(transparent)]
    Breach(#[from] BreachError),
    /// Another export runs in the organization; this one is let in after so many seconds at the latest (DSR-13).
    #[error("another export runs: {}; it holds its place for {} seconds at most", .0.code(), .1)]
    ExportRuns(Exported, u64),
    /// A file is not taken.
    #[error(transparent)]
    File(#[from] FileFault),
    /// An import stays as it is.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict => Self::Conflict("row"),
            StorageError::Stale => Self::Stale,
            StorageError::Held => Self::Rule(Broken::Held),
            StorageError::Busy => Self::Limit,
            StorageError::Failed(cause) => Self::Failed(cause),
        }
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Missing => Self::NotFound("file"),
            FileError::Broken(_) | FileError::Unavailable(_) => Self::Failed(error.into()),
        }
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Limit,
            PasswordError::Failed(cause) => Self::Failed(cause),
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<TotpRefusal> for Error {
    fn from(refusal: TotpRefusal) -> Self {
        Self::Rule(match refusal {
            TotpRefusal::Wrong => Broken::WrongCode,
            TotpRefusal::Disabled => Broken::AppDisabled,
        })
    }
}

impl From<PasskeyError> for Error {
    fn from(error: PasskeyError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<Unopened> for Error {
    fn from(error: Unopened) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StageError> for Error {
    fn from(error: StageError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<PipelineError> for Error {
    fn from(error: PipelineError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<RestrictionError> for Error {
    fn from(error: RestrictionError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<RightsError> for Error {
    fn from(error: RightsError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<BreachError> for Error {
    fn from(error: BreachError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<SupportError> for Error {
    fn from(error: SupportError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<HoldError> for Error {
    fn from(error: HoldError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<FileFault> for Error {
    fn from(fault: FileFault) -> Self {
        Self::Rule(fault.into())
    }
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        Self::Rule(error.into())
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}
