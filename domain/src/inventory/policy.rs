//! What the privacy policy lets us keep of people (DAT-2), and the columns in which it is. A personal column that is not
//! named here needs a change of the policy first.

use super::Category;

/// Something that may be kept of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As what kind of data.
    pub category: Category,
    /// In the policy's words.
    pub what: &'static str,
    /// Where, as `table.column`.
    pub columns: &'static [&'static str],
}

const fn account(what: &'static str, columns: &'static [&'static str]) -> Kept {
    Kept { category: Category::Account, what, columns }
}

const fn connection(what: &'static str, columns: &'static [&'static str]) -> Kept {
    Kept { category: Category::Connection, what, columns }
}

const fn lead(what: &'static str, columns: &'static [&'static str]) -> Kept {
    Kept { category: Category::Lead, what, columns }
}

/// All that may be kept of people.
pub const POLICY: &[Kept] = &[
    account("first name", &["users.first_name", "pending_sign_ups.first_name"]),
    account("last name", &["users.last_name", "pending_sign_ups.last_name"]),
    account(
        "e-mail",
        &[
            "users.email",
            "users.email_norm",
            "one_time_tokens.email",
            "one_time_tokens.email_norm",
            "invitations.email",
            "invitations.email_norm",
            "farewells.email",
        ],
    ),
    // The operator must be able to show that they were answered (Art. 5(2), 12).
    account("what they asked about their own account", &["member_requests.words"]),
    account("password hash", &["passwords.hash"]),
    account("organization", &["organizations.name", "organizations.slug", "pending_sign_ups.organization"]),
    // The name of the organization and an address at which it can be reached, as its forms tell them.
    account(
        "organization and e-mail, in notices",
        &["forms.notice", "forms.notice_parts", "form_editions.settings", "submissions.notice"],
    ),
    connection("IP", &["connection_events.ip"]),
    connection("user agent", &["connection_events.user_agent"]),
    connection(
        "date and time",
        &[
            "connection_events.occurred_at",
            "sessions.created_at",
            "sessions.revoked_at",
            "sessions.mfa_later_at",
            "sessions.proved_at",
            "sessions.switched_at",
            "refresh_tokens.issued_at",
            "refresh_tokens.rotated_at",
            "refresh_tokens.acknowledged_at",
            "refresh_tokens.revoked_at",
        ],
    ),
    lead("name", &["leads.name", "leads.name_norm", "leads.name_at_domain", "submissions.name"]),
    lead("e-mail", &["leads.email", "leads.email_norm", "submissions.email", "submissions.email_norm"]),
    lead("phone", &["leads.phone", "leads.phone_e164", "submissions.phone", "submissions.phone_e164"]),
    // What the leads of one person that were merged had of these two.
    lead("e-mail and phone, of merged leads", &["lead_aliases.norm"]),
    lead("message", &["submissions.message", "activities.words"]),
    lead("IP", &["submissions.ip"]),
    lead(
        "UTMs",
        &[
            "submissions.utm_source",
            "submissions.utm_medium",
            "submissions.utm_campaign",
            "submissions.utm_term",
            "submissions.utm_content",
            "submissions.gclid",
            "submissions.fbclid",
            "submissions.msclkid",
            "submissions.channel",
            "leads.channel",
        ],
    ),
    lead("referral URL", &["submissions.referrer", "submissions.page", "submissions.landing_page"]),
    lead("UTMs and referral URL, of the first and the latest visit", &["leads.first_touch", "leads.last_touch"]),
    lead(
        "further fields that the organization declares",
        &[
            "submissions.own",
            "submissions.consented",
            "submissions.purposes",
            "leads.properties",
            "leads.company",
            "leads.company_norm",
        ],
    ),
    // The organization's own view of the person, of which it is the controller as of the fields it declares.
    lead("what members write about the person", &["leads.tags", "activities.note", "tasks.title", "holds.reason"]),
    lead(
        "what the organization's rules make of it",
        &[
            "leads.fit",
            "leads.engagement",
            "leads.grade",
            "leads.standing",
            "leads.marked",
            "lead_scores.breakdown",
            "activities.from_grade",
            "activities.to_grade",
        ],
    ),
    lead(
        "copies of all this, to undo or to take away",
        &[
            "import_files.bytes",
            "import_parts.text",
            "import_problems.raw",
            "import_changes.before",
            "merges.survivor_before",
            "merges.survivor_after",
            "merges.merged_before",
            "merges.imports",
        ],
    ),
    lead("what members look for, to work on many leads", &["jobs.kind"]),
    // The organization must be able to show that it answered (Art. 5(2), 12).
    lead(
        "what they asked about their own data",
        &[
            "rights_requests.email",
            "rights_requests.email_norm",
            "rights_requests.words",
            "rights_requests.wish",
            "operator_requests.email",
            "operator_requests.words",
        ],
    ),
];
