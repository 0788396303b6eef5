-- PRV-2: every version of the privacy policy that was published, in each language. None is ever changed or lost.
CREATE TABLE policy_versions (
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    number integer NOT NULL CHECK (number > 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    text text NOT NULL CHECK (text <> ''),
    effective_from timestamptz NOT NULL,
    PRIMARY KEY (language, number)
);
SELECT platformize('policy_versions');
REVOKE UPDATE, DELETE ON policy_versions FROM qualify_app;

-- PRV-3: every subprocessor that was ever announced. A change of one is another one.
CREATE TABLE subprocessors (
    announcement integer NOT NULL CHECK (announcement > 0),
    name text NOT NULL CHECK (name <> ''),
    purpose text NOT NULL CHECK (purpose IN ('hosting', 'storage', 'mail', 'payments')),
    country text NOT NULL CHECK (country <> ''),
    transfer text NOT NULL CHECK (transfer IN ('eea', 'adequacy', 'scc', 'bcr')),
    since date NOT NULL,
    announced_at timestamptz, -- none where it was named when the first policy was published
    PRIMARY KEY (name, purpose, country, transfer, since)
);
SELECT platformize('subprocessors');
REVOKE UPDATE, DELETE ON subprocessors FROM qualify_app;

-- Lets each owner of each organization be told of an announcement. Of members it sees no more than who owns what.
CREATE POLICY announces ON memberships FOR SELECT TO qualify_relay
    USING ((SELECT platform_task()) = 'publish_policy' AND 'owner' = ANY (roles));
GRANT SELECT (organization_id, user_id, roles) ON memberships TO qualify_relay;
GRANT INSERT (organization_id, event, due_at) ON outbox TO qualify_relay;
CREATE FUNCTION tell_owners(announcement integer, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('publish_policy');
    INSERT INTO outbox (organization_id, event, due_at)
    SELECT organization_id,
        jsonb_build_object('event', 'subprocessors_announced', 'owner', user_id, 'announcement', announcement), moment
    FROM memberships WHERE 'owner' = ANY (roles);
END $$;
GRANT EXECUTE ON FUNCTION tell_owners(integer, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION tell_owners OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
