-- Four organizations that take submissions through five forms each, with what the worker needs; and the same rows in one
-- statement.

CREATE FUNCTION bench_id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

INSERT INTO organizations (organization_id, name, language, created_at)
SELECT bench_id(1, n), 'Organization ' || n, 'en', '2026-01-01' FROM generate_series(0, 3) AS n;

INSERT INTO users (id, first_name, last_name, email, language, created_at)
SELECT bench_id(4, n), 'Olga', 'Owner', 'owner' || n || '@example.com', 'en', '2026-01-01' FROM generate_series(0, 3) AS n;

INSERT INTO memberships (organization_id, user_id, roles, notify_new_leads, joined_at)
SELECT bench_id(1, n), bench_id(4, n), '{owner}', true, '2026-01-01' FROM generate_series(0, 3) AS n;

INSERT INTO pipelines (organization_id, id, name, position)
SELECT bench_id(1, n), bench_id(5, n), 'Sales', 0 FROM generate_series(0, 3) AS n;

INSERT INTO stages (organization_id, id, pipeline_id, name, kind, position)
SELECT bench_id(1, n), bench_id(6, n * 4 + place), bench_id(5, n), kind, kind, place
FROM generate_series(0, 3) AS n,
    (VALUES (0, 'open'), (1, 'qualified'), (2, 'won'), (3, 'disqualified')) AS kinds (place, kind);

INSERT INTO forms (
    organization_id, id, version, name, language, allowed_origins, legal_basis, notice, fields, known_person, requires_token,
    created_at
)
SELECT bench_id(1, n % 4), bench_id(2, n), 1, 'Contact', 'en', '{}', 'legitimate_interest',
    'We use what you send to answer you, and keep it no longer than that takes. You may ask us at any time to see, '
        'correct or delete it.',
    '[{"asks": "name", "is_required": false}, {"asks": "email", "is_required": false},
        {"asks": "phone", "is_required": false}, {"asks": "message", "is_required": false}]', 'append', false, '2026-01-01'
FROM generate_series(0, 19) AS n;

INSERT INTO form_addresses (organization_id, public_id, form_id, issued_at)
SELECT bench_id(1, n % 4), bench_id(3, n), bench_id(2, n), '2026-01-01' FROM generate_series(0, 19) AS n;

-- Ids in order, as the product makes them.
CREATE SEQUENCE bench_numbers CACHE 100;

-- The key, the submission and the event of one visitor, under row security, in one round trip: nothing that keeps one
-- submission per commit asks less of the database.
CREATE FUNCTION bench_submit(form integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    number bigint := nextval('bench_numbers');
    organization uuid := bench_id(1, form % 4);
    form_id uuid := bench_id(2, form);
    id uuid := bench_id(7, number);
BEGIN
    PERFORM set_config('qualify.organization_id', organization::text, true);
    INSERT INTO submission_keys VALUES (
        organization, form_id, sha256(int8send(number)), sha256(int8send(number)), id, '2026-01-01 00:01'
    );
    INSERT INTO submissions (
        organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message, consented,
        notice, ip, verdict, spam_reasons
    ) VALUES (
        organization, id, form_id, 1, '2026-01-01', 'Anna Berg ' || number, 'anna.berg.' || number || '@example.com',
        '+33 6 12 34 56 78', '+33612345678',
        'Please call me back about the offer on your website, number ' || number || '.', false,
        'We use what you send to answer you, and keep it no longer than that takes. You may ask us at any time to see, '
            'correct or delete it.', '127.0.0.1', 'accepted', '{}'
    );
    INSERT INTO outbox (organization_id, event, due_at) VALUES (
        organization,
        jsonb_build_object('event', 'submission_received', 'submission', id, 'form', form_id),
        '2026-01-01'
    );
    RETURN id;
END $$;

GRANT EXECUTE ON FUNCTION bench_id(integer, bigint), bench_submit(integer) TO qualify_app;
GRANT USAGE ON SEQUENCE bench_numbers TO qualify_app;
