-- Access for support (PRV-11): an owner opens their organization for at most a day, and whoever tends the installation comes in
-- by a link that is made under that grant. Nothing else leads into it: both are found under row security, by an organization
-- that the link names.

CREATE TABLE support_grants (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    reason text NOT NULL,
    author_id uuid NOT NULL, -- they may leave; what they opened stays known
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by uuid,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK (ends_at > opened_at AND ends_at <= opened_at + interval '24 hours'),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
SELECT tenantize('support_grants', 'SELECT, INSERT');
-- It can be ended and never be made longer.
GRANT UPDATE (ended_at, ended_by) ON support_grants TO qualify_app;
CREATE INDEX support_grants_open ON support_grants (organization_id, ends_at) WHERE ended_at IS NULL;
CREATE INDEX support_grants_by_expiry ON support_grants (expires_at);

-- One time that support came in, or may: the link works once, and then what it opened. Digests only.
CREATE TABLE support_visits (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    grant_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    made_at timestamptz NOT NULL,
    link_ends_at timestamptz NOT NULL,
    session bytea CHECK (octet_length(session) = 32),
    begun_at timestamptz,
    left_at timestamptz CHECK (left_at IS NULL OR begun_at IS NOT NULL),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, digest),
    UNIQUE (organization_id, session),
    FOREIGN KEY (organization_id, grant_id) REFERENCES support_grants ON DELETE CASCADE,
    CHECK ((session IS NULL) = (begun_at IS NULL))
);
SELECT tenantize('support_visits', 'SELECT, INSERT');
GRANT UPDATE (session, begun_at, left_at) ON support_visits TO qualify_app;
CREATE INDEX support_visits_of_grant ON support_visits (organization_id, grant_id, made_at);

SELECT sweep_table('support_grant', 'support_grants', 'organization_id, id', 'expires_at');

-- Until when the organization of a session is open to support, and since when somebody is in: what each of its members is
-- shown. Nothing while it is closed to support.
CREATE POLICY auth ON support_grants FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON support_visits FOR SELECT TO qualify_auth USING (true);
GRANT SELECT (organization_id, id, ends_at, ended_at) ON support_grants TO qualify_auth;
GRANT SELECT (organization_id, grant_id, begun_at, left_at) ON support_visits TO qualify_auth;
CREATE FUNCTION support_of(member uuid, session uuid, moment timestamptz) RETURNS timestamptz[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN (
        SELECT ARRAY[g.ends_at, (
            SELECT max(v.begun_at) FROM support_visits AS v
            WHERE v.organization_id = g.organization_id AND v.grant_id = g.id AND v.left_at IS NULL
        )]
        FROM sessions AS s JOIN support_grants AS g ON g.organization_id = s.current_organization_id
        WHERE s.id = session AND s.user_id = member AND g.ended_at IS NULL AND g.ends_at > moment
        ORDER BY g.ends_at DESC LIMIT 1
    );
END $$;
GRANT EXECUTE ON FUNCTION support_of(uuid, uuid, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION support_of OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
