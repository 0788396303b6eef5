/// Why unscoped work is done. Closed: every such access is named, and none reaches a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlatformTask {
    /// Makes an account.
    SignUp,
    /// Finds an account by its address and begins a session.
    SignIn,
    /// Ends a session.
    SignOut,
    /// Finds out whose request it is.
    Authenticate,
    /// Exchanges a refresh token.
    RefreshSession,
    /// Shows a user from where their account was used.
    ReadConnections,
    /// Ends sessions from elsewhere.
    RevokeSessions,
    /// Counts how often something was tried.
    Throttle,
    /// Makes and tells the keys that sign access tokens.
    TendSigningKeys,
    /// Finds the form behind a public address.
    ResolveForm,
    /// Finds the organization behind the word in an address.
    ResolveOrganization,
    /// Claims, postpones and parks events.
    RelayOutbox,
    /// Lets go of what was kept for its time.
    SweepRetention,
    /// Counts what is due, and walks along the proofs of the sweeps.
    ReadRetention,
    /// Walks along every organization's audit trail.
    VerifyAudit,
    /// Changes the second factors of an account.
    SecureAccount,
    /// Issues and uses the tokens by which somebody proves a mailbox.
    ProveMailbox,
    /// Reads what the mail of such a token says.
    MailToken,
    /// Marks accounts whose address takes no mail.
    MarkAddresses,
    /// Asks a member once more who they are.
    ConfirmIdentity,
    /// Changes what a user chose for themselves.
    ChangeProfile,
    /// Finds whose the link of a mail to a person in a lead is.
    ResolveLink,
    /// Shows a user the organizations they belong to.
    ShowOrganizations,
    /// Lets a session show another of its user's organizations.
    EnterOrganization,
    /// Hands a user the copy of what is kept of them.
    CopyAccount,
    /// Publishes the privacy policy where it differs from the one in force, and announces subprocessors.
    PublishPolicy,
    /// Shows anybody the privacy policy, its versions and what was announced.
    ReadPolicy,
    /// Keeps the log of breaches of the service.
    TendBreaches,
    /// Registers what people ask of the operator, passes it on, and answers what is the operator's.
    TendRequests,
    /// Takes in what a member asks of the operator, shows it to them, and takes it back.
    AskOperator,
    /// Takes in what the payment provider tells, and finds whose it is.
    HearBilling,
    /// Looks after what was heard from the payment provider, and after what it should have told.
    FollowBilling,
    /// Takes the billing ledger away for whoever keeps the books.
    ReadLedger,
}

impl PlatformTask {
    /// The stable name, for traces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::Authenticate => "authenticate",
            Self::RefreshSession => "refresh_session",
            Self::ReadConnections => "read_connections",
            Self::RevokeSessions => "revoke_sessions",
            Self::Throttle => "throttle",
            Self::TendSigningKeys => "tend_signing_keys",
            Self::ResolveForm => "resolve_form",
            Self::ResolveOrganization => "resolve_organization",
            Self::RelayOutbox => "relay_outbox",
            Self::SweepRetention => "sweep_retention",
            Self::ReadRetention => "read_retention",
            Self::VerifyAudit => "verify_audit",
            Self::SecureAccount => "secure_account",
            Self::ProveMailbox => "prove_mailbox",
            Self::MailToken => "mail_token",
            Self::MarkAddresses => "mark_addresses",
            Self::ConfirmIdentity => "confirm_identity",
            Self::ChangeProfile => "change_profile",
            Self::ResolveLink => "resolve_link",
            Self::ShowOrganizations => "show_organizations",
            Self::EnterOrganization => "enter_organization",
            Self::CopyAccount => "copy_account",
            Self::PublishPolicy => "publish_policy",
            Self::ReadPolicy => "read_policy",
            Self::TendBreaches => "tend_breaches",
            Self::TendRequests => "tend_requests",
            Self::AskOperator => "ask_operator",
            Self::HearBilling => "hear_billing",
            Self::FollowBilling => "follow_billing",
            Self::ReadLedger => "read_ledger",
        }
    }

    /// Whether it only looks.
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::Authenticate
                | Self::ReadConnections
                | Self::ResolveForm
                | Self::ResolveLink
                | Self::ResolveOrganization
                | Self::ReadRetention
                | Self::VerifyAudit
                | Self::ShowOrganizations
                | Self::MailToken
                | Self::CopyAccount
                | Self::ReadPolicy
                | Self::ReadLedger
        )
    }
}
