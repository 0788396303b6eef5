-- Everything a request must know of its member, in one statement and so in one round trip: its setting is local to it,
-- and the steps of a function, unlike the parts of a query, are taken in order.
CREATE FUNCTION authenticate(member uuid, session uuid, now timestamptz)
RETURNS TABLE (
    organization_id uuid, roles text[], grants text[], colleagues uuid[], proved_at timestamptz,
    policy text, since timestamptz, joined_at timestamptz, is_guarded boolean, is_later boolean,
    first_name text, last_name text, email text, language text, theme text, time_zone text,
    organization text, organization_zone text
)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM set_config('qualify.platform_task', 'authenticate', true);
    RETURN QUERY
        SELECT m.organization_id, m.roles, grants_of(member, session), colleagues_of(member, session),
            (SELECT coalesce(s.proved_at, s.created_at) FROM sessions AS s WHERE s.id = authenticate.session),
            f.policy, f.since, f.joined_at, f.is_guarded, f.is_later,
            m.first_name, m.last_name, m.email, m.language, p.theme, p.time_zone, m.organization, p.organization_zone
        FROM authenticate_member(member, session, authenticate.now) AS m,
            mfa_standing(member, session) AS f, preferences_of(member, session) AS p;
END $$;
GRANT EXECUTE ON FUNCTION authenticate(uuid, uuid, timestamptz) TO qualify_app;
