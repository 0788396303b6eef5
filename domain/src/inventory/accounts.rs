//! People with a login: who they are, how they prove it, and from where they did.

use super::{Category, Erase, Retention, Subject, Table, Tag};

/// Who somebody is (DAT-2), for as long as they have an account (RET-6).
const ACCOUNT: Tag = Tag::of(Category::Account, Subject::User, &[Retention::Account]);
/// What the product must know to serve them, beside who they are: settings, and what proves who they are.
const USER: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Account]);
/// When and from where an account was used: 90 days (RET-4).
const CONNECTION: Tag = Tag::of(Category::Connection, Subject::User, &[Retention::Connection]);
/// What was done then, and by which session.
const EVENT: Tag = USER.until(&[Retention::Connection]);
/// A session, and the moments at which somebody did something to it.
const SESSION: Tag = USER.until(&[Retention::Session]).inside();
const SESSION_TIME: Tag = CONNECTION.until(&[Retention::Session]);
/// A refresh token, and the moments at which it was used (RET-5).
const REFRESH: Tag = USER.until(&[Retention::RefreshToken]).inside();
const REFRESH_TIME: Tag = CONNECTION.until(&[Retention::RefreshToken]).inside();
/// What is asked between a password and a session.
const CHALLENGE: Tag = USER.until(&[Retention::Challenge]).inside();
/// What the link of a mail carries, and what waits for it to be opened (AUTH-11).
const TOKEN: Tag = USER.until(&[Retention::OneTimeToken]).inside();
const WAITING: Tag = ACCOUNT.until(&[Retention::OneTimeToken]);
/// What they asked of the operator by right, and what became of it (RET-13). Without an account it leads to nobody.
const ASKED: Tag = Tag::of(Category::Account, Subject::User, &[Retention::RightsRequest]).erased_by(Erase::Null);
const ASKED_AROUND: Tag =
    Tag::of(Category::Technical, Subject::User, &[Retention::RightsRequest]).erased_by(Erase::Pseudonymise);
/// Which export runs, under keyed digests of organizations.
const EXPORT_RUN: Tag = Tag::of_nobody(Category::Technical, &[Retention::Installation]);
/// How often something was tried, under keyed digests of addresses and networks (RET-13).
const THROTTLE: Tag = USER.until(&[Retention::Throttle]).inside();

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "users",
        tagged: &[
            (ACCOUNT, &["first_name", "last_name", "email"]),
            (ACCOUNT.inside(), &["email_norm"]),
            (USER, &["language", "theme", "time_zone", "created_at", "mail_refused_at"]),
            (USER.inside(), &["id"]),
        ],
    },
    Table { name: "passwords", tagged: &[(ACCOUNT.inside(), &["hash"]), (USER.inside(), &["user_id", "pepper"])] },
    Table {
        name: "totp_secrets",
        tagged: &[
            (USER, &["created_at", "confirmed_at"]),
            (USER.inside(), &["user_id", "key_id", "sealed", "last_step", "failures"]),
        ],
    },
    Table { name: "recovery_codes", tagged: &[(USER, &["used_at"]), (USER.inside(), &["user_id", "digest"])] },
    Table {
        name: "passkeys",
        tagged: &[
            (USER, &["name", "added_at", "used_at"]),
            (USER.inside(), &["id", "user_id", "credential_id", "public_key", "state"]),
        ],
    },
    Table {
        name: "member_requests",
        tagged: &[
            (ASKED, &["words"]),
            (ASKED_AROUND, &["kind", "steps"]),
            (ASKED_AROUND.inside().erased_by(Erase::Null), &["user_id"]),
            (ASKED_AROUND.inside(), &["request_id", "is_open", "reminded", "next_at"]),
        ],
    },
    Table { name: "sign_in_challenges", tagged: &[(CHALLENGE, &["digest", "user_id", "expires_at", "tries"])] },
    Table { name: "passkey_ceremonies", tagged: &[(CHALLENGE, &["digest", "user_id", "state", "expires_at"])] },
    Table {
        name: "sessions",
        tagged: &[
            (SESSION_TIME, &["created_at", "revoked_at", "mfa_later_at", "proved_at", "switched_at"]),
            (SESSION, &["id", "user_id", "current_organization_id", "expires_at"]),
        ],
    },
    Table {
        name: "refresh_tokens",
        tagged: &[
            (REFRESH_TIME, &["issued_at", "rotated_at", "acknowledged_at", "revoked_at"]),
            (REFRESH, &["id", "session_id", "digest", "expires_at", "successor_id"]),
        ],
    },
    Table {
        name: "connection_events",
        tagged: &[
            (CONNECTION, &["occurred_at", "ip", "user_agent"]),
            (EVENT, &["kind"]),
            (EVENT.inside(), &["id", "user_id", "session_id"]),
        ],
    },
    Table {
        name: "one_time_tokens",
        tagged: &[
            (WAITING, &["email"]),
            (WAITING.inside(), &["email_norm"]),
            (TOKEN, &["id", "kind", "digest", "user_id", "home_id", "issued_at", "expires_at"]),
        ],
    },
    Table {
        name: "pending_sign_ups",
        tagged: &[
            (WAITING, &["first_name", "last_name", "organization"]),
            (TOKEN, &["token_id", "home_id", "language"]),
        ],
    },
    Table { name: "export_runs", tagged: &[(EXPORT_RUN, &["key", "id", "exported", "held_until"])] },
    Table { name: "throttles", tagged: &[(THROTTLE, &["key", "failures", "times", "expires_at"])] },
];
