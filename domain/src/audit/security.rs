use crate::{
    audit::{AuditActor, Target},
    id::{SessionId, UserId},
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// What matters to security and is no command of a member (LOG-3).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum SecurityKind {
            $($(#[$doc])* $name),+
        }

        impl SecurityKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

kinds! {
    /// Somebody signed in.
    SignedIn = "signed_in",
    /// Somebody failed to sign in.
    SignInFailed = "sign_in_failed",
    /// Further tries to sign in were held off.
    SignInThrottled = "sign_in_throttled",
    /// Somebody signed out.
    SignedOut = "signed_out",
    /// Somebody who was signed in came over from another of their organizations.
    OrganizationEntered = "organization_entered",
    /// A session was ended from elsewhere.
    SessionRevoked = "session_revoked",
    /// A refresh token came a second time: it may have been stolen.
    RefreshReused = "refresh_reused",
    /// A permission was missing.
    PermissionRefused = "permission_refused",
    /// Something was asked for by an id that the organization does not have.
    ObjectNotFound = "object_not_found",
    /// A confirmation by password or second factor failed.
    StepUpFailed = "step_up_failed",
    /// A password was changed.
    PasswordChanged = "password_changed",
    /// A password was set anew by mail.
    PasswordReset = "password_reset",
    /// An address was changed.
    EmailChanged = "email_changed",
    /// An address was confirmed.
    EmailVerified = "email_verified",
    /// A second factor was set up.
    FactorAdded = "factor_added",
    /// A second factor was taken away.
    FactorRemoved = "factor_removed",
    /// A second factor failed.
    FactorFailed = "factor_failed",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery_code_used",
    /// New recovery codes were made.
    RecoveryCodesMade = "recovery_codes_made",
    /// An API key was refused.
    ApiKeyRefused = "api_key_refused",
}

/// Something that matters to security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// What happened.
    pub kind: SecurityKind,
    /// Who did it, as far as that is proven.
    pub actor: AuditActor,
    /// In which session.
    pub session: Option<SessionId>,
    /// To what.
    pub target: Option<Target>,
}

impl SecurityEvent {
    /// What a user did who proved who they are.
    pub const fn by(kind: SecurityKind, user: UserId, session: Option<SessionId>) -> Self {
        Self { kind, actor: AuditActor::Member(user), session, target: Some(Target::Member(user)) }
    }

    /// What somebody unknown did to a user's account.
    pub const fn against(kind: SecurityKind, user: UserId) -> Self {
        Self { kind, actor: AuditActor::Nobody, session: None, target: Some(Target::Member(user)) }
    }
}
