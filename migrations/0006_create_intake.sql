-- Keeps a batch of submissions, of any number of organizations, in one round trip. Runs with the caller's rights: each
-- row is written as its own organization, under row security.

CREATE TYPE intake AS (
    organization uuid,
    key text,
    body text,
    expires_at timestamptz,
    event jsonb,
    id uuid,
    form uuid,
    form_version integer,
    received_at timestamptz,
    name text,
    email text,
    phone text,
    phone_e164 text,
    message text,
    consented boolean,
    consent_wording text,
    notice text,
    page text,
    landing_page text,
    referrer text,
    source text,
    medium text,
    campaign text,
    term text,
    content text,
    gclid text,
    fbclid text,
    msclkid text,
    ip inet,
    verdict text,
    spam_reasons text[]
);

CREATE FUNCTION record_submissions(batch jsonb)
RETURNS TABLE (place bigint, submission_id uuid, outcome text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    item record;
    known record;
    scope uuid;
BEGIN
    -- In one order everywhere, so that two batches never wait for each other in a circle.
    FOR item IN
        SELECT rows.place - 1 AS place, sent.*
        FROM jsonb_array_elements(batch) WITH ORDINALITY AS rows (doc, place),
            LATERAL jsonb_populate_record(NULL::intake, doc) AS sent
        ORDER BY sent.organization, sent.form, sent.key, rows.place
    LOOP
        IF scope IS DISTINCT FROM item.organization THEN
            scope := item.organization;
            PERFORM set_config('qualify.organization_id', scope::text, true);
        END IF;
        INSERT INTO submission_keys AS former (organization_id, form_id, key, body, submission_id, expires_at)
        VALUES (scope, item.form, decode(item.key, 'hex'), decode(item.body, 'hex'), item.id, item.expires_at)
        ON CONFLICT (organization_id, form_id, key) DO UPDATE
            SET body = EXCLUDED.body, submission_id = EXCLUDED.submission_id, expires_at = EXCLUDED.expires_at
            WHERE former.expires_at <= item.received_at;
        place := item.place;
        IF NOT FOUND THEN
            SELECT k.submission_id, k.body = decode(item.body, 'hex') AS same INTO STRICT known
            FROM submission_keys AS k
            WHERE k.organization_id = scope AND k.form_id = item.form AND k.key = decode(item.key, 'hex');
            submission_id := known.submission_id;
            outcome := CASE WHEN submission_id = item.id THEN 'kept' WHEN known.same THEN 'known' ELSE 'other_body' END;
            RETURN NEXT;
            CONTINUE;
        END IF;
        INSERT INTO submissions (
            organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, utm_source, utm_medium, utm_campaign,
            utm_term, utm_content, gclid, fbclid, msclkid, ip, verdict, spam_reasons
        ) VALUES (
            scope, item.id, item.form, item.form_version, item.received_at, item.name, item.email, item.phone,
            item.phone_e164, item.message, item.consented, item.consent_wording, item.notice, item.page,
            item.landing_page, item.referrer, item.source, item.medium, item.campaign, item.term, item.content,
            item.gclid, item.fbclid, item.msclkid, item.ip, item.verdict, item.spam_reasons
        );
        IF item.event IS NOT NULL THEN
            INSERT INTO outbox (organization_id, event, due_at) VALUES (scope, item.event, item.received_at);
            PERFORM pg_notify('qualify_outbox', '');
        END IF;
        PERFORM pg_notify('qualify_live', format('%s submission %s', scope, item.form));
        submission_id := item.id;
        outcome := 'kept';
        RETURN NEXT;
    END LOOP;
END $$;

-- Counts the names of undeclared fields. Names are strangers' words: a form keeps 200 of them.
CREATE FUNCTION count_undeclared(organization uuid, form uuid, names text[], seen timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('qualify.organization_id', organization::text, true);
    INSERT INTO undeclared_fields AS former (organization_id, form_id, name, times, last_seen_at)
    SELECT organization, form, sent.field, count(*), seen
    FROM unnest(names) AS sent (field)
    WHERE 200 > (
        SELECT count(*) FROM undeclared_fields AS other
        WHERE other.organization_id = organization AND other.form_id = form AND other.name <> sent.field
    )
    GROUP BY sent.field ORDER BY sent.field
    ON CONFLICT (organization_id, form_id, name) DO UPDATE
        SET times = former.times + EXCLUDED.times, last_seen_at = greatest(former.last_seen_at, EXCLUDED.last_seen_at);
END $$;

GRANT EXECUTE ON FUNCTION record_submissions(jsonb), count_undeclared(uuid, uuid, text[], timestamptz) TO qualify_app;
