-- A request that cannot be looked at stands back for a while: it would be among the first of each round, and others would wait.
CREATE POLICY relay_passes_over ON rights_requests FOR UPDATE TO qualify_relay
    USING (next_at IS NOT NULL) WITH CHECK (next_at IS NOT NULL);
GRANT UPDATE (next_at) ON rights_requests TO qualify_relay;
CREATE FUNCTION pass_over_rights(request uuid, until timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE rights_requests SET next_at = greatest(next_at, until) WHERE id = request AND next_at IS NOT NULL;
END $$;
GRANT EXECUTE ON FUNCTION pass_over_rights(uuid, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION pass_over_rights OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
