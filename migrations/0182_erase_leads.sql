-- A lead goes with all that is known of its person (DSR-9), by one function of a role that can do nothing else. Whoever serves
-- may still delete neither what somebody sent nor what a colleague was told.

-- A file that was made before somebody was erased may hold them: nobody fetches it any more.
ALTER TABLE jobs DROP CONSTRAINT jobs_fault_check,
    ADD CONSTRAINT jobs_fault_check CHECK (fault IN ('forbidden', 'gone', 'refused', 'broken', 'erased'));

CREATE FUNCTION let_erase(target regclass, columns text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY erasure ON %s TO qualify_erase_lead
        USING (organization_id = (SELECT current_organization()))
        WITH CHECK (organization_id = (SELECT current_organization()))', target);
    EXECUTE format('GRANT SELECT (%s), DELETE ON %s TO qualify_erase_lead', columns, target);
END $$;

-- What the function may see and do, in the organization of the transaction. It reads what it goes by, and no message.
SELECT let_erase(name::regclass, seen)
FROM (VALUES
    ('leads', 'organization_id, id'),
    ('submissions', 'organization_id, id, lead_id, email, phone_e164, received_at'),
    ('submission_keys', 'organization_id, submission_id'),
    ('creation_keys', 'organization_id, made_id'),
    ('activities', 'organization_id, lead_id, submission_id'),
    ('tasks', 'organization_id, id, lead_id'),
    ('lead_scores', 'organization_id, lead_id'),
    ('lead_aliases', 'organization_id, lead_id'),
    ('merges', 'organization_id, lead_id'),
    ('import_changes', 'organization_id, lead_id'),
    ('notifications', 'organization_id, lead_id'),
    ('outbox', 'organization_id, event'),
    ('jobs', 'organization_id, id, kind, state, place, asked_at, ended_at, left_out'),
    ('views', 'organization_id, name, settings')
) AS tables (name, seen);
DROP FUNCTION let_erase(regclass, text);
GRANT SELECT (version), UPDATE (kind, state, fault, ended_at, left_out, version) ON jobs TO qualify_erase_lead;
GRANT INSERT (organization_id, event, due_at) ON outbox TO qualify_erase_lead;
GRANT USAGE ON SCHEMA public TO qualify_erase_lead;
GRANT EXECUTE ON FUNCTION current_organization() TO qualify_erase_lead;

-- Erases a lead of the current organization: it, what hangs on it, and what its person sent that hangs on no lead by then.
-- `words` are the addresses, numbers and names by which jobs and views may ask for it, in small letters. Tells how many rows of
-- which table went.
CREATE FUNCTION erase_lead(gone uuid, emails text[], phones text[], words text[], moment timestamptz, files_since timestamptz)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home CONSTANT uuid := current_organization();
    sent uuid[];
    planned uuid[];
    withdrawn uuid[];
    went bigint;
    counts jsonb := '{}';
BEGIN
    SELECT coalesce(array_agg(id), '{}') INTO sent FROM submissions
    WHERE organization_id = home AND (lead_id = gone OR lead_id IS NULL AND received_at <= moment AND (
        lower(email COLLATE "und-x-icu") COLLATE "C" = ANY (emails) OR email IS NULL AND phone_e164 = ANY (phones)));
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
GRANT EXECUTE ON FUNCTION erase_lead(uuid, text[], text[], text[], timestamptz, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_erase_lead;
ALTER FUNCTION erase_lead OWNER TO qualify_erase_lead;
REVOKE CREATE ON SCHEMA public FROM qualify_erase_lead;
-- Files of people are rewritten without somebody who is erased.
GRANT UPDATE (raw) ON import_problems TO qualify_app;
GRANT UPDATE (bytes) ON import_files TO qualify_app;
