//! The product's own work: what is to be done, whom it tells, and what it remembers of having done it.

use super::{Category, Erase, Retention, Subject, Table, Tag};

/// An event that waits, and how often it was tried (RET-13). It holds ids; whoever is mailed about it has a login.
const QUEUED: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Outbox]).inside();
/// What a member was told of.
const TOLD: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Notification, Retention::Membership]);
const TOLD_OF: Tag = Tag::of(Category::Technical, Subject::Lead, &[Retention::Notification, Retention::Lead]).inside();
/// How many mails went to a member, or in all, lately.
const PACE: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::MailPace]).inside();
/// Long work that a member asked for.
const JOB: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Job]);
/// Which leads it is for: by ids, or by words that may be somebody's name.
const JOB_WHICH: Tag = Tag::of(Category::Lead, Subject::Lead, &[Retention::Job]).inside();
const JOB_LEADS: Tag = Tag::of(Category::Technical, Subject::Lead, &[Retention::Job]).inside();
/// Who did what to what, in ids and codes (RET-13): the entry stays, or the chain would break, and its ids lead to nobody.
const AUDIT: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Audit]).erased_by(Erase::Pseudonymise);
const AUDIT_CHAIN: Tag = Tag::of_nobody(Category::Technical, &[Retention::Audit]);
const AUDIT_END: Tag = Tag::of_nobody(Category::Technical, &[Retention::Account]);
/// What matters to security and happened again, until it stands in the trail.
const TALLY: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Tally]).inside();
/// The names of keys, never the keys themselves.
const SIGNING: Tag = Tag::of_nobody(Category::Technical, &[Retention::SigningKey]);
/// What webhooks of the payment provider were about.
const HINT: Tag = Tag::of_nobody(Category::Billing, &[Retention::BillingHint]);
/// What was paid: no erasure takes it away (RET-18).
const LEDGER: Tag = Tag::of_nobody(Category::Billing, &[Retention::Ledger]).erased_by(Erase::KeepLegal);
const INSTALLATION: Tag = Tag::of_nobody(Category::Technical, &[Retention::Installation]);

/// Where the last mail to somebody goes whose account is gone.
const FAREWELL: Tag = Tag::of(Category::Account, Subject::User, &[Retention::Outbox]).inside();
const FAREWELL_AROUND: Tag = QUEUED;

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "outbox",
        tagged: &[(QUEUED, &["organization_id", "id", "event", "attempts", "due_at", "parked_at", "parked_reason"])],
    },
    Table {
        name: "notifications",
        tagged: &[
            (TOLD, &["kind", "created_at", "read_at"]),
            (TOLD.inside(), &["organization_id", "id", "user_id", "mail", "mail_id", "job_id"]),
            (TOLD.inside().erased_by(Erase::Pseudonymise), &["actor_id"]),
            (TOLD_OF, &["lead_id"]),
        ],
    },
    Table {
        name: "mail_paces",
        tagged: &[(
            PACE,
            &["organization_id", "id", "full_at", "waiting", "waiting_until", "digest_at", "digested_on"],
        )],
    },
    Table {
        name: "jobs",
        tagged: &[
            (JOB_WHICH, &["kind"]),
            (JOB_LEADS, &["place", "left_out"]),
            (JOB, &["state", "asked_at", "began_at", "ended_at", "called_off_at"]),
            (JOB.inside(), &["organization_id", "id", "user_id", "session_id"]),
            (JOB.inside(), &["done", "total", "report", "fault", "version"]),
        ],
    },
    Table {
        name: "audit_entries",
        tagged: &[
            (AUDIT, &["at", "action", "target_kind", "times", "changes"]),
            (AUDIT.inside(), &["actor_kind", "actor_id", "session_id", "target_id"]),
            (AUDIT_CHAIN, &["organization_id", "sequence", "previous", "hash"]),
        ],
    },
    Table { name: "audit_heads", tagged: &[(AUDIT_END, &["organization_id", "sequence", "hash"])] },
    Table { name: "audit_anchors", tagged: &[(AUDIT_END, &["organization_id", "sequence", "hash", "anchored_at"])] },
    Table {
        name: "security_tallies",
        tagged: &[
            (TALLY, &["organization_id", "kind", "actor_kind", "about", "actor_id", "since", "held"]),
            (TALLY, &["target_kind", "target_id"]),
        ],
    },
    Table {
        name: "farewells",
        tagged: &[
            (FAREWELL, &["email"]),
            (FAREWELL_AROUND, &["organization_id", "id", "language", "created_at", "place"]),
        ],
    },
    // Which organizations are gone, and how much of what: no names.
    Table { name: "purges", tagged: &[(INSTALLATION, &["whose", "closed_at", "began_at", "ended_at", "counts"])] },
    Table {
        name: "billing_hints",
        tagged: &[
            (HINT, &["key", "event", "subscription_id", "order_id", "invoice_id", "reference", "told", "received_at"]),
            (HINT, &["due_at", "attempts", "settled_at"]),
        ],
    },
    // Of nobody: what it knows an organization by is a random number, and what links the two goes with the organization.
    Table {
        name: "ledger",
        tagged: &[
            (LEDGER, &["number", "billing_subject_id", "kind", "document_id", "status", "currency", "currency_rate"]),
            (LEDGER, &["subtotal", "discount", "tax", "tax_name", "tax_rate", "tax_inclusive", "total", "refunded"]),
            (LEDGER, &["issued_at", "is_test", "fiscal_year_end", "retain_until"]),
        ],
    },
    Table { name: "security_counts", tagged: &[(INSTALLATION, &["kind", "hour", "times"])] },
    // Which rule let how many rows go, and when: proofs, of nobody. They are kept, those that are older than five years as well.
    Table {
        name: "retention_runs",
        tagged: &[(
            INSTALLATION,
            &["sequence", "rule", "began_at", "cutoff", "rows", "milliseconds", "outcome", "previous", "hash"],
        )],
    },
    Table { name: "retention_head", tagged: &[(INSTALLATION, &["one", "sequence", "hash"])] },
    Table {
        name: "retention_turns",
        tagged: &[(INSTALLATION, &["rule", "due_at", "held_until", "began_at", "cutoff", "rows"])],
    },
    Table { name: "signing_keys", tagged: &[(SIGNING, &["kid", "ring_key", "created_at", "signs_from"])] },
    // Made by sqlx: which migrations were run.
    Table {
        name: "_sqlx_migrations",
        tagged: &[(INSTALLATION, &["version", "description", "installed_on", "success", "checksum", "execution_time"])],
    },
    // What the installation tells everybody; nobody is named in it but its controller, who publishes it.
    Table {
        name: "policy_versions",
        tagged: &[(INSTALLATION, &["language", "number", "hash", "text", "effective_from"])],
    },
    Table {
        name: "subprocessors",
        tagged: &[(
            INSTALLATION,
            &["announcement", "name", "purpose", "country", "transfer", "since", "announced_at", "left_at"],
        )],
    },
];
