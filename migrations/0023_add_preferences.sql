-- What a user chose for themselves, beside the language; a time zone is the name of one of the IANA's. Where they chose
-- none, the organization's counts, and where that has none, the installation's.
ALTER TABLE users
    ADD theme text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    ADD time_zone text;
ALTER TABLE organizations ADD time_zone text;

-- Read beside the membership in each request.
CREATE FUNCTION preferences_of(member uuid, session uuid)
RETURNS TABLE (theme text, time_zone text, organization_zone text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN QUERY
        SELECT u.theme, u.time_zone, o.time_zone
        FROM sessions AS s
        JOIN users AS u ON u.id = s.user_id
        JOIN organizations AS o ON o.organization_id = s.current_organization_id
        WHERE s.id = session AND s.user_id = member;
END $$;

GRANT EXECUTE ON FUNCTION preferences_of(uuid, uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION preferences_of OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
