//! Organizations: their members, and what they say of themselves and of their work.

use super::{Category, Erase, Retention, Subject, Table, Tag};

/// What an organization says of itself and of its work.
const OWN: Tag = Tag::of_nobody(Category::None, &[Retention::Account]);
/// Ids and counts by which that is found and kept in step.
const KEY: Tag = Tag::of_nobody(Category::Technical, &[Retention::Account]);
/// Its name (DAT-2): often enough that of a person.
const NAME: Tag = Tag::of(Category::Account, Subject::User, &[Retention::Account]);
/// What its forms say of who answers for the data: a notice begins with the name of the organization and the address of
/// whoever founded it (`Notice::usual`). It is shown to visitors, and stays when a member goes, with another address.
pub(super) const NOTICE: Tag = NAME.inside().erased_by(Erase::Pseudonymise);
/// What is a member's in the organization; it goes when they leave.
const MEMBER: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Membership]);
/// Whom somebody invites: an address, and as what.
const INVITED: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Invitation]);
const INVITED_ADDRESS: Tag = NAME.until(&[Retention::Invitation]);
/// Who did something; members may leave, and what they did stays.
const AUTHOR: Tag =
    Tag::of(Category::Technical, Subject::User, &[Retention::Account]).inside().erased_by(Erase::Pseudonymise);
/// What the log says of a breach.
const BREACH: Tag = OWN.until(&[Retention::Breach, Retention::Account]);
const BREACH_KEY: Tag = KEY.until(BREACH.retention);
/// Of one of the service, which is no organization's.
const SERVICE_BREACH: Tag = OWN.until(&[Retention::Breach]);
/// What was opened for support.
const SUPPORT: Tag = OWN.until(&[Retention::SupportGrant]);
const SUPPORT_KEY: Tag = KEY.until(&[Retention::SupportGrant]);
const SUPPORT_AUTHOR: Tag = AUTHOR.until(&[Retention::SupportGrant]);
/// What was subscribed to.
const PAYMENT: Tag = Tag::of_nobody(Category::Billing, &[Retention::Account]);
/// A view of the list.
const VIEW: Tag = OWN.until(&[Retention::View]);
const VIEW_KEY: Tag = KEY.until(&[Retention::View]);
const VIEW_OWNER: Tag = MEMBER.inside().until(&[Retention::View, Retention::Membership]);
const VIEW_MAKER: Tag = VIEW_OWNER.until(&[Retention::View]).erased_by(Erase::Null);

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "organizations",
        tagged: &[
            (NAME, &["name", "slug"]),
            (OWN, &["automatic_rights"]),
            (OWN, &["language", "time_zone", "working_hours", "mfa_policy", "mfa_since", "created_at"]),
            (OWN, &["closed_at", "purge_due_at", "ending", "end_confirmed_at"]),
            (KEY, &["organization_id", "version", "closing_told"]),
        ],
    },
    Table { name: "holidays", tagged: &[(OWN, &["day", "name"]), (KEY, &["organization_id"])] },
    Table {
        name: "memberships",
        tagged: &[
            (MEMBER, &["roles", "grants", "joined_at"]),
            (MEMBER.inside(), &["organization_id", "user_id", "notify_new_leads"]),
        ],
    },
    Table {
        name: "retention_policies",
        tagged: &[
            (OWN, &["months", "months_before", "begins_at", "justification", "changed_at"]),
            (KEY, &["organization_id", "warned_until"]),
            (AUTHOR, &["changed_by"]),
        ],
    },
    Table {
        name: "informing_reminders",
        tagged: &[(OWN, &["day", "is_late"]), (KEY, &["organization_id", "next_at"])],
    },
    Table {
        name: "breaches",
        tagged: &[
            (BREACH, &["happened", "categories", "people", "effects", "measures", "aware_at", "logged_at"]),
            (BREACH, &["cnil_told_at", "late_because", "people_told_at", "closed_at", "untold_because"]),
            (BREACH_KEY, &["organization_id", "id"]),
            (AUTHOR.until(BREACH.retention), &["author_id"]),
        ],
    },
    Table { name: "breach_notices", tagged: &[(BREACH_KEY, &["organization_id", "breach_id", "told_at"])] },
    Table {
        name: "service_breaches",
        tagged: &[
            (SERVICE_BREACH, &["id", "happened", "categories", "people", "effects", "measures", "aware_at"]),
            (SERVICE_BREACH, &["logged_at", "cnil_told_at", "late_because", "people_told_at", "closed_at"]),
            (SERVICE_BREACH, &["untold_because"]),
        ],
    },
    // Versions and hashes of a text that is the product's, and which member accepted it.
    Table {
        name: "agreements",
        tagged: &[
            (OWN, &["version", "language", "hash", "accepted_at"]),
            (KEY, &["organization_id"]),
            (AUTHOR, &["accepted_by"]),
        ],
    },
    Table { name: "teams", tagged: &[(OWN, &["name", "name_norm", "created_at"]), (KEY, &["organization_id", "id"])] },
    Table {
        name: "team_members",
        tagged: &[(MEMBER, &["is_leader"]), (MEMBER.inside(), &["organization_id", "team_id", "user_id"])],
    },
    Table {
        name: "invitations",
        tagged: &[
            (INVITED_ADDRESS, &["email"]),
            (INVITED_ADDRESS.inside(), &["email_norm"]),
            (INVITED, &["roles", "invited_at", "expires_at", "mail_refused_at"]),
            (INVITED.inside(), &["organization_id", "id", "token_id"]),
            (INVITED.inside().erased_by(Erase::Pseudonymise), &["invited_by"]),
        ],
    },
    Table {
        name: "notification_choices",
        tagged: &[(MEMBER, &["kind", "choice"]), (MEMBER.inside(), &["organization_id", "user_id"])],
    },
    Table {
        name: "api_keys",
        tagged: &[
            (MEMBER, &["name", "role", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"]),
            (MEMBER.inside(), &["organization_id", "id", "digest", "made_by"]),
        ],
    },
    Table {
        name: "pipelines",
        tagged: &[(OWN, &["name", "position", "retired_at"]), (KEY, &["organization_id", "id", "version"])],
    },
    Table {
        name: "stages",
        tagged: &[
            (OWN, &["name", "kind", "position", "stale_after_days", "retired_at"]),
            (KEY, &["organization_id", "id", "pipeline_id"]),
        ],
    },
    Table {
        name: "reasons",
        tagged: &[(OWN, &["name", "name_norm", "position", "archived_at"]), (KEY, &["organization_id", "id"])],
    },
    Table {
        name: "properties",
        tagged: &[
            (OWN, &["key", "name", "purpose", "kind", "choices", "position", "archived_at"]),
            (KEY, &["organization_id", "id", "version"]),
        ],
    },
    Table {
        name: "forms",
        tagged: &[
            (NOTICE, &["notice", "notice_parts"]),
            (OWN, &["name", "language", "allowed_origins", "thank_you_url", "legal_basis", "consent_wording"]),
            (OWN, &["purposes", "fields", "draft", "known_person", "requires_token", "requires_work", "created_at"]),
            (KEY, &["organization_id", "id", "version", "draft_version"]),
        ],
    },
    Table {
        name: "form_editions",
        tagged: &[
            (NOTICE, &["settings"]),
            (OWN, &["at"]),
            (KEY, &["organization_id", "form_id", "version"]),
            (AUTHOR, &["author_id", "author_key_id"]),
        ],
    },
    Table {
        name: "form_addresses",
        tagged: &[(KEY, &["organization_id", "public_id", "form_id", "issued_at", "retired_at"])],
    },
    // Names of fields that nobody declared, never what was in them (DAT-3).
    Table {
        name: "undeclared_fields",
        tagged: &[(OWN, &["name", "times", "last_seen_at"]), (KEY, &["organization_id", "form_id"])],
    },
    Table {
        name: "score_editions",
        tagged: &[
            (OWN, &["book", "made_at"]),
            (KEY, &["organization_id", "version", "settled_at"]),
            (AUTHOR, &["author_id", "author_key_id"]),
        ],
    },
    Table { name: "score_drafts", tagged: &[(MEMBER.inside(), &["organization_id", "user_id", "base", "book"])] },
    Table {
        name: "views",
        tagged: &[
            (VIEW, &["name", "name_norm", "settings", "created_at", "removed_at"]),
            (VIEW_KEY, &["organization_id", "id", "version"]),
            (VIEW_OWNER, &["private_of"]),
            (VIEW_MAKER, &["made_by"]),
        ],
    },
    Table {
        name: "hook_endpoints",
        tagged: &[
            (OWN, &["url", "kinds", "detail", "state", "created_at", "failing_since", "old_until"]),
            (KEY, &["organization_id", "id", "secret_key", "secret", "old_key", "old_secret"]),
            (AUTHOR, &["made_by"]),
        ],
    },
    Table {
        name: "support_grants",
        tagged: &[
            (SUPPORT, &["reason", "opened_at", "ends_at", "ended_at"]),
            (SUPPORT_KEY, &["organization_id", "id", "expires_at"]),
            (SUPPORT_AUTHOR, &["author_id", "ended_by"]),
        ],
    },
    Table {
        name: "support_visits",
        tagged: &[
            (SUPPORT, &["made_at", "begun_at", "left_at"]),
            (SUPPORT_KEY, &["organization_id", "id", "grant_id", "digest", "link_ends_at", "session"]),
        ],
    },
    // What it subscribed to, as the provider told it: what was paid stands in the ledger.
    Table {
        name: "billing_records",
        tagged: &[
            (PAYMENT, &["plan", "status", "since", "trial_ends_at", "provider_trial_ends_at", "renews_at", "ends_at"]),
            (
                PAYMENT,
                &["began_at", "updated_at", "confirmed_at", "check_at", "differing_documents", "earlier_subscriptions"],
            ),
            (PAYMENT, &["organization_id", "billing_subject_id", "subscription_id", "customer_id"]),
        ],
    },
    Table {
        name: "checkouts",
        tagged: &[
            (PAYMENT.until(&[Retention::Checkout]), &["organization_id", "reference", "plan", "created_at"]),
            (AUTHOR.until(&[Retention::Checkout]).erased_by(Erase::Null), &["user_id"]),
        ],
    },
    Table { name: "view_defaults", tagged: &[(MEMBER.inside(), &["organization_id", "user_id", "view_id"])] },
];
