-- What somebody sent is found by their address as it is compared. `lower` is no filter that row security lets an index answer
-- (RLS-8), so the page of rights read all that an organization ever received.
--
-- The new column rewrites the table, which is locked meanwhile: about twenty seconds for each million of submissions, measured on
-- two slow cores. Nothing is taken in until it is done (docs/operations.md). The index costs an intake 15 µs more, of 45, and finds
-- among 9,000 submissions of an organization in 0.1 ms what took 137.
ALTER TABLE submissions ADD email_norm text COLLATE "C" GENERATED ALWAYS AS (lower(email COLLATE "und-x-icu")) STORED;
-- What was sent without an address is not looked for, and takes no place.
CREATE INDEX submissions_by_email ON submissions (organization_id, email_norm) WHERE email_norm IS NOT NULL;

-- Whoever erases finds it by that, too.
GRANT SELECT (email_norm) ON submissions TO qualify_erase_lead;
-- What has a number alone waits for its lead for a moment, and is in quarantine else: there is little of it.
CREATE INDEX submissions_loose_by_phone ON submissions (organization_id, phone_e164)
    WHERE lead_id IS NULL AND email IS NULL AND phone_e164 IS NOT NULL;
GRANT CREATE ON SCHEMA public TO qualify_erase_lead;
SET LOCAL ROLE qualify_erase_lead;
-- As before, each of the three by an index of its own.
CREATE OR REPLACE FUNCTION erase_lead(gone uuid, emails text[], phones text[], words text[], moment timestamptz, files_since timestamptz)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home CONSTANT uuid := current_organization();
    sent uuid[];
    planned uuid[];
    withdrawn uuid[];
    went bigint;
    counts jsonb := '{}';
BEGIN
    SELECT coalesce(array_agg(id), '{}') INTO sent FROM (
        SELECT id FROM submissions WHERE organization_id = home AND lead_id = gone
        UNION SELECT id FROM submissions
        WHERE organization_id = home AND lead_id IS NULL AND email_norm = ANY (emails) AND received_at <= moment
        UNION SELECT id FROM submissions
        WHERE organization_id = home AND lead_id IS NULL AND email IS NULL AND phone_e164 = ANY (phones)
            AND received_at <= moment
    ) AS theirs;
    SELECT coalesce(array_agg(id), '{}') INTO planned FROM tasks WHERE organization_id = home AND lead_id = gone;

    DELETE FROM outbox WHERE organization_id = home AND (event ->> 'lead' = gone::text
        OR event ->> 'submission' = ANY (sent::text[]) OR event ->> 'task' = ANY (planned::text[]));
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('outbox', went);
    DELETE FROM notifications WHERE organization_id = home AND lead_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('notifications', went);
    DELETE FROM import_changes WHERE organization_id = home AND lead_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('import_changes', went);
    DELETE FROM lead_aliases WHERE organization_id = home AND lead_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('lead_aliases', went);
    DELETE FROM activities WHERE organization_id = home AND (lead_id = gone OR submission_id = ANY (sent));
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('activities', went);
    DELETE FROM merges WHERE organization_id = home AND lead_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('merges', went);
    DELETE FROM tasks WHERE organization_id = home AND lead_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('tasks', went);
    DELETE FROM lead_scores WHERE organization_id = home AND lead_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('lead_scores', went);
    DELETE FROM submission_keys WHERE organization_id = home AND submission_id = ANY (sent);
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('submission_keys', went);
    DELETE FROM creation_keys WHERE organization_id = home AND made_id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('creation_keys', went);
    DELETE FROM submissions WHERE organization_id = home AND id = ANY (sent);
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('submissions', went);
    DELETE FROM leads WHERE organization_id = home AND id = gone;
    GET DIAGNOSTICS went = ROW_COUNT;
    counts := counts || jsonb_build_object('leads', went);

    -- A file that may hold the person is fetched no more, and one that is being made is not made to its end; the worker
    -- removes them. What is written of one that has only begun does not count: it begins anew.
    WITH ended AS (
        UPDATE jobs SET state = 'failed', fault = 'erased', ended_at = coalesce(ended_at, moment), version = version + 1
        WHERE organization_id = home AND kind ->> 'kind' = 'export_leads' AND place <> ''
            AND (state = 'running' OR state = 'done' AND asked_at > files_since)
        RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO withdrawn FROM ended;
    UPDATE jobs SET version = version + 1
    WHERE organization_id = home AND kind ->> 'kind' = 'export_leads' AND ended_at IS NULL;
    -- Who was looked for by name is not named any more. Work that is under way cannot go on without it.
    UPDATE jobs SET state = 'failed', fault = 'gone', ended_at = moment, version = version + 1
    WHERE organization_id = home AND ended_at IS NULL
        AND EXISTS (SELECT FROM unnest(words) AS word WHERE position(word IN lower(kind::text COLLATE "und-x-icu")) > 0);
    DELETE FROM jobs WHERE organization_id = home AND kind ->> 'kind' <> 'export_leads'
        AND EXISTS (SELECT FROM unnest(words) AS word WHERE position(word IN lower(kind::text COLLATE "und-x-icu")) > 0);
    UPDATE jobs SET kind = (kind - 'search') || '{"filter": {}}'
    WHERE organization_id = home
        AND EXISTS (SELECT FROM unnest(words) AS word WHERE position(word IN lower(kind::text COLLATE "und-x-icu")) > 0);
    DELETE FROM views WHERE organization_id = home AND EXISTS (
        SELECT FROM unnest(words) AS word
        WHERE position(word IN lower((name || settings::text) COLLATE "und-x-icu")) > 0);
    UPDATE jobs SET left_out = jsonb_path_query_array(left_out, '$[*] ? (@.lead != $lead)', jsonb_build_object('lead', gone))
    WHERE organization_id = home AND left_out @> jsonb_build_array(jsonb_build_object('lead', gone));
    INSERT INTO outbox (organization_id, event, due_at)
    SELECT home, jsonb_build_object('event', 'job_due', 'job', id), moment FROM unnest(withdrawn) AS id;
    RETURN counts || jsonb_build_object('files', cardinality(withdrawn));
END $$;
SET LOCAL ROLE qualify_owner;
REVOKE CREATE ON SCHEMA public FROM qualify_erase_lead;
