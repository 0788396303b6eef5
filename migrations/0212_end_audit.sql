-- The audit trail goes after twelve months (RET-13), from its beginning on: the last entry that went is the anchor from which
-- the chain is walked. What comes after an entry that stays, stays as well.

CREATE POLICY sweep_audit_sees ON audit_heads FOR SELECT TO qualify_sweep_audit
    USING ((SELECT sweep_cutoff()) IS NOT NULL);
GRANT SELECT (organization_id) ON audit_heads TO qualify_sweep_audit;
CREATE POLICY sweep_audit_sees ON audit_anchors FOR SELECT TO qualify_sweep_audit
    USING ((SELECT sweep_cutoff()) IS NOT NULL);
CREATE POLICY sweep_audit_anchors ON audit_anchors FOR INSERT TO qualify_sweep_audit WITH CHECK (true);
CREATE POLICY sweep_audit_deletes ON audit_anchors FOR DELETE TO qualify_sweep_audit
    USING ((SELECT sweep_cutoff()) IS NOT NULL);
GRANT SELECT (organization_id, sequence), INSERT, DELETE ON audit_anchors TO qualify_sweep_audit;
GRANT EXECUTE ON FUNCTION months_after(timestamptz, integer), contact_before(timestamptz, integer) TO qualify_sweep_audit;
SELECT let_see(role, policy, 'audit_entries', 'organization_id, sequence, at, hash',
    'months_after(at, 12) <= (SELECT sweep_cutoff())')
FROM (VALUES ('qualify_sweep_audit', 'sweep_audit'), ('qualify_retention', 'due_audit')) AS roles (role, policy);
CREATE POLICY sweep_audit_deletes ON audit_entries FOR DELETE TO qualify_sweep_audit
    USING (months_after(at, 12) <= (SELECT sweep_cutoff()));
GRANT DELETE ON audit_entries TO qualify_sweep_audit;

CREATE FUNCTION sweep_audit(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
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
                SELECT sequence FROM audit_entries WHERE organization_id = home AND at <= written
                ORDER BY at, sequence LIMIT most - swept
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
SELECT count_due('audit', 'audit_entries', 'at <= contact_before(cutoff, 12)');
SELECT hand_over_sweep('audit');
