-- What a form tells its visitors, part by part; a box of consent for each purpose; and work that a page asks for.

-- Copies of the former version that still run read and write the notice as one text: it stays beside its parts, which a
-- form from before does not have.
ALTER TABLE forms
    ADD notice_parts jsonb,
    ADD purposes jsonb NOT NULL DEFAULT '[]',
    ADD requires_work boolean NOT NULL DEFAULT false;

ALTER TABLE form_editions NO FORCE ROW LEVEL SECURITY;
UPDATE form_editions SET settings =
    jsonb_set(settings, '{notice}', jsonb_build_object('purpose', settings -> 'notice'));
ALTER TABLE form_editions FORCE ROW LEVEL SECURITY;

-- The boxes as they were shown, and whether each was ticked.
ALTER TABLE submissions ADD purposes jsonb NOT NULL DEFAULT '[]';
ALTER TYPE intake ADD ATTRIBUTE purposes jsonb, ADD ATTRIBUTE mark text;

-- A mark is kept like a key, for longer than what bears it is good: the form's second submission with it is quarantined.
-- A copy of the former version that still runs sends neither answers to declared fields nor purposes: that is none.
CREATE OR REPLACE FUNCTION keep_submissions(items intake[]) RETURNS uuid[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    fresh uuid[];
BEGIN
    WITH keys AS (
        INSERT INTO submission_keys (organization_id, form_id, key, body, submission_id, expires_at)
        SELECT organization, form, decode(key, 'hex'), decode(body, 'hex'), id, expires_at FROM unnest(items)
        ON CONFLICT (organization_id, form_id, key) DO NOTHING
        RETURNING submission_id
    ), came AS (
        SELECT item.* FROM unnest(items) AS item JOIN keys ON keys.submission_id = item.id
    ), marks AS (
        INSERT INTO submission_keys (organization_id, form_id, key, body, submission_id, expires_at)
        SELECT organization, form, decode(mark, 'hex'), decode(body, 'hex'), id, received_at + interval '1 day'
        FROM came WHERE mark IS NOT NULL
        ON CONFLICT (organization_id, form_id, key) DO NOTHING
        RETURNING submission_id
    ), new AS (
        SELECT came.*, mark IS NOT NULL AND NOT EXISTS (SELECT FROM marks WHERE marks.submission_id = came.id) AS repeats
        FROM came
    ), kept AS (
        INSERT INTO submissions (
            organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, utm_source, utm_medium, utm_campaign,
            utm_term, utm_content, gclid, fbclid, msclkid, ip, verdict, spam_reasons, own, purposes
        )
        SELECT organization, id, form, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, source, medium, campaign,
            term, content, gclid, fbclid, msclkid, ip, CASE WHEN repeats THEN 'quarantined' ELSE verdict END,
            CASE WHEN repeats THEN array_append(spam_reasons, 'work-reused') ELSE spam_reasons END,
            coalesce(own, '{}'), coalesce(purposes, '[]')
        FROM new
    ), told AS (
        INSERT INTO outbox (organization_id, event, due_at)
        SELECT organization, event, received_at FROM new WHERE event IS NOT NULL AND NOT repeats
    )
    SELECT coalesce(array_agg(submission_id), '{}') INTO fresh FROM keys;
    RETURN fresh;
END $$;

-- A member deletes what is spam; what became a lead's stays until the lead goes.
GRANT DELETE ON submissions TO qualify_app;
CREATE POLICY spam_only ON submissions AS RESTRICTIVE FOR DELETE TO qualify_app
    USING (verdict = 'quarantined' AND lead_id IS NULL);
