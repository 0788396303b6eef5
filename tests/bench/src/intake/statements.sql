\set form random(0, 19)
BEGIN;
SELECT set_config('qualify.organization_id', bench_id(1, :form % 4)::text, true), nextval('bench_numbers') AS number \gset
INSERT INTO submission_keys VALUES (
    bench_id(1, :form % 4), bench_id(2, :form), sha256(int8send(:number)), sha256(int8send(:number)), bench_id(7, :number),
    '2026-01-01 00:01'
);
INSERT INTO submissions (
    organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message, consented,
    notice, ip, verdict, spam_reasons
) VALUES (
    bench_id(1, :form % 4), bench_id(7, :number), bench_id(2, :form), 1, '2026-01-01',
    'Anna Berg ' || :number, 'anna.berg.' || :number || '@example.com', '+33 6 12 34 56 78', '+33612345678',
    'Please call me back about the offer on your website, number ' || :number || '.', false,
    'We use what you send to answer you, and keep it no longer than that takes. You may ask us at any time to see, '
        'correct or delete it.', '127.0.0.1', 'accepted', '{}'
);
INSERT INTO outbox (organization_id, event, due_at) VALUES (
    bench_id(1, :form % 4),
    jsonb_build_object('event', 'submission_received', 'submission', bench_id(7, :number), 'form', bench_id(2, :form)),
    '2026-01-01'
);
COMMIT;
