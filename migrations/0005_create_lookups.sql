-- The few look-ups that are needed before an organization is known, or that join a tenant's rows with the platform's.
-- Each finds its organization itself; none takes one as an argument (RLS-6).

CREATE POLICY auth ON form_addresses FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON memberships FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON organizations FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON sessions FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON users FOR SELECT TO qualify_auth USING (true);
GRANT SELECT ON form_addresses, memberships, organizations, sessions, users TO qualify_auth;

CREATE FUNCTION resolve_form(address uuid, now timestamptz) RETURNS TABLE (organization_id uuid, form_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('resolve_form');
    RETURN QUERY
        SELECT organization_id, form_id FROM form_addresses
        WHERE public_id = address AND (retired_at IS NULL OR retired_at > resolve_form.now)
            AND 1 = (SELECT count(*) FROM form_addresses WHERE public_id = address);
END $$;

CREATE FUNCTION organizations_of(member uuid) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('sign_in', 'sign_up');
    RETURN QUERY
        SELECT organization_id FROM memberships WHERE user_id = member ORDER BY joined_at, organization_id;
END $$;

-- Liveness, membership and roles are read here for each request: revocation acts on the next one (SES-4).
CREATE FUNCTION authenticate_member(member uuid, session uuid, now timestamptz)
RETURNS TABLE (
    organization_id uuid, roles text[], first_name text, last_name text, email text, language text, organization text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN QUERY
        SELECT m.organization_id, m.roles, u.first_name, u.last_name, u.email, u.language, o.name
        FROM sessions AS s
        JOIN users AS u ON u.id = s.user_id
        JOIN memberships AS m ON m.user_id = s.user_id AND m.organization_id = s.current_organization_id
        JOIN organizations AS o ON o.organization_id = m.organization_id
        WHERE s.id = session AND s.user_id = member AND s.revoked_at IS NULL
            AND s.expires_at > authenticate_member.now;
END $$;

-- The members of the current organization with their names and addresses.
CREATE FUNCTION members_with_profile()
RETURNS TABLE (
    user_id uuid, roles text[], notify_new_leads boolean, joined_at timestamptz,
    first_name text, last_name text, email text, language text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.user_id, m.roles, m.notify_new_leads, m.joined_at, u.first_name, u.last_name, u.email, u.language
    FROM memberships AS m JOIN users AS u ON u.id = m.user_id
    WHERE m.organization_id = (SELECT current_organization())
$$;

GRANT EXECUTE ON FUNCTION
    resolve_form(uuid, timestamptz), organizations_of(uuid), authenticate_member(uuid, uuid, timestamptz),
    members_with_profile() TO qualify_app;

GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION resolve_form OWNER TO qualify_auth;
ALTER FUNCTION organizations_of OWNER TO qualify_auth;
ALTER FUNCTION authenticate_member OWNER TO qualify_auth;
ALTER FUNCTION members_with_profile OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
