//! Leads: what their people sent, what members and rules made of it, and the copies by which that is undone or taken away.

use super::{Category, Erase, Retention, Subject, Table, Tag, organizations::NOTICE};

/// What is known of a person (DAT-2), until long after they last wrote (RET-12).
const LEAD: Tag = Tag::of(Category::Lead, Subject::Lead, &[Retention::Lead]);
/// Where that stands: moments, states, and ids of what it hangs on.
const AROUND: Tag = Tag::of(Category::Technical, Subject::Lead, &[Retention::Lead]);
/// What somebody sent: it stays with the lead it became, and goes with the spam, or sealed, if it became none.
const SENT: Tag = LEAD.until(&[Retention::Lead, Retention::Quarantine, Retention::Sealed]);
const SENT_AROUND: Tag = AROUND.until(&[Retention::Lead, Retention::Quarantine, Retention::Sealed]);
/// The network address it came from, which goes before everything else (RET-1).
const SENT_FROM: Tag = LEAD.until(&[Retention::LeadIp, Retention::Lead, Retention::Quarantine, Retention::Sealed]);
/// Digests by which a second try of the same is known (WEB-11).
const TRIED: Tag = AROUND.until(&[Retention::Key]).inside();
/// A member, or a program of theirs, who did something or is to do it. They may leave; the timeline tells that it was somebody.
const BY: Tag = Tag::of(Category::Technical, Subject::User, &[Retention::Lead]).inside().erased_by(Erase::Pseudonymise);
/// Why something must not go, in the words of a member. It is prepared for a claim, and its subject gets no copy.
const HELD: Tag = LEAD.until(&[Retention::Hold]).inside();
const HELD_AROUND: Tag = AROUND.until(&[Retention::Hold]).inside();
/// What leads were before they were merged, as long as that can be undone.
const MERGED: Tag = LEAD.until(&[Retention::MergeUndo, Retention::Lead]);
const MERGED_AROUND: Tag = AROUND.until(&[Retention::MergeUndo, Retention::Lead]).inside();
/// A file with people in it, as long as what became of it can be undone. It tells of others, too: nobody gets it as a copy.
const FILE: Tag = LEAD.until(&[Retention::ImportUndo]).inside();
const FILE_AROUND: Tag = AROUND.until(&[Retention::ImportUndo]).inside();
/// What a lead was before an import changed it.
const IMPORTED: Tag = LEAD.until(&[Retention::ImportUndo, Retention::Lead]);
const IMPORTED_AROUND: Tag = AROUND.until(&[Retention::ImportUndo, Retention::Lead]).inside();
/// To whom nothing goes that they did not ask for since: keyed hashes, which outlive the leads and lead to nobody (DSR-11).
const SUPPRESSED: Tag =
    Tag::of(Category::Technical, Subject::Lead, &[Retention::Account]).inside().erased_by(Erase::Pseudonymise);
/// What endpoints were told: until the lead goes, or it is a week old. It is a second form of what is in the lead.
const HOOKED: Tag = AROUND.until(&[Retention::HookDelivery, Retention::Lead]).inside();
/// That a lead was erased: an id that stands nowhere else any more, and numbers.
const ERASED: Tag = Tag::of_nobody(Category::Technical, &[Retention::Tombstone]);
const CERTIFICATE: Tag = Tag::of_nobody(Category::Technical, &[Retention::Register]);
/// A link by which somebody confirms a consent; the one by which they take it back stays as long as what they sent.
const CONSENT_LINK: Tag =
    SENT_AROUND.until(&[Retention::ConsentLink, Retention::Lead, Retention::Quarantine, Retention::Sealed]).inside();
/// An import itself: it says where its leads came from, and stays (PRV-6).
const IMPORT: Tag = Tag::of_nobody(Category::None, &[Retention::Account]);
const IMPORT_KEY: Tag = Tag::of_nobody(Category::Technical, &[Retention::Account]);

/// What somebody asked about their own data, and what became of it: the register (RET-13).
const ASKED: Tag = Tag::of(Category::Lead, Subject::Lead, &[Retention::RightsRequest]).erased_by(Erase::Null);
const ASKED_AROUND: Tag =
    Tag::of(Category::Technical, Subject::Lead, &[Retention::RightsRequest]).erased_by(Erase::Pseudonymise);
/// The same as the operator has it until it stands in a register; that is when it is emptied.
const ASKED_OF_OPERATOR: Tag = ASKED.inside();
const ASKED_OF_OPERATOR_AROUND: Tag = ASKED_AROUND.inside();
const ASKED_BY_MEMBER: Tag =
    Tag::of(Category::Technical, Subject::User, &[Retention::RightsRequest]).inside().erased_by(Erase::Pseudonymise);
const ASKED_LINK: Tag = Tag::of(Category::Technical, Subject::Lead, &[Retention::RightsLink]).inside();

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "rights_requests",
        tagged: &[
            (ASKED, &["email", "words", "wish"]),
            (ASKED.inside(), &["email_norm"]),
            (ASKED_AROUND, &["kind", "received_at", "steps", "state", "due_at"]),
            (ASKED_AROUND.inside(), &["organization_id", "id", "language", "told", "next_at", "version"]),
            (ASKED_AROUND.inside(), &["passed_on_at"]),
            (ASKED_BY_MEMBER, &["user_id"]),
        ],
    },
    Table {
        name: "operator_requests",
        tagged: &[
            (ASKED_OF_OPERATOR, &["email", "words"]),
            (ASKED_OF_OPERATOR_AROUND, &["id", "kind", "language", "received_at", "registered_at", "due_at"]),
            (ASKED_OF_OPERATOR_AROUND, &["by_member"]),
            (ASKED_OF_OPERATOR_AROUND, &["acknowledged_at", "passed_to", "passed_on_at", "entered_at", "closed_at"]),
        ],
    },
    Table {
        name: "rights_links",
        tagged: &[(ASKED_LINK, &["organization_id", "request_id", "digest", "session", "used_at", "ends_at"])],
    },
    Table {
        name: "leads",
        tagged: &[
            (
                LEAD,
                &["name", "email", "phone", "company", "properties", "tags", "first_touch", "last_touch", "channel"],
            ),
            (LEAD.inside(), &["name_norm", "email_norm", "phone_e164", "company_norm", "name_at_domain"]),
            // What rules make of it (DSR-8).
            (LEAD, &["fit", "engagement", "grade", "marked"]),
            (LEAD.inside(), &["standing"]),
            (AROUND, &["legal_basis", "source", "created_at", "last_submission_at", "last_activity_at"]),
            (
                AROUND,
                &["form_id", "stage_id", "stage_entered_at", "reason_id", "qualified_at", "won_at", "informed_on"],
            ),
            (AROUND.inside(), &["organization_id", "id", "version", "rank", "source_key_id", "source_import_id"]),
            (AROUND.inside(), &["restricted"]),
            (BY.erased_by(Erase::Null), &["owner_id"]),
        ],
    },
    Table {
        name: "submissions",
        tagged: &[
            (SENT, &["name", "email", "phone", "message", "own", "consented", "purposes"]),
            (SENT, &["page", "landing_page", "referrer", "channel", "gclid", "fbclid", "msclkid"]),
            (SENT, &["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]),
            (SENT.inside(), &["email_norm", "phone_e164"]),
            (SENT_FROM, &["ip"]),
            (NOTICE.until(SENT.retention), &["notice"]),
            (SENT_AROUND, &["form_id", "form_version", "received_at", "consent_wording", "verdict", "spam_reasons"]),
            (SENT_AROUND.inside(), &["organization_id", "id", "lead_id", "ip_anonymized_at", "unsealed_at"]),
        ],
    },
    Table {
        name: "submission_keys",
        tagged: &[(TRIED, &["organization_id", "form_id", "key", "body", "submission_id", "expires_at"])],
    },
    Table {
        name: "creation_keys",
        tagged: &[(
            TRIED,
            &["organization_id", "api_key_id", "key", "body", "made_id", "version", "is_new", "expires_at"],
        )],
    },
    Table {
        name: "activities",
        tagged: &[
            (LEAD, &["note", "from_grade", "to_grade"]),
            // The words of notes and messages, for the search.
            (LEAD.inside(), &["words"]),
            (AROUND, &["at", "kind", "fields", "from_stage_id", "to_stage_id", "spent_seconds", "reason_id", "due_on"]),
            (AROUND.inside(), &["organization_id", "id", "lead_id", "submission_id", "merge_id"]),
            (BY, &["author_id", "author_key_id", "from_owner_id", "to_owner_id"]),
        ],
    },
    Table {
        name: "tasks",
        tagged: &[
            (LEAD, &["title"]),
            (AROUND, &["due_on", "made_at", "done_at"]),
            (AROUND.inside(), &["organization_id", "id", "version", "lead_id", "reminder"]),
            (BY, &["owner_id", "made_by"]),
        ],
    },
    Table {
        name: "lead_scores",
        tagged: &[
            (LEAD, &["breakdown"]),
            (AROUND, &["version", "scored_at"]),
            (AROUND.inside(), &["organization_id", "lead_id", "changes", "due_at"]),
        ],
    },
    Table {
        name: "lead_aliases",
        tagged: &[
            (LEAD, &["norm"]),
            (AROUND, &["kind"]),
            (AROUND.inside(), &["organization_id", "merge_id", "lead_id"]),
        ],
    },
    Table {
        name: "restrictions",
        tagged: &[
            (AROUND, &["ground", "names_ip", "since", "lift_announced_at", "lift_refused_at"]),
            (AROUND.inside(), &["organization_id", "lead_id"]),
            (BY, &["author_id"]),
        ],
    },
    Table {
        name: "holds",
        tagged: &[
            (HELD, &["reason"]),
            (HELD_AROUND, &["organization_id", "id", "placed_at", "review_on"]),
            (BY.until(HELD.retention), &["author_id"]),
        ],
    },
    Table {
        name: "held_records",
        tagged: &[(HELD_AROUND, &["organization_id", "hold_id", "kind", "record_id", "of_lead"])],
    },
    Table {
        name: "merges",
        tagged: &[
            (MERGED, &["survivor_before", "survivor_after", "merged_before", "imports"]),
            (MERGED_AROUND, &["submissions", "activities", "tasks", "notifications", "merges"]),
            (AROUND, &["at", "undone_at"]),
            (AROUND.inside(), &["organization_id", "id", "lead_id", "survivor_id", "merged_id"]),
            (BY, &["author_id", "author_key_id"]),
        ],
    },
    Table {
        name: "imports",
        tagged: &[
            (IMPORT, &["file", "rows", "settings", "state", "report", "created_at", "done_at"]),
            (IMPORT_KEY, &["organization_id", "id", "job_id", "version"]),
            (BY.until(IMPORT.retention), &["made_by", "made_by_key"]),
        ],
    },
    Table { name: "import_files", tagged: &[(FILE, &["bytes"]), (FILE_AROUND, &["organization_id", "import_id"])] },
    Table {
        name: "import_parts",
        tagged: &[(FILE, &["text"]), (FILE_AROUND, &["organization_id", "import_id", "part", "line"])],
    },
    Table {
        name: "import_problems",
        tagged: &[(FILE, &["raw"]), (FILE_AROUND, &["organization_id", "import_id", "line", "faults"])],
    },
    Table {
        name: "import_changes",
        tagged: &[
            (IMPORTED, &["before"]),
            (IMPORTED_AROUND, &["organization_id", "import_id", "lead_id", "version", "changed_at", "kept"]),
        ],
    },
    Table {
        name: "consent_events",
        tagged: &[
            (SENT_AROUND, &["matter", "kind", "awaits_confirmation", "wording", "notice", "method", "at"]),
            (SENT_AROUND.inside(), &["organization_id", "id", "submission_id", "lead_id"]),
        ],
    },
    Table {
        name: "consent_links",
        tagged: &[(
            CONSENT_LINK,
            &["organization_id", "id", "submission_id", "matter", "link_use", "digest", "expires_at", "is_used"],
        )],
    },
    Table {
        name: "hook_deliveries",
        tagged: &[
            (HOOKED, &["organization_id", "id", "endpoint_id", "event_id", "kind", "lead_id", "told_id", "at", "body"]),
            (HOOKED, &["attempts", "status", "obstacle", "state", "state_at", "held_until"]),
        ],
    },
    // To whom a lead was told. Once it is gone its ids lead to nobody, and are kept only until those are told that too.
    Table {
        name: "hook_disclosures",
        tagged: &[
            (AROUND, &["host", "first_at", "last_at"]),
            (AROUND.inside(), &["organization_id", "endpoint_id", "lead_id"]),
            (AROUND.inside().erased_by(Erase::Pseudonymise), &["told_id"]),
        ],
    },
    Table { name: "suppressions", tagged: &[(SUPPRESSED, &["organization_id", "address", "ground", "since"])] },
    Table { name: "tombstones", tagged: &[(ERASED, &["organization_id", "id", "what", "at", "ground"])] },
    Table {
        name: "erasures",
        tagged: &[(CERTIFICATE, &["organization_id", "id", "at", "ground", "counts", "expires_at"])],
    },
];
