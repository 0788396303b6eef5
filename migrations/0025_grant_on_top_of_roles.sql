-- What is granted to a member on top of their roles. The matrix says what may be; nothing else comes in.
ALTER TABLE memberships ADD grants text[] NOT NULL DEFAULT '{}' CHECK (
    grants <@ ARRAY['erase_lead', 'import_leads', 'export_leads']
);

-- Read beside the membership in each request: a grant that was taken away is felt on the next one (SES-4).
CREATE FUNCTION grants_of(member uuid, session uuid) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN (
        SELECT m.grants FROM sessions AS s
        JOIN memberships AS m ON m.user_id = s.user_id AND m.organization_id = s.current_organization_id
        WHERE s.id = session AND s.user_id = member
    );
END $$;

GRANT EXECUTE ON FUNCTION grants_of(uuid, uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION grants_of OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
