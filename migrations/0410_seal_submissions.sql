-- What comes while an organization may not receive, or beyond what its plan has room for, is kept sealed: the visitor gets a
-- receipt, and nobody in the organization sees it. It is let out when there is room, or goes after 30 days.

ALTER TABLE submissions DROP CONSTRAINT submissions_verdict_check,
    ADD CONSTRAINT submissions_verdict_check CHECK (verdict IN ('accepted', 'quarantined', 'sealed')),
    -- When it was let out, if it ever was sealed: from then on it counts, in the month of that moment.
    ADD unsealed_at timestamptz CHECK (unsealed_at IS NULL OR verdict <> 'sealed');
GRANT UPDATE (unsealed_at) ON submissions TO qualify_app;

-- The oldest are let out first, and swept first.
CREATE INDEX submissions_sealed ON submissions (organization_id, received_at, id) WHERE verdict = 'sealed';
CREATE INDEX submissions_sealed_to_forget ON submissions (received_at) WHERE verdict = 'sealed';
-- What counts in the month in which it was let out.
CREATE INDEX submissions_unsealed ON submissions (organization_id, unsealed_at) WHERE unsealed_at IS NOT NULL;

-- Whether the transaction sees what is sealed. Unset or empty is an error as soon as there is something to see.
CREATE FUNCTION sees_sealed() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('qualify.sealed')::boolean $$;
GRANT EXECUTE ON FUNCTION sees_sealed() TO qualify_app;
-- A visitor's words come in without being seen.
CREATE POLICY sealed ON submissions AS RESTRICTIVE TO qualify_app, qualify_owner
    USING (verdict <> 'sealed' OR (SELECT sees_sealed())) WITH CHECK (true);

-- How many wait sealed, which is all that the organization learns of them.
CREATE FUNCTION sealed_here() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    seen CONSTANT text := current_setting('qualify.sealed');
    waiting bigint;
BEGIN
    PERFORM set_config('qualify.sealed', 'true', true);
    SELECT count(*) INTO waiting FROM submissions
    WHERE organization_id = (SELECT current_organization()) AND verdict = 'sealed';
    PERFORM set_config('qualify.sealed', seen, true);
    RETURN waiting;
END $$;
GRANT EXECUTE ON FUNCTION sealed_here() TO qualify_app;

-- In which organizations something waits sealed; no more than that.
CREATE POLICY relay ON submissions FOR SELECT TO qualify_relay USING (verdict = 'sealed');
GRANT SELECT (organization_id, verdict) ON submissions TO qualify_relay;
CREATE FUNCTION sealed_homes(after uuid, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home uuid := after;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    -- From one organization to the next along the index, however much waits in each.
    FOR i IN 1 .. most LOOP
        SELECT s.organization_id INTO home FROM submissions AS s
        WHERE s.verdict = 'sealed' AND (home IS NULL OR s.organization_id > home)
        ORDER BY s.organization_id LIMIT 1;
        EXIT WHEN home IS NULL;
        RETURN NEXT home;
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION sealed_homes(uuid, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION sealed_homes OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

SELECT sweep_table('sealed', 'submissions', 'organization_id, id', 'received_at', '{verdict, lead_id}',
    'verdict = ''sealed'' AND lead_id IS NULL');
SET LOCAL ROLE qualify_retention;
GRANT EXECUTE ON FUNCTION keeps_anything(), is_kept(text, uuid[]) TO qualify_sweep_sealed;
SET LOCAL ROLE qualify_owner;
SELECT spare_kept('sealed', 'submissions', 'other', 'id');

-- As before, and what is sealed is not quarantined: whatever is found in it, it waits unseen.
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
            term, content, gclid, fbclid, msclkid, ip,
            CASE WHEN repeats AND verdict <> 'sealed' THEN 'quarantined' ELSE verdict END,
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
