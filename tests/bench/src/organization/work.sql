-- What happened with the leads that are there: each came by a submission and was moved twice, called once.

SET session_replication_role = replica;

INSERT INTO submissions (
    organization_id, id, form_id, form_version, received_at, name, email, message, consented, notice, verdict, spam_reasons,
    lead_id, utm_source
)
SELECT organization_id, id, form_id, 1, created_at, name, email, repeat('word ', 30), false, 'We answer.', 'accepted', '{}', id,
    'source-' || ('x' || right(id::text, 8))::bit(32)::integer % 12
FROM leads;

INSERT INTO activities (
    organization_id, id, lead_id, at, author_id, kind, from_stage_id, to_stage_id, spent_seconds, note
)
SELECT organization_id, gen_random_uuid(), id, created_at + interval '1 hour',
    bench_id(9, ('x' || right(id::text, 8))::bit(32)::integer % 20), kind, stage_id, stage_id,
    (random() * random() * 4000000)::bigint, CASE WHEN kind = 'called' THEN 'Wants an offer for project p' || ('x' || right(id::text, 8))::bit(32)::integer % 1000 END
FROM leads, unnest(ARRAY['moved', 'moved', 'called']) AS kinds (kind);

-- Not scored yet.
INSERT INTO lead_scores (organization_id, lead_id, due_at) SELECT organization_id, id, '-infinity' FROM leads;

SET session_replication_role = origin;
