-- Keys with which programs act in an organization. A secret is kept as its digest only; a key goes with the member who
-- made it.
CREATE TABLE api_keys (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    role text NOT NULL
        CHECK (role IN ('owner', 'admin', 'manager', 'agent', 'viewer', 'privacy_officer', 'billing')),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    made_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, made_by) REFERENCES memberships ON DELETE CASCADE
);
SELECT tenantize('api_keys', 'SELECT, INSERT');
GRANT UPDATE (last_used_at, revoked_at) ON api_keys TO qualify_app;
CREATE INDEX api_keys_of_maker ON api_keys (organization_id, made_by);
CREATE INDEX api_keys_by_digest ON api_keys (digest);

CREATE POLICY auth ON api_keys FOR SELECT TO qualify_auth USING (true);
GRANT SELECT ON api_keys TO qualify_auth;

-- The key of a secret, whatever its state, and what its actor must know: what its maker is by now, and whose leads the
-- reach of a team covers: the maker's and their colleagues', null where the organization has no teams.
CREATE FUNCTION find_api_key(secret bytea)
RETURNS TABLE (
    organization_id uuid, id uuid, name text, role text, scopes text[], made_by uuid, created_at timestamptz,
    expires_at timestamptz, last_used_at timestamptz, revoked_at timestamptz, maker_roles text[], colleagues uuid[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN QUERY
        SELECT k.organization_id, k.id, k.name, k.role, k.scopes, k.made_by, k.created_at, k.expires_at,
            k.last_used_at, k.revoked_at, m.roles,
            CASE WHEN EXISTS (SELECT FROM teams AS t WHERE t.organization_id = k.organization_id) THEN ARRAY(
                SELECT k.made_by UNION
                SELECT other.user_id FROM team_members AS own
                JOIN team_members AS other USING (organization_id, team_id)
                WHERE own.organization_id = k.organization_id AND own.user_id = k.made_by
            ) END
        FROM api_keys AS k
        JOIN memberships AS m ON m.organization_id = k.organization_id AND m.user_id = k.made_by
        WHERE k.digest = secret AND 1 = (SELECT count(*) FROM api_keys WHERE digest = secret);
END $$;
GRANT EXECUTE ON FUNCTION find_api_key(bytea) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION find_api_key OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
