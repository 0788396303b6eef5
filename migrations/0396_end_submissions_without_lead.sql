-- What was accepted and became no lead ends too: the worker may have given up on it, and no rule let go of it. It goes when a lead
-- that was made of it would have gone, with the leads (RET-12).

-- What has just come waits for its lead for a moment: there is little of it.
CREATE INDEX submissions_without_lead ON submissions (organization_id, received_at)
    WHERE verdict = 'accepted' AND lead_id IS NULL;

-- Of submissions that hang on no lead, only those that are due and that nothing keeps.
DO $$
DECLARE
    due CONSTANT text := 'verdict = ''accepted'' AND lead_id IS NULL
        AND lead_ends_at(organization_id, received_at) <= (SELECT sweep_cutoff())
        AND ((SELECT NOT keeps_anything()) OR NOT is_kept(''other'', id))';
    seen CONSTANT text := 'organization_id, id, received_at, verdict, lead_id';
BEGIN
    PERFORM let_see('qualify_sweep_lead', 'sweep_lead_loose', 'submissions', seen, due);
    PERFORM let_delete('qualify_sweep_lead', 'sweep_lead_loose', 'submissions', 'received_at', due);
    PERFORM let_see('qualify_retention', 'due_lead_loose', 'submissions', seen, due);
END $$;

GRANT CREATE ON SCHEMA public TO qualify_sweep_lead, qualify_retention;
SET LOCAL ROLE qualify_sweep_lead;
CREATE OR REPLACE FUNCTION sweep_lead(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home record;
    ending uuid[];
    gone bigint;
    swept bigint := 0;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    FOR home IN
        SELECT o.organization_id AS id,
            contact_before(cutoff, months_until(cutoff, p.months, p.months_before, p.begins_at)) AS contact
        FROM organizations AS o LEFT JOIN retention_policies AS p ON p.organization_id = o.organization_id
    LOOP
        SELECT array_agg(due.id) INTO ending FROM (
            SELECT id FROM leads WHERE organization_id = home.id AND last_submission_at <= home.contact
            ORDER BY last_submission_at LIMIT most - swept FOR UPDATE SKIP LOCKED
        ) AS due;
        IF ending IS NOT NULL THEN
            DELETE FROM activities WHERE organization_id = home.id AND lead_id = ANY (ending);
            DELETE FROM tasks WHERE organization_id = home.id AND lead_id = ANY (ending);
            DELETE FROM submissions WHERE organization_id = home.id AND lead_id = ANY (ending);
            DELETE FROM leads WHERE organization_id = home.id AND id = ANY (ending);
            GET DIAGNOSTICS gone = ROW_COUNT;
            swept := swept + gone;
        END IF;
        EXIT WHEN swept >= most;
        SELECT array_agg(due.id) INTO ending FROM (
            SELECT id FROM submissions
            WHERE organization_id = home.id AND verdict = 'accepted' AND lead_id IS NULL AND received_at <= home.contact
            ORDER BY received_at LIMIT most - swept FOR UPDATE SKIP LOCKED
        ) AS due;
        CONTINUE WHEN ending IS NULL;
        DELETE FROM submissions WHERE organization_id = home.id AND id = ANY (ending);
        GET DIAGNOSTICS gone = ROW_COUNT;
        swept := swept + gone;
        EXIT WHEN swept >= most;
    END LOOP;
    RETURN swept;
END $$;

SET LOCAL ROLE qualify_retention;
CREATE OR REPLACE FUNCTION due_lead(cutoff timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('read_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    -- Who counts sees submissions that other rules sweep as well: the exact moment is asked for here too.
    RETURN (SELECT count(*) FROM (
        SELECT FROM organizations AS o LEFT JOIN retention_policies AS p ON p.organization_id = o.organization_id
        CROSS JOIN LATERAL (
            SELECT contact_before(cutoff, months_until(cutoff, p.months, p.months_before, p.begins_at)) AS contact
        ) AS last
        CROSS JOIN LATERAL (
            SELECT FROM leads AS l WHERE l.organization_id = o.organization_id AND l.last_submission_at <= last.contact
            UNION ALL
            SELECT FROM submissions AS s
            WHERE s.organization_id = o.organization_id AND s.verdict = 'accepted' AND s.lead_id IS NULL
                AND s.received_at <= last.contact AND lead_ends_at(s.organization_id, s.received_at) <= cutoff
        ) AS ending
        LIMIT most
    ) AS due);
END $$;
SET LOCAL ROLE qualify_owner;
REVOKE CREATE ON SCHEMA public FROM qualify_sweep_lead, qualify_retention;
