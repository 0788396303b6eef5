-- An organization whose owner asked for its end (RET-6): nothing is taken in or changed any more, and after 30 days its data
-- go, unless an owner thinks better of it.
ALTER TABLE organizations
    ADD closed_at timestamptz,
    ADD purge_due_at timestamptz,
    ADD closing_told smallint NOT NULL DEFAULT 0, -- how many notices went out
    ADD CHECK ((closed_at IS NULL) = (purge_due_at IS NULL));
CREATE INDEX organizations_to_purge ON organizations (purge_due_at) WHERE purge_due_at IS NOT NULL;

-- What a request must know of it, for members and for programs.
CREATE FUNCTION closing_of(member uuid, session uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN (
        SELECT o.closed_at FROM sessions AS s JOIN organizations AS o ON o.organization_id = s.current_organization_id
        WHERE s.id = session AND s.user_id = member
    );
END $$;
CREATE FUNCTION closing_of_key(key uuid) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN (SELECT o.closed_at FROM api_keys AS k JOIN organizations AS o USING (organization_id) WHERE k.id = key);
END $$;

DROP FUNCTION authenticate(uuid, uuid, timestamptz);
CREATE FUNCTION authenticate(member uuid, session uuid, now timestamptz)
RETURNS TABLE (
    organization_id uuid, roles text[], grants text[], colleagues uuid[], proved_at timestamptz,
    policy text, since timestamptz, joined_at timestamptz, is_guarded boolean, is_later boolean,
    first_name text, last_name text, email text, language text, theme text, time_zone text,
    organization text, organization_zone text, closed_at timestamptz
)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('qualify.platform_task', 'authenticate', true);
    RETURN QUERY
        SELECT m.organization_id, m.roles, grants_of(member, session), colleagues_of(member, session),
            (SELECT coalesce(s.proved_at, s.created_at) FROM sessions AS s WHERE s.id = authenticate.session),
            f.policy, f.since, f.joined_at, f.is_guarded, f.is_later,
            m.first_name, m.last_name, m.email, m.language, p.theme, p.time_zone, m.organization, p.organization_zone,
            closing_of(member, session)
        FROM authenticate_member(member, session, authenticate.now) AS m,
            mfa_standing(member, session) AS f, preferences_of(member, session) AS p;
END $$;
GRANT EXECUTE ON FUNCTION authenticate(uuid, uuid, timestamptz) TO qualify_app;

-- The organizations of a user, with what keeps them from going (DSR-14).
DROP FUNCTION homes_of(uuid);
CREATE FUNCTION homes_of(member uuid) RETURNS TABLE (
    home uuid, name text, roles text[], joined_at timestamptz, is_sole_owner boolean, closed_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('show_organizations', 'enter_organization');
    RETURN QUERY
        SELECT m.organization_id, o.name, m.roles, m.joined_at,
            'owner' = ANY (m.roles) AND NOT EXISTS (
                SELECT FROM memberships AS other WHERE other.organization_id = m.organization_id
                    AND other.user_id <> member AND 'owner' = ANY (other.roles)
            ),
            o.closed_at
        FROM memberships AS m JOIN organizations AS o USING (organization_id)
        WHERE m.user_id = member ORDER BY m.joined_at, m.organization_id;
END $$;

GRANT EXECUTE ON FUNCTION closing_of(uuid, uuid), closing_of_key(uuid), homes_of(uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION closing_of OWNER TO qualify_auth;
ALTER FUNCTION closing_of_key OWNER TO qualify_auth;
ALTER FUNCTION homes_of OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
