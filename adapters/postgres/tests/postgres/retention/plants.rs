//! What each rule lets go of, as it comes to lie there.

/// For each rule something that starts its time then: where it lies, a column of it that the sweep may read, and how it
/// comes there.
pub const PLANTS: &[(&str, &str, &str)] = &[
    (
        "lead_ip",
        "submissions.received_at",
        "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, email, consented, notice, ip,
            verdict, spam_reasons)
        SELECT organization_id, gen_random_uuid(), id, 1, $1::timestamptz, 'anna@example.com', false, 'n', '192.0.2.7',
            'accepted', '{}' FROM forms",
    ),
    (
        "quarantine",
        "submissions.received_at",
        "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, verdict,
            spam_reasons)
        SELECT organization_id, gen_random_uuid(), id, 1, $1::timestamptz, false, 'n', 'quarantined', '{honeypot}'
        FROM forms",
    ),
    (
        "sealed",
        "submissions.received_at",
        "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, verdict,
            spam_reasons)
        SELECT organization_id, gen_random_uuid(), id, 1, $1::timestamptz, false, 'n', 'sealed', '{}' FROM forms",
    ),
    (
        "connection",
        "connection_events.occurred_at",
        "INSERT INTO connection_events (id, user_id, session_id, kind, occurred_at, ip)
        SELECT gen_random_uuid(), id, gen_random_uuid(), 'sign_in', $1::timestamptz, '192.0.2.7' FROM users",
    ),
    (
        "refresh_token",
        "refresh_tokens.expires_at",
        "WITH made AS (
            INSERT INTO sessions (id, user_id, current_organization_id, created_at, expires_at)
            SELECT gen_random_uuid(), user_id, organization_id, $1::timestamptz, $1::timestamptz FROM memberships
            RETURNING id
        ) INSERT INTO refresh_tokens (id, session_id, digest, issued_at, expires_at)
        SELECT gen_random_uuid(), id, sha256(uuid_send(id)), $1::timestamptz, $1::timestamptz FROM made",
    ),
    (
        "one_time_token",
        "one_time_tokens.expires_at",
        "INSERT INTO one_time_tokens (id, kind, digest, email, issued_at, expires_at)
        SELECT gen_random_uuid(), 'reset', sha256('t'), 'anna@example.com', $1::timestamptz, $1::timestamptz",
    ),
    (
        "consent_link",
        "consent_links.expires_at",
        "WITH sent AS (
            INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, verdict,
                spam_reasons)
            SELECT organization_id, gen_random_uuid(), id, 1, $1::timestamptz, false, 'n', 'accepted', '{}' FROM forms
            RETURNING organization_id, id
        ) INSERT INTO consent_links (organization_id, id, submission_id, matter, link_use, digest, expires_at)
        SELECT organization_id, id, id, 'sharing', 'confirm', sha256('l'), $1::timestamptz FROM sent",
    ),
    (
        "throttle",
        "throttles.expires_at",
        "INSERT INTO throttles (key, failures, times, expires_at) SELECT sha256('k'), 1, '{}', $1::timestamptz",
    ),
    (
        "submission_key",
        "submission_keys.expires_at",
        "INSERT INTO submission_keys (organization_id, form_id, key, body, submission_id, expires_at)
        SELECT organization_id, id, sha256('k'), sha256('b'), gen_random_uuid(), $1::timestamptz FROM forms",
    ),
    (
        "creation_key",
        "creation_keys.expires_at",
        "INSERT INTO creation_keys (organization_id, api_key_id, key, body, made_id, version, is_new, expires_at)
        SELECT organization_id, gen_random_uuid(), sha256('k'), sha256('b'), gen_random_uuid(), 1, true, $1::timestamptz
        FROM organizations",
    ),
    (
        "job",
        "jobs.ended_at",
        "INSERT INTO jobs (organization_id, id, user_id, kind, state, place, done, report, asked_at, ended_at, version)
        SELECT organization_id, gen_random_uuid(), user_id, '{}', 'done', '', 0, '{}', $1::timestamptz, $1::timestamptz, 1
        FROM memberships",
    ),
    (
        "import",
        "import_files.import_id",
        "WITH made AS (
            INSERT INTO imports (organization_id, id, made_by, file, rows, settings, state, created_at, done_at, version)
            SELECT organization_id, gen_random_uuid(), user_id, 'people.csv', 1, '{}', 'done',
                $1::timestamptz - interval '1 hour', $1::timestamptz, 1 FROM memberships
            RETURNING organization_id, id
        ) INSERT INTO import_files (organization_id, import_id, bytes) SELECT organization_id, id, 'x' FROM made",
    ),
    (
        "merge",
        "merges.at",
        "INSERT INTO merges (organization_id, id, lead_id, survivor_id, merged_id, at, merged_before)
        SELECT organization_id, gen_random_uuid(), id, id, gen_random_uuid(), $1::timestamptz, '{}' FROM leads",
    ),
    (
        "notification",
        "notifications.created_at",
        "INSERT INTO notifications (organization_id, id, user_id, kind, created_at)
        SELECT organization_id, gen_random_uuid(), user_id, 'assignment', $1::timestamptz FROM memberships",
    ),
    (
        "mail_pace",
        "mail_paces.full_at",
        "INSERT INTO mail_paces (organization_id, id, full_at)
        SELECT organization_id, gen_random_uuid(), $1::timestamptz FROM organizations",
    ),
    (
        "parked_event",
        "outbox.parked_at",
        "INSERT INTO outbox (organization_id, event, due_at, parked_at, parked_reason)
        SELECT organization_id, '{}', $1::timestamptz, $1::timestamptz, 'broken' FROM organizations",
    ),
    (
        "tombstone",
        "tombstones.at",
        "INSERT INTO tombstones (organization_id, id, at, ground)
        SELECT organization_id, gen_random_uuid(), $1::timestamptz, 'asked' FROM organizations",
    ),
    (
        "erasure",
        "erasures.expires_at",
        "INSERT INTO erasures (organization_id, id, at, ground, counts, expires_at)
        SELECT organization_id, gen_random_uuid(), $1::timestamptz - interval '5 years', 'asked', '{}', $1::timestamptz
        FROM organizations",
    ),
    (
        "rights_link",
        "rights_links.ends_at",
        "WITH asked AS (
            INSERT INTO rights_requests (organization_id, id, kind, language, received_at, steps, state, due_at, told, version)
            SELECT organization_id, gen_random_uuid(), 'access', 'en', $1::timestamptz, '[]', 'lapsed', $1::timestamptz, '[]', 1
            FROM organizations
            RETURNING organization_id, id
        ) INSERT INTO rights_links (organization_id, request_id, digest, ends_at)
        SELECT organization_id, id, sha256('r'), $1::timestamptz FROM asked",
    ),
    (
        "rights_request",
        "rights_requests.received_at",
        "INSERT INTO rights_requests (organization_id, id, kind, language, received_at, steps, state, due_at, told, version)
        SELECT organization_id, gen_random_uuid(), 'access', 'en', $1::timestamptz, '[]', 'lapsed', $1::timestamptz, '[]', 1
        FROM organizations",
    ),
    (
        "farewell",
        "farewells.created_at",
        "INSERT INTO farewells (organization_id, id, email, language, created_at)
        SELECT organization_id, gen_random_uuid(), 'anna@example.com', 'en', $1::timestamptz FROM organizations",
    ),
    (
        "organization",
        "organizations.purge_due_at",
        "INSERT INTO organizations (organization_id, name, language, created_at, closed_at, purge_due_at, ending)
        SELECT gen_random_uuid(), 'South', 'en', $1::timestamptz, $1::timestamptz, $1::timestamptz, 'asked'",
    ),
    (
        "session",
        "sessions.expires_at",
        "INSERT INTO sessions (id, user_id, current_organization_id, created_at, expires_at)
        SELECT gen_random_uuid(), user_id, organization_id, $1::timestamptz, $1::timestamptz FROM memberships",
    ),
    (
        "challenge",
        "sign_in_challenges.expires_at",
        "INSERT INTO sign_in_challenges (digest, user_id, expires_at, tries)
        SELECT sha256('c'), id, $1::timestamptz, 0 FROM users",
    ),
    (
        "passkey_ceremony",
        "passkey_ceremonies.expires_at",
        "INSERT INTO passkey_ceremonies (digest, state, expires_at) SELECT sha256('c'), '', $1::timestamptz",
    ),
    (
        "invitation",
        "invitations.expires_at",
        "INSERT INTO invitations (organization_id, id, token_id, email, roles, invited_by, invited_at, expires_at)
        SELECT organization_id, gen_random_uuid(), gen_random_uuid(), 'berta@example.com', '{viewer}', user_id,
            $1::timestamptz, $1::timestamptz FROM memberships",
    ),
    (
        "view",
        "views.removed_at",
        "INSERT INTO views (organization_id, id, version, name, settings, created_at, removed_at)
        SELECT organization_id, gen_random_uuid(), 1, 'Mine', '{}', $1::timestamptz, $1::timestamptz FROM organizations",
    ),
    (
        "checkout",
        "checkouts.created_at",
        "INSERT INTO checkouts (organization_id, reference, plan, user_id, created_at)
        SELECT organization_id, gen_random_uuid()::text, 'team', user_id, $1::timestamptz FROM memberships",
    ),
    (
        "billing_hint",
        "billing_hints.received_at",
        "INSERT INTO billing_hints (key, event, received_at, due_at)
        SELECT gen_random_uuid()::text, 'subscription_updated', $1::timestamptz, $1::timestamptz",
    ),
    (
        "ledger",
        "ledger.retain_until",
        "INSERT INTO ledger (
            number, billing_subject_id, kind, document_id, status, currency, currency_rate, subtotal, discount, tax,
            tax_inclusive, total, refunded, issued_at, is_test, fiscal_year_end, retain_until
        ) SELECT (SELECT coalesce(max(number), 0) + 1 FROM ledger), gen_random_uuid(), 'invoice', gen_random_uuid()::text,
            'paid', 'EUR', '1', 100, 0, 0, false, 100, 0, $1::timestamptz, false, '2016-12-31', $1::timestamptz",
    ),
    (
        "support_grant",
        "support_grants.expires_at",
        "INSERT INTO support_grants (organization_id, id, reason, author_id, opened_at, ends_at, expires_at)
        SELECT organization_id, gen_random_uuid(), 'A list', gen_random_uuid(), $1::timestamptz - interval '366 days',
            $1::timestamptz - interval '365 days', $1::timestamptz FROM organizations",
    ),
    (
        "hook_delivery",
        "hook_deliveries.at",
        "WITH made AS (
            INSERT INTO hook_endpoints (organization_id, id, url, kinds, detail, state, secret_key, secret, made_by, created_at)
            SELECT organization_id, gen_random_uuid(), 'https://hooks.example.com/', '{lead.created}', 'thin', 'on', 'k', '',
                gen_random_uuid(), $1::timestamptz FROM organizations
            RETURNING organization_id, id
        ) INSERT INTO hook_deliveries (organization_id, id, endpoint_id, event_id, kind, at, body, attempts, state, state_at)
        SELECT organization_id, gen_random_uuid(), id, gen_random_uuid(), 'webhook.test', $1::timestamptz, '{}', 0, 'waiting',
            $1::timestamptz FROM made",
    ),
    ("lead", "leads.last_submission_at", "UPDATE leads SET last_submission_at = $1::timestamptz"),
    (
        "breach",
        "breaches.logged_at",
        "INSERT INTO breaches (organization_id, id, happened, categories, effects, measures, aware_at, logged_at)
        SELECT organization_id, gen_random_uuid(), 'h', 'c', 'e', 'm', $1::timestamptz, $1::timestamptz
        FROM organizations",
    ),
    (
        "operator_request",
        "operator_requests.received_at",
        "INSERT INTO operator_requests (id, kind, email, language, received_at, registered_at, due_at)
        SELECT gen_random_uuid(), 'access', 'a@example.com', 'fr', $1::timestamptz, $1::timestamptz, $1::timestamptz",
    ),
    (
        "service_breach",
        "service_breaches.logged_at",
        "INSERT INTO service_breaches (id, happened, categories, effects, measures, aware_at, logged_at)
        SELECT gen_random_uuid(), 'h', 'c', 'e', 'm', $1::timestamptz, $1::timestamptz",
    ),
    (
        "audit",
        "audit_entries.at",
        "WITH head AS (
            INSERT INTO audit_heads SELECT organization_id, 1, sha256('e') FROM organizations RETURNING organization_id
        ) INSERT INTO audit_entries (organization_id, sequence, at, actor_kind, action, times, changes, previous, hash)
        SELECT organization_id, 1, $1::timestamptz, 'product', 'join_organization', 1, '{}',
            decode(repeat('00', 32), 'hex'), sha256('e') FROM head",
    ),
];
