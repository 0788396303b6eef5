-- An entry whose time lies after its neighbours' holds up what comes after it, not the batch that reads up to it.
GRANT CREATE ON SCHEMA public TO qualify_sweep_audit;
SET LOCAL ROLE qualify_sweep_audit;
CREATE OR REPLACE FUNCTION sweep_audit(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    written CONSTANT timestamptz := contact_before(cutoff, 12);
    home uuid;
    anchored bigint;
    last bigint;
    gone bigint;
    swept bigint := 0;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    FOR home IN SELECT organization_id FROM audit_heads LOOP
        SELECT coalesce(max(sequence), 0) INTO anchored FROM audit_anchors WHERE organization_id = home;
        SELECT max(sequence) INTO last FROM (
            SELECT sequence, row_number() OVER (ORDER BY sequence) AS place FROM (
                SELECT sequence FROM audit_entries WHERE organization_id = home AND at <= written AND sequence > anchored
                ORDER BY sequence LIMIT most - swept
            ) AS due
        ) AS due WHERE sequence = anchored + place;
        CONTINUE WHEN last IS NULL;
        INSERT INTO audit_anchors (organization_id, sequence, hash, anchored_at)
        SELECT organization_id, sequence, hash, moment FROM audit_entries WHERE organization_id = home AND sequence = last;
        DELETE FROM audit_entries WHERE organization_id = home AND sequence > anchored AND sequence <= last;
        GET DIAGNOSTICS gone = ROW_COUNT;
        DELETE FROM audit_anchors WHERE organization_id = home AND sequence < last;
        swept := swept + gone;
        EXIT WHEN swept >= most;
    END LOOP;
    RETURN swept;
END $$;
SET LOCAL ROLE qualify_owner;
REVOKE CREATE ON SCHEMA public FROM qualify_sweep_audit;

-- A certificate is read by its lead, which the primary key serves; a list of them is not kept.
DROP INDEX erasures_newest;
