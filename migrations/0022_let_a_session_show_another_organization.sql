-- Somebody may belong to several organizations; each of their sessions shows one at a time. Whoever signs in comes to the
-- one they looked at last.
ALTER TABLE sessions ADD switched_at timestamptz;

-- The organizations a user belongs to, for the user themselves.
CREATE FUNCTION homes_of(member uuid) RETURNS TABLE (home uuid, name text, roles text[], joined_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('show_organizations', 'enter_organization');
    RETURN QUERY
        SELECT m.organization_id, o.name, m.roles, m.joined_at
        FROM memberships AS m JOIN organizations AS o USING (organization_id)
        WHERE m.user_id = member ORDER BY m.joined_at, m.organization_id;
END $$;

-- Whether a user belongs to the organization that their session shows. The membership stays until the end of the work:
-- whoever removes the member waits, and ends the session then (SES-8).
CREATE POLICY auth_holds ON memberships FOR UPDATE TO qualify_auth USING (true) WITH CHECK (false);
GRANT UPDATE (user_id) ON memberships TO qualify_auth;

CREATE FUNCTION belongs_where_shown(member uuid, session uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('enter_organization');
    PERFORM FROM memberships AS m
    WHERE m.user_id = member AND m.organization_id = (
        SELECT s.current_organization_id FROM sessions AS s WHERE s.id = session AND s.user_id = member
    )
    FOR KEY SHARE;
    RETURN FOUND;
END $$;

GRANT EXECUTE ON FUNCTION homes_of(uuid), belongs_where_shown(uuid, uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION homes_of OWNER TO qualify_auth;
ALTER FUNCTION belongs_where_shown OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
