-- People taken over from files. What the file is and what it means is said first; then rows become leads, and what they
-- were before is kept for as long as it can be undone.

CREATE TABLE imports (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    made_by uuid,
    made_by_key uuid,
    file text NOT NULL,
    rows integer NOT NULL CHECK (rows >= 0),
    settings jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'running', 'done', 'undoing', 'undone')),
    report jsonb,
    job_id uuid,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    version integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (organization_id, id),
    CHECK ((made_by IS NULL) <> (made_by_key IS NULL))
);
SELECT tenantize('imports', 'SELECT, INSERT, UPDATE');
CREATE INDEX imports_newest ON imports (organization_id, created_at DESC, id DESC);
CREATE INDEX imports_by_age ON imports (created_at);

-- The file as it came, and its rows in parts of which each is read at once.
CREATE TABLE import_files (
    organization_id uuid NOT NULL,
    import_id uuid NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (organization_id, import_id),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports ON DELETE CASCADE
);
SELECT tenantize('import_files', 'SELECT, INSERT');
ALTER TABLE import_files ALTER bytes SET STORAGE EXTERNAL;

CREATE TABLE import_parts (
    organization_id uuid NOT NULL,
    import_id uuid NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    line integer NOT NULL CHECK (line > 0),
    text text NOT NULL,
    PRIMARY KEY (organization_id, import_id, part),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports ON DELETE CASCADE
);
SELECT tenantize('import_parts', 'SELECT, INSERT, DELETE');

-- Rows that became nothing, as they stood in the file, and why.
CREATE TABLE import_problems (
    organization_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line integer NOT NULL CHECK (line > 0),
    raw text NOT NULL,
    faults jsonb NOT NULL,
    PRIMARY KEY (organization_id, import_id, line),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports ON DELETE CASCADE
);
SELECT tenantize('import_problems', 'SELECT, INSERT');

-- What an import did to a lead: what was known before, nothing if it made the lead, and at which version it left it.
CREATE TABLE import_changes (
    organization_id uuid NOT NULL,
    import_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    before jsonb,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL,
    kept text CHECK (kept IN ('restored', 'changed_later', 'used')), -- what undoing it did
    PRIMARY KEY (organization_id, import_id, lead_id),
    FOREIGN KEY (organization_id, import_id) REFERENCES imports ON DELETE CASCADE,
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE
);
SELECT tenantize('import_changes', 'SELECT, INSERT, UPDATE');
SELECT reach_by_lead('import_changes', 'SELECT');
CREATE INDEX import_changes_of_lead ON import_changes (organization_id, lead_id);

-- Where a lead came from, if it was from a file (PRV-6). The new keys look at the rows of all organizations.
ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE activities NO FORCE ROW LEVEL SECURITY;
ALTER TABLE imports NO FORCE ROW LEVEL SECURITY;
ALTER TABLE leads
    ADD source_import_id uuid,
    DROP CONSTRAINT leads_source_check,
    ADD CONSTRAINT leads_source_check CHECK (source IN ('form', 'api', 'import')),
    ADD CONSTRAINT leads_source_import CHECK ((source = 'import') = (source_import_id IS NOT NULL));
-- A lead that an import made goes with its timeline when the import is undone.
ALTER TABLE activities
    DROP CONSTRAINT activities_organization_id_lead_id_fkey,
    ADD CONSTRAINT activities_organization_id_lead_id_fkey
        FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE;
ALTER TABLE imports FORCE ROW LEVEL SECURITY;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
ALTER TABLE leads FORCE ROW LEVEL SECURITY;

-- What can no longer be undone is forgotten, with the file; so is a file that nothing was done with. The import itself says
-- where its leads came from, and stays.
CREATE POLICY relay ON imports TO qualify_relay USING (true);
CREATE POLICY relay ON import_files TO qualify_relay USING (true);
CREATE POLICY relay ON import_parts TO qualify_relay USING (true);
CREATE POLICY relay ON import_problems TO qualify_relay USING (true);
CREATE POLICY relay ON import_changes TO qualify_relay USING (true);
GRANT SELECT ON imports TO qualify_relay;
GRANT SELECT, DELETE, UPDATE (import_id) ON import_files, import_parts, import_problems, import_changes TO qualify_relay;

CREATE FUNCTION forget_imports(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    name text;
    gone bigint;
    forgotten bigint := 0;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    FOREACH name IN ARRAY ARRAY['import_files', 'import_parts', 'import_problems', 'import_changes'] LOOP
        EXECUTE format(
            'DELETE FROM %1$I WHERE ctid IN (
                SELECT p.ctid FROM imports AS i JOIN %1$I AS p ON p.organization_id = i.organization_id AND p.import_id = i.id
                WHERE coalesce(i.done_at, i.created_at) <= $1
                ORDER BY i.created_at LIMIT $2 FOR UPDATE OF p SKIP LOCKED
            )', name
        ) USING before, most;
        GET DIAGNOSTICS gone = ROW_COUNT;
        forgotten := greatest(forgotten, gone);
    END LOOP;
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION forget_imports(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION forget_imports OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
