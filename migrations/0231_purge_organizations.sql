-- The purge of an organization whose time is over is a sweep like any other, in a role of its own that reaches nothing but
-- what is due. Which tables there are, and in which order they go, is asked of the catalogue, so that no new one is forgotten.

-- What is left of an organization: a certificate without names.
CREATE TABLE purges (
    whose uuid PRIMARY KEY,
    closed_at timestamptz NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    counts jsonb NOT NULL
);
SELECT platformize('purges');
REVOKE INSERT, UPDATE, DELETE ON purges FROM qualify_app;

-- Lets a table go with its organization.
CREATE FUNCTION purge_along(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    due CONSTANT text := 'organization_id IN (
        SELECT o.organization_id FROM organizations AS o WHERE o.purge_due_at <= (SELECT sweep_cutoff()))';
BEGIN
    PERFORM let_see('qualify_sweep_organization', 'sweep_organization', target, 'organization_id, ctid', due);
    EXECUTE format(
        'CREATE POLICY sweep_organization_deletes ON %s FOR DELETE TO qualify_sweep_organization USING (%s)', target, due
    );
    EXECUTE format('GRANT DELETE ON %s TO qualify_sweep_organization', target);
END $$;

-- As before, and the table goes with its organization.
CREATE OR REPLACE FUNCTION tenantize(target regclass, granted text DEFAULT 'SELECT, INSERT, UPDATE, DELETE')
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
    PERFORM purge_along(target);
END $$;

SELECT purge_along(c.oid) FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'organization_id'
    AND c.relname <> 'organizations';
SELECT let_see('qualify_sweep_organization', 'sweep_organization', 'organizations',
    'organization_id, purge_due_at, closed_at', 'purge_due_at <= (SELECT sweep_cutoff())');
SELECT let_delete('qualify_sweep_organization', 'sweep_organization', 'organizations', 'purge_due_at',
    'purge_due_at <= (SELECT sweep_cutoff())');
-- A user goes with their last organization.
GRANT SELECT (user_id) ON memberships TO qualify_sweep_organization;
SELECT let_see('qualify_sweep_organization', 'sweep_organization', 'users', 'id', due),
    let_delete('qualify_sweep_organization', 'sweep_organization', 'users', 'created_at', due)
FROM (VALUES ('id IN (
    SELECT m.user_id FROM memberships AS m JOIN organizations AS o USING (organization_id)
    WHERE o.purge_due_at <= (SELECT sweep_cutoff()))')) AS users (due);
-- A session that shows what is gone goes too.
SELECT let_see('qualify_sweep_organization', 'sweep_organization', 'sessions', 'current_organization_id', due),
    let_delete('qualify_sweep_organization', 'sweep_organization', 'sessions', 'expires_at', due)
FROM (VALUES ('current_organization_id IN (
    SELECT o.organization_id FROM organizations AS o WHERE o.purge_due_at <= (SELECT sweep_cutoff()))')) AS shown (due);
-- The certificate is written by whoever purges, and stays as it is once the purge has ended.
CREATE POLICY sweep_organization_begins ON purges FOR INSERT TO qualify_sweep_organization WITH CHECK (ended_at IS NULL);
CREATE POLICY sweep_organization_sees ON purges FOR SELECT TO qualify_sweep_organization
    USING ((SELECT sweep_cutoff()) IS NOT NULL);
CREATE POLICY sweep_organization_counts ON purges FOR UPDATE TO qualify_sweep_organization
    USING ((SELECT sweep_cutoff()) IS NOT NULL AND ended_at IS NULL) WITH CHECK (true);
GRANT SELECT (whose, ended_at, counts), INSERT, UPDATE (ended_at, counts) ON purges TO qualify_sweep_organization;

-- The tables of tenants, each after those that refer to it; the organization itself is the last.
CREATE FUNCTION purge_order() RETURNS SETOF regclass LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tenants CONSTANT oid[] := ARRAY(
        SELECT c.oid FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attname = 'organization_id' AND c.relname <> 'organizations'
    );
    placed oid[] := '{}';
    free oid[];
BEGIN
    WHILE cardinality(placed) < cardinality(tenants) LOOP
        free := ARRAY(
            SELECT t.id FROM unnest(tenants) AS t (id)
            WHERE t.id <> ALL (placed) AND NOT EXISTS (
                SELECT FROM pg_constraint AS c
                WHERE c.contype = 'f' AND c.confrelid = t.id AND c.conrelid <> t.id AND c.conrelid = ANY (tenants)
                    AND c.conrelid <> ALL (placed)
            )
            ORDER BY t.id::regclass::text
        );
        IF free = '{}' THEN
            RAISE object_in_use USING MESSAGE = 'tables refer to each other in a circle';
        END IF;
        placed := placed || free;
    END LOOP;
    RETURN QUERY SELECT p.id::regclass FROM unnest(placed) WITH ORDINALITY AS p (id, place) ORDER BY p.place;
    RETURN NEXT 'organizations'::regclass;
END $$;

-- Adds to the certificate of an organization that is being purged.
CREATE FUNCTION count_purged(doomed uuid, thing text, gone bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE purges SET counts = counts || jsonb_build_object(thing, coalesce((counts ->> thing)::bigint, 0) + gone)
    WHERE whose = doomed AND gone > 0;
END $$;

-- Ends memberships of an organization, and the accounts of those who belong nowhere else: whoever does is kept by their other
-- membership, and whose account is held, by the hold.
CREATE FUNCTION purge_members(doomed uuid, most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    member uuid;
    gone bigint := 0;
    accounts bigint := 0;
BEGIN
    FOR member IN SELECT user_id FROM memberships WHERE organization_id = doomed LIMIT most LOOP
        gone := gone + 1;
        BEGIN
            WITH left_one AS (
                DELETE FROM memberships WHERE organization_id = doomed AND user_id = member RETURNING user_id
            )
            DELETE FROM users WHERE id IN (SELECT user_id FROM left_one);
            accounts := accounts + 1;
        EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
            DELETE FROM memberships WHERE organization_id = doomed AND user_id = member;
        END;
    END LOOP;
    PERFORM count_purged(doomed, 'users', accounts);
    RETURN gone;
END $$;

CREATE FUNCTION sweep_organization(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    doomed organizations.organization_id%TYPE;
    asked timestamptz;
    part regclass;
    gone bigint;
    swept bigint := 0;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    LOOP
        SELECT organization_id, closed_at INTO doomed, asked FROM organizations
        WHERE purge_due_at <= cutoff ORDER BY purge_due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND;
        INSERT INTO purges (whose, closed_at, began_at, counts) VALUES (doomed, asked, moment, '{}') ON CONFLICT DO NOTHING;
        FOR part IN SELECT * FROM purge_order() LOOP
            IF part = 'memberships'::regclass THEN
                gone := purge_members(doomed, most - swept);
            ELSIF part = 'organizations'::regclass THEN
                DELETE FROM sessions WHERE current_organization_id = doomed;
                DELETE FROM organizations WHERE organization_id = doomed;
                gone := 1;
            ELSE
                EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM %1$s WHERE organization_id = $1 LIMIT $2))', part) USING doomed, most - swept;
                GET DIAGNOSTICS gone = ROW_COUNT;
            END IF;
            PERFORM count_purged(doomed, part::text, gone);
            swept := swept + gone;
            IF part = 'organizations'::regclass THEN
                UPDATE purges SET ended_at = moment WHERE whose = doomed;
            ELSIF swept >= most THEN
                RETURN swept;
            END IF;
        END LOOP;
        EXIT WHEN swept >= most;
    END LOOP;
    RETURN swept;
END $$;
GRANT EXECUTE ON FUNCTION purge_order(), count_purged(uuid, text, bigint), purge_members(uuid, bigint)
    TO qualify_sweep_organization;
SELECT let_see('qualify_retention', 'due_organization', 'organizations', 'organization_id, purge_due_at',
    'purge_due_at <= (SELECT sweep_cutoff())');
SELECT count_due('organization', 'organizations', 'purge_due_at <= cutoff');
SELECT hand_over_sweep('organization');
