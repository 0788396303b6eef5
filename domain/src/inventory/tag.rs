//! What is known of a column: the parts of its tag, with the words in which `docs/privacy.md` tells of them.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal, $says:literal;)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = $says] $variant),+
        }

        impl $name {
            /// Each of them, in the order in which they are printed.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What it means.
            pub const fn says(self) -> &'static str {
                match self { $(Self::$variant => $says),+ }
            }
        }
    )+};
}

codes! {
    /// What kind of data it is (DAT-1). The first three are personal, and what may be in them is told by the policy.
    Category {
        Account = "account", "who somebody with a login is";
        Connection = "connection", "when and from where an account was used";
        Lead = "lead", "what is known of a person in whom an organization sees a customer";
        Billing = "billing", "what was paid";
        Technical = "technical", "ids, states and settings by which the product works; some of them lead to a person";
        None = "none", "what an organization says of itself and of its work";
    }

    /// Of whom it tells.
    Subject {
        User = "user", "somebody with a login";
        Lead = "lead", "a person in a lead";
        None = "none", "nobody";
    }

    /// When it has to be gone. Where a rule of privacy and security says so, it is told with its number.
    Retention {
        LeadIp = "lead_ip", "30 days after it was received (RET-1)";
        Quarantine = "quarantine", "30 days after it came, if nobody let it out";
        Sealed = "sealed", "30 days after it came, if the organization could not receive it by then";
        Lead = "lead", "36 months after the last contact that came from the person, with all that hangs on the lead (RET-12)";
        Connection = "connection", "90 days after it happened (RET-4)";
        RefreshToken = "refresh_token", "7 days after it was issued (RET-5)";
        Session = "session", "30 days after the sign-in, when the session ends at the latest (SES-5)";
        Challenge = "challenge", "5 minutes after it was asked, or when it was answered (AUTH-13)";
        OneTimeToken = "one_time_token", "when it was used, else 30 minutes to 7 days after it was issued (AUTH-11)";
        ConsentLink = "consent_link", "48 hours after it was mailed";
        Invitation = "invitation", "7 days after it was sent, or when it was accepted or withdrawn (AUTH-11)";
        Throttle = "throttle", "24 hours after the last try (RET-13)";
        Membership = "membership", "when the member leaves the organization";
        Account = "account", "30 days after the entitlement ended or the deletion was asked for (RET-6)";
        View = "view", "30 days after it was taken away";
        Key = "key", "when a second try is not known by it any more, after 48 hours at most (WEB-11)";
        Outbox = "outbox", "7 days after it was done, 30 after it was given up (RET-13)";
        Notification = "notification", "30 days after it was told";
        MailPace = "mail_pace", "30 days after as many mails could go at once again as ever";
        Job = "job", "30 days after it ended";
        ExportFile = "export_file", "7 days after it was asked for (RET-13)";
        ImportUndo = "import_undo", "7 days after the import was done, or begun if nothing was done with it";
        MergeUndo = "merge_undo", "30 days after the merge";
        Tombstone = "tombstone", "45 days after the erasure (RET-13)";
        Register = "register", "5 years after the erasure (RET-13)";
        Audit = "audit", "12 months after it happened (RET-13)";
        Hold = "hold", "when the hold is lifted, which is reviewed every six months (RET-18)";
        Tally = "tally", "24 hours after it was counted";
        SigningKey = "signing_key", "when nothing that it signed counts any more (SES-3)";
        RightsLink = "rights_link", "when it was used and half an hour is over, else 24 hours to 7 days after it was sent";
        RightsRequest = "rights_request", "5 years after it was received (RET-13)";
        Breach = "breach", "5 years after it was logged (PRV-8)";
        HookDelivery = "hook_delivery", "7 days after what it tells of happened (RET-13)";
        SupportGrant = "support_grant", "12 months after the access for support ended at the latest";
        Checkout = "checkout", "30 days after it was begun";
        BillingHint = "billing_hint", "30 days after it came";
        Ledger = "ledger", "10 years after the end of the fiscal year (RET-11)";
        Installation = "installation", "as long as the installation";
    }

    /// What the erasure of its subject does to it (DSR-9).
    Erase {
        Delete = "delete", "it is deleted with its row";
        Null = "null", "it is emptied, and its row stays";
        Pseudonymise = "pseudonymise", "it stays and leads to nobody: what it names is gone, or taken out of it";
        KeepLegal = "keep_legal", "it stays for as long as the law asks; the ledger alone (RET-18)";
        None = "none", "there is nobody to erase";
    }
}

impl Category {
    /// Whether it is the personal data of which the policy speaks (DAT-2).
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Account | Self::Connection | Self::Lead)
    }
}

/// What is known of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What kind of data it is.
    pub category: Category,
    /// Of whom it tells.
    pub subject: Subject,
    /// The rules that end it; the first that is due does.
    pub retention: &'static [Retention],
    /// Whether its subject gets it with a copy of their data (DSR-8, DSR-13).
    pub is_exported: bool,
    /// What the erasure of its subject does to it.
    pub erase: Erase,
}

impl Tag {
    /// What tells of somebody: they get it, and it goes when they are erased.
    pub(super) const fn of(category: Category, subject: Subject, retention: &'static [Retention]) -> Self {
        Self { category, subject, retention, is_exported: true, erase: Erase::Delete }
    }

    /// What tells of nobody.
    pub(super) const fn of_nobody(category: Category, retention: &'static [Retention]) -> Self {
        Self { category, subject: Subject::None, retention, is_exported: false, erase: Erase::None }
    }

    /// The same, kept from the copy: a secret, a second form of what stands beside it, or an id that says nothing.
    pub(super) const fn inside(self) -> Self {
        Self { is_exported: false, ..self }
    }

    /// The same under other rules.
    pub(super) const fn until(self, retention: &'static [Retention]) -> Self {
        Self { retention, ..self }
    }

    /// The same, erased in another way.
    pub(super) const fn erased_by(self, erase: Erase) -> Self {
        Self { erase, ..self }
    }
}
