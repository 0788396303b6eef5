-- What must not come back with a backup (RET-17), beyond leads: what somebody sent who was erased, which hangs on no lead in a
-- backup that was made before a lead was opened for it; and accounts that their users deleted.
ALTER TABLE tombstones ADD what text NOT NULL DEFAULT 'lead' CHECK (what IN ('lead', 'submission', 'account'));
CREATE INDEX suppressions_by_time ON suppressions (since);

-- What went since a moment, in all organizations, for the log outside the database: ids, grounds and keyed hashes.
SELECT let_see('qualify_retention', 'lately', 'tombstones', 'organization_id, id, what, at, ground',
    'at >= (SELECT sweep_cutoff())');
SELECT let_see('qualify_retention', 'lately', 'suppressions', 'organization_id, address, ground, since',
    'since >= (SELECT sweep_cutoff())');
CREATE FUNCTION gone_lately(moment timestamptz) RETURNS TABLE (
    home uuid, what text, id uuid, address bytea, at timestamptz, ground text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('read_retention');
    PERFORM set_config('qualify.sweep_cutoff', moment::text, true);
    RETURN QUERY
        SELECT t.organization_id, t.what, t.id, NULL::bytea, t.at, t.ground FROM tombstones AS t WHERE t.at >= moment
        UNION ALL
        SELECT s.organization_id, 'address', NULL::uuid, s.address, s.since, s.ground FROM suppressions AS s
        WHERE s.since >= moment;
END $$;
GRANT EXECUTE ON FUNCTION gone_lately(timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_retention;
ALTER FUNCTION gone_lately OWNER TO qualify_retention;
REVOKE CREATE ON SCHEMA public FROM qualify_retention;
