-- The ground every table stands on. Run as qualify_owner; the roles come from adapters/postgres/src/roles.sql.

-- Nobody runs a function that was not granted to them.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- So that every process can tell whether the schema is the one it knows.
GRANT SELECT ON _sqlx_migrations TO qualify_app, qualify_monitor;

-- The organization of the transaction. Unset or empty is an error, on purpose: work that forgot its organization must
-- stop, never find "nothing".
CREATE FUNCTION current_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('qualify.organization_id')::uuid $$;

-- The reason for work outside any organization; as loud as the above.
CREATE DOMAIN platform_task_name AS text CHECK (VALUE <> '');
CREATE FUNCTION platform_task() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('qualify.platform_task')::platform_task_name::text $$;

-- For functions that may be used for certain reasons only.
CREATE FUNCTION require_platform_task(VARIADIC allowed text[]) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF platform_task() <> ALL (allowed) THEN
        RAISE insufficient_privilege USING MESSAGE = format('not for the task %s', platform_task());
    END IF;
END $$;

GRANT EXECUTE ON FUNCTION current_organization(), platform_task(), require_platform_task(text[])
    TO qualify_app, qualify_auth, qualify_relay;

-- Makes a table one of the tenants': the only way by which a table with organization_id comes to be.
-- The restrictive policy holds whatever permissive ones are added later.
CREATE FUNCTION tenantize(target regclass, granted text DEFAULT 'SELECT, INSERT, UPDATE, DELETE')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ALTER organization_id SET NOT NULL', target);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY tenant ON %s TO qualify_app, qualify_owner
        USING (organization_id = (SELECT current_organization()))
        WITH CHECK (organization_id = (SELECT current_organization()))', target);
    EXECUTE format('CREATE POLICY tenant_only ON %s AS RESTRICTIVE TO qualify_app, qualify_owner
        USING (organization_id = (SELECT current_organization()))
        WITH CHECK (organization_id = (SELECT current_organization()))', target);
    EXECUTE format('GRANT %s ON %s TO qualify_app', granted, target);
    IF NOT EXISTS (
        SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = target AND attname = 'organization_id' AND indpred IS NULL
    ) THEN
        EXECUTE format('CREATE INDEX ON %s (organization_id)', target);
    END IF;
END $$;

-- Makes a table one of the platform's: within reach only of work that names its reason.
CREATE FUNCTION platformize(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY platform ON %s TO qualify_app, qualify_owner
        USING ((SELECT platform_task()) IS NOT NULL) WITH CHECK ((SELECT platform_task()) IS NOT NULL)', target);
    EXECUTE format('CREATE POLICY platform_only ON %s AS RESTRICTIVE TO qualify_app, qualify_owner
        USING ((SELECT platform_task()) IS NOT NULL) WITH CHECK ((SELECT platform_task()) IS NOT NULL)', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO qualify_app', target);
END $$;
