-- A sweep for each rule of retention, by a role of its own. They take the place of the functions by which the worker forgot,
-- which all ran in one role.

-- RET-1. What is due is changed, not deleted: whoever sweeps can neither read the address nor write one. The second policy
-- says which rows still have one, and that what is left has none.
CREATE INDEX submissions_with_address ON submissions (received_at) WHERE ip IS NOT NULL;
SELECT let_see('qualify_sweep_lead_ip', 'sweep_lead_ip', 'submissions', 'organization_id, id, received_at',
    'received_at <= (SELECT sweep_cutoff())');
CREATE POLICY sweep_lead_ip_empties ON submissions FOR UPDATE TO qualify_sweep_lead_ip
    USING (received_at <= (SELECT sweep_cutoff()) AND ip IS NOT NULL)
    WITH CHECK (ip IS NULL AND ip_anonymized_at IS NOT NULL);
GRANT UPDATE (ip, ip_anonymized_at) ON submissions TO qualify_sweep_lead_ip;
CREATE FUNCTION sweep_lead_ip(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    UPDATE submissions SET ip = NULL, ip_anonymized_at = moment WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM submissions
        WHERE received_at <= cutoff ORDER BY received_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
-- To count is to read, here: two rules count submissions, and each by what it sweeps.
SELECT let_see('qualify_retention', 'due_lead_ip', 'submissions', 'received_at, ip',
    'received_at <= (SELECT sweep_cutoff()) AND ip IS NOT NULL');
SELECT count_due('lead_ip', 'submissions', 'received_at <= cutoff AND ip IS NOT NULL');
SELECT hand_over_sweep('lead_ip');

-- RET-4, RET-5 and what else goes row by row.
CREATE INDEX connection_events_by_time ON connection_events (occurred_at);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
SELECT sweep_table('quarantine', 'submissions', 'organization_id, id', 'received_at', '{verdict, lead_id}',
    'verdict = ''quarantined'' AND lead_id IS NULL');
SELECT sweep_table('connection', 'connection_events', 'id', 'occurred_at');
SELECT sweep_table('refresh_token', 'refresh_tokens', 'id', 'expires_at');
SELECT sweep_table('one_time_token', 'one_time_tokens', 'id', 'expires_at');
SELECT sweep_table('throttle', 'throttles', 'key', 'expires_at');
SELECT sweep_table('submission_key', 'submission_keys', 'organization_id, form_id, key', 'expires_at');
SELECT sweep_table('creation_key', 'creation_keys', 'organization_id, api_key_id, key', 'expires_at');
SELECT sweep_table('job', 'jobs', 'organization_id, id', 'ended_at');
SELECT sweep_table('notification', 'notifications', 'organization_id, id', 'created_at');
SELECT sweep_table('mail_pace', 'mail_paces', 'organization_id, id', 'full_at', '{waiting, digest_at}',
    'waiting IS NULL AND digest_at IS NULL');
SELECT sweep_table('parked_event', 'outbox', 'organization_id, id', 'parked_at');

-- An import stays, and says where its leads came from; its file and what would undo it go.
CREATE INDEX imports_by_end ON imports ((coalesce(done_at, created_at)));
SELECT let_see(role, policy, 'imports', 'organization_id, id, done_at, created_at',
    'coalesce(done_at, created_at) <= (SELECT sweep_cutoff())')
FROM (VALUES ('qualify_sweep_import', 'sweep_import'), ('qualify_retention', 'due_import')) AS roles (role, policy);
SELECT let_see(role, policy, name::regclass, key, format('EXISTS (
    SELECT FROM imports AS i WHERE i.organization_id = %1$I.organization_id AND i.id = %1$I.import_id
        AND coalesce(i.done_at, i.created_at) <= (SELECT sweep_cutoff()))', name))
FROM (VALUES ('qualify_sweep_import', 'sweep_import'), ('qualify_retention', 'due_import')) AS roles (role, policy),
    (VALUES ('import_files', 'organization_id, import_id'), ('import_parts', 'organization_id, import_id, part'),
        ('import_problems', 'organization_id, import_id, line'), ('import_changes', 'organization_id, import_id, lead_id')
    ) AS parts (name, key);
SELECT let_delete('qualify_sweep_import', 'sweep_import', name::regclass, 'import_id', format('EXISTS (
    SELECT FROM imports AS i WHERE i.organization_id = %1$I.organization_id AND i.id = %1$I.import_id
        AND coalesce(i.done_at, i.created_at) <= (SELECT sweep_cutoff()))', name))
FROM unnest(ARRAY['import_files', 'import_parts', 'import_problems', 'import_changes']) AS name;
CREATE FUNCTION sweep_import(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    part record;
    gone bigint;
    swept bigint := 0;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    FOR part IN SELECT * FROM (VALUES
        ('import_files', ''), ('import_parts', ', p.part'), ('import_problems', ', p.line'),
        ('import_changes', ', p.lead_id')
    ) AS parts (name, key) LOOP
        EXECUTE format(
            'DELETE FROM %1$I AS p WHERE (p.organization_id, p.import_id%2$s) IN (
                SELECT p.organization_id, p.import_id%2$s
                FROM imports AS i JOIN %1$I AS p ON p.organization_id = i.organization_id AND p.import_id = i.id
                WHERE coalesce(i.done_at, i.created_at) <= $1
                ORDER BY coalesce(i.done_at, i.created_at) LIMIT $2 FOR UPDATE OF p SKIP LOCKED
            )', part.name, part.key
        ) USING cutoff, most - swept;
        GET DIAGNOSTICS gone = ROW_COUNT;
        swept := swept + gone;
    END LOOP;
    RETURN swept;
END $$;
SELECT count_due('import', 'imports AS i CROSS JOIN LATERAL (
        SELECT FROM import_files AS p WHERE p.organization_id = i.organization_id AND p.import_id = i.id
        UNION ALL SELECT FROM import_parts AS p WHERE p.organization_id = i.organization_id AND p.import_id = i.id
        UNION ALL SELECT FROM import_problems AS p WHERE p.organization_id = i.organization_id AND p.import_id = i.id
        UNION ALL SELECT FROM import_changes AS p WHERE p.organization_id = i.organization_id AND p.import_id = i.id
    ) AS parts', 'coalesce(i.done_at, i.created_at) <= cutoff');
SELECT hand_over_sweep('import');

-- A merge stays, so that the old id leads to the survivor; the images of leads go. Nobody who sweeps or counts reads one.
SELECT let_see('qualify_sweep_merge', 'sweep_merge', 'merges', 'organization_id, id, at', 'at <= (SELECT sweep_cutoff())');
CREATE POLICY sweep_merge_empties ON merges FOR UPDATE TO qualify_sweep_merge
    USING (at <= (SELECT sweep_cutoff()) AND merged_before IS NOT NULL)
    WITH CHECK (
        survivor_before IS NULL AND survivor_after IS NULL AND merged_before IS NULL AND submissions = '{}'
        AND activities = '{}' AND tasks = '{}' AND notifications = '{}' AND merges = '{}' AND imports = '[]'
    );
GRANT UPDATE (
    survivor_before, survivor_after, merged_before, submissions, activities, tasks, notifications, merges, imports
) ON merges TO qualify_sweep_merge;
CREATE FUNCTION sweep_merge(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    UPDATE merges SET survivor_before = NULL, survivor_after = NULL, merged_before = NULL,
        submissions = '{}', activities = '{}', tasks = '{}', notifications = '{}', merges = '{}', imports = '[]'
    WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM merges WHERE at <= cutoff ORDER BY at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
SELECT let_see('qualify_retention', 'due_merge', 'merges', 'at',
    'at <= (SELECT sweep_cutoff()) AND merged_before IS NOT NULL');
SELECT count_due('merge', 'merges', 'at <= cutoff');
SELECT hand_over_sweep('merge');

-- What took place of these, and the rights that nothing else needs.
DROP FUNCTION forget_submission_keys(timestamptz, integer), forget_creation_keys(timestamptz, integer),
    forget_notifications(timestamptz, integer), forget_mail_paces(timestamptz, integer),
    forget_jobs(timestamptz, timestamptz, integer), forget_imports(timestamptz, integer),
    forget_merges(timestamptz, integer), forget_quarantined(timestamptz, integer);
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'submission_keys', 'creation_keys', 'mail_paces', 'jobs', 'job_parts', 'imports', 'import_files', 'import_parts',
        'import_problems', 'import_changes', 'merges', 'submissions'
    ] LOOP
        EXECUTE format('DROP POLICY relay ON %I', name);
        EXECUTE format('REVOKE ALL ON %I FROM qualify_relay', name);
    END LOOP;
END $$;
REVOKE DELETE, UPDATE (read_at) ON notifications FROM qualify_relay;
DROP INDEX imports_by_age; -- imports_by_end tells the same, and when they were done
