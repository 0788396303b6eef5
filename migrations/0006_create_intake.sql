-- Keeps a batch of submissions, of any number of organizations, in one round trip. Runs with the caller's rights: the
-- rows of each organization are written as that organization, under row security.

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

-- Keeps what is new among the submissions of the current organization: key, evidence and event, in one statement. Tells
-- the ids of those it kept.
CREATE FUNCTION keep_submissions(items intake[]) RETURNS uuid[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    fresh uuid[];
BEGIN
    WITH keys AS (
        INSERT INTO submission_keys (organization_id, form_id, key, body, submission_id, expires_at)
        SELECT organization, form, decode(key, 'hex'), decode(body, 'hex'), id, expires_at FROM unnest(items)
        ON CONFLICT (organization_id, form_id, key) DO NOTHING
        RETURNING submission_id
    ), new AS (
        SELECT item.* FROM unnest(items) AS item JOIN keys ON keys.submission_id = item.id
    ), kept AS (
        INSERT INTO submissions (
            organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, utm_source, utm_medium, utm_campaign,
            utm_term, utm_content, gclid, fbclid, msclkid, ip, verdict, spam_reasons
        )
        SELECT organization, id, form, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, source, medium, campaign,
            term, content, gclid, fbclid, msclkid, ip, verdict, spam_reasons
        FROM new
    ), told AS (
        INSERT INTO outbox (organization_id, event, due_at)
        SELECT organization, event, received_at FROM new WHERE event IS NOT NULL
    )
    SELECT coalesce(array_agg(submission_id), '{}') INTO fresh FROM keys;
    RETURN fresh;
END $$;

CREATE FUNCTION record_submissions(batch jsonb)
RETURNS TABLE (place bigint, submission_id uuid, outcome text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    part record;
    item intake;
    fresh uuid[];
    known record;
BEGIN
    -- In one order everywhere, so that two batches never wait for each other in a circle.
    FOR part IN
        SELECT array_agg(sent ORDER BY sent.form, sent.key, rows.place) AS items,
            array_agg(rows.place - 1 ORDER BY sent.form, sent.key, rows.place) AS places
        FROM jsonb_array_elements(batch) WITH ORDINALITY AS rows (doc, place),
            LATERAL jsonb_populate_record(NULL::intake, doc) AS sent
        GROUP BY sent.organization ORDER BY sent.organization
    LOOP
        PERFORM set_config('qualify.organization_id', (part.items[1]).organization::text, true);
        fresh := keep_submissions(part.items);
        FOR i IN 1 .. cardinality(part.items) LOOP
            item := part.items[i];
            place := part.places[i];
            submission_id := item.id;
            outcome := 'kept';
            IF item.id <> ALL (fresh) THEN
                -- A key that is only waiting to be forgotten makes room.
                DELETE FROM submission_keys AS former
                WHERE former.organization_id = item.organization AND former.form_id = item.form
                    AND former.key = decode(item.key, 'hex') AND former.expires_at <= item.received_at;
                IF FOUND THEN
                    fresh := fresh || keep_submissions(ARRAY[item]);
                END IF;
            END IF;
            IF item.id <> ALL (fresh) THEN
                SELECT k.submission_id, k.body = decode(item.body, 'hex') AS same INTO STRICT known
                FROM submission_keys AS k
                WHERE k.organization_id = item.organization AND k.form_id = item.form
                    AND k.key = decode(item.key, 'hex');
                submission_id := known.submission_id;
                outcome := CASE WHEN submission_id = item.id THEN 'kept' WHEN known.same THEN 'known' ELSE 'other_body' END;
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

-- Tells of submissions that were kept: the workers that there is work, the pages what is new.
CREATE FUNCTION announce_submissions(payloads text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('qualify_outbox', '');
    PERFORM pg_notify('qualify_live', payload) FROM unnest(payloads) AS news (payload);
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

GRANT EXECUTE ON FUNCTION
    keep_submissions(intake[]), record_submissions(jsonb), announce_submissions(text[]),
    count_undeclared(uuid, uuid, text[], timestamptz) TO qualify_app;
