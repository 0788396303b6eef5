-- {leads} leads: one in {share} for the organization that is there, the others evenly for 199 more. Newest last, spread over a year.

CREATE FUNCTION bench_id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

-- Keys between tables are right by construction; checking each would double the time.
SET session_replication_role = replica;

CREATE TEMP TABLE targets AS
SELECT 0 AS place, s.organization_id, s.id AS stage_id, f.id AS form_id
FROM stages AS s JOIN forms AS f USING (organization_id) ORDER BY s.position LIMIT 1;

INSERT INTO targets
SELECT n, bench_id(1, n), bench_id(6, n), bench_id(2, n) FROM generate_series(1, 199) AS n;

INSERT INTO organizations (organization_id, name, language, created_at)
SELECT organization_id, 'Organization ' || place, 'en', '2026-01-01' FROM targets WHERE place > 0;

INSERT INTO pipelines (organization_id, id, name, position)
SELECT organization_id, bench_id(5, place), 'Sales', 0 FROM targets WHERE place > 0;

INSERT INTO stages (organization_id, id, pipeline_id, name, kind, position)
SELECT organization_id, stage_id, bench_id(5, place), 'New', 'open', 0 FROM targets WHERE place > 0;

INSERT INTO forms
SELECT (jsonb_populate_record(f, jsonb_build_object('organization_id', t.organization_id, 'id', t.form_id))).*
FROM targets AS t, forms AS f WHERE t.place > 0 AND f.id = (SELECT form_id FROM targets WHERE place = 0);

INSERT INTO reasons (organization_id, id, name, position)
SELECT organization_id, bench_id(8, place), 'Budget, too', 99 FROM targets;

-- A quarter was qualified, some were won, a tenth was given up. They are written once: an update of all in one transaction would
-- leave each index half empty, which no amount of daily work does.
INSERT INTO leads (
    organization_id, id, version, name, email, phone, phone_e164, stage_id, form_id, legal_basis, first_touch, last_touch,
    created_at, last_submission_at, stage_entered_at, last_activity_at, rank, qualified_at, won_at, reason_id
)
SELECT t.organization_id, bench_id(7, n), 1, 'Anna Berg ' || n, 'anna.berg.' || n || '@example.com', '0' || number, '+33' || number, t.stage_id, t.form_id, 'legitimate_interest', '{}', '{}', at, at, at, at,
    lpad(to_hex(4611686018427387904 - floor(extract(epoch FROM at) * 1000000)::bigint), 16, '0') || '8',
    CASE WHEN n % 4 = 0 THEN at END, CASE WHEN n % 16 = 0 THEN at END, CASE WHEN n % 10 = 5 THEN bench_id(8, place) END
FROM generate_series(1, {leads}) AS n
    CROSS JOIN LATERAL (SELECT timestamptz '2025-01-01' + n * interval '1 year' / {leads} AS at, 600000000 + n / 10 AS number) AS own
    JOIN targets AS t ON t.place = CASE WHEN n % {share} = 0 THEN 0 ELSE 1 + n % 199 END;

SET session_replication_role = origin;
