-- Leads that programs make and change: where a lead came from, who wrote in its timeline, and by which key of the sender
-- a second try is known (WEB-11).

ALTER TABLE leads
    ADD source text NOT NULL DEFAULT 'form' CHECK (source IN ('form', 'api')),
    ADD source_key_id uuid,
    ADD CONSTRAINT leads_source_key CHECK ((source = 'api') = (source_key_id IS NOT NULL));

ALTER TABLE activities
    ADD author_key_id uuid,
    ADD CONSTRAINT activities_one_author CHECK (author_id IS NULL OR author_key_id IS NULL),
    DROP CONSTRAINT activities_kind_check,
    ADD CONSTRAINT activities_kind_check CHECK (kind IN ('submitted', 'noted', 'moved', 'created', 'changed'));

-- What an API key has made under a key of the sender's own. It refers to nothing: it is an answer, and outlives what it
-- tells of.
CREATE TABLE creation_keys (
    organization_id uuid NOT NULL,
    api_key_id uuid NOT NULL,
    key bytea NOT NULL CHECK (octet_length(key) = 32),
    body bytea NOT NULL CHECK (octet_length(body) = 32),
    made_id uuid NOT NULL,
    version integer NOT NULL,
    is_new boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, api_key_id, key)
);
SELECT tenantize('creation_keys');
CREATE INDEX creation_keys_expired ON creation_keys (expires_at);

CREATE POLICY relay ON creation_keys TO qualify_relay USING (true);
GRANT SELECT, UPDATE, DELETE ON creation_keys TO qualify_relay;

CREATE FUNCTION forget_creation_keys(now timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    DELETE FROM creation_keys WHERE (organization_id, api_key_id, key) IN (
        SELECT organization_id, api_key_id, key FROM creation_keys
        WHERE expires_at <= now ORDER BY expires_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION forget_creation_keys(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION forget_creation_keys OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
