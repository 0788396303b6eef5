-- Ends the sessions in which a member looks at the current organization: membership ends for good, and would not come
-- back to life with an old session if they were invited again (SES-8).
CREATE POLICY auth_ends ON sessions FOR UPDATE TO qualify_auth USING (true);
GRANT UPDATE (revoked_at) ON sessions TO qualify_auth;

CREATE FUNCTION end_sessions_here(member uuid, now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE sessions SET revoked_at = end_sessions_here.now
    WHERE user_id = member AND current_organization_id = (SELECT current_organization()) AND revoked_at IS NULL;
END $$;
GRANT EXECUTE ON FUNCTION end_sessions_here(uuid, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION end_sessions_here OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
