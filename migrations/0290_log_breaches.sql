-- Breaches of personal data (PRV-8): those that organizations log as controllers, those of the service that the operator logs,
-- and which organizations these concern. Every one is logged; the CNIL is due 72 hours after the moment of notice, and the
-- organizations are 24 hours after it.

CREATE TABLE breaches (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    happened text NOT NULL,
    categories text NOT NULL,
    people bigint CHECK (people >= 0),
    effects text NOT NULL,
    measures text NOT NULL,
    aware_at timestamptz NOT NULL,
    logged_at timestamptz NOT NULL,
    author_id uuid,
    cnil_told_at timestamptz,
    late_because text,
    people_told_at timestamptz,
    closed_at timestamptz,
    untold_because text,
    PRIMARY KEY (organization_id, id),
    CHECK (aware_at <= logged_at),
    CHECK (cnil_told_at IS NULL OR (cnil_told_at > aware_at + interval '72 hours') = (late_because IS NOT NULL)),
    CHECK (cnil_told_at IS NOT NULL OR (closed_at IS NOT NULL) = (untold_because IS NOT NULL))
);
SELECT tenantize('breaches', 'SELECT, INSERT, UPDATE');
CREATE INDEX breaches_by_entry ON breaches (logged_at);
CREATE INDEX breaches_untold ON breaches (aware_at) WHERE cnil_told_at IS NULL AND closed_at IS NULL;

CREATE TABLE service_breaches (
    id uuid PRIMARY KEY,
    happened text NOT NULL,
    categories text NOT NULL,
    people bigint CHECK (people >= 0),
    effects text NOT NULL,
    measures text NOT NULL,
    aware_at timestamptz NOT NULL,
    logged_at timestamptz NOT NULL,
    cnil_told_at timestamptz,
    late_because text,
    people_told_at timestamptz,
    closed_at timestamptz,
    untold_because text,
    CHECK (aware_at <= logged_at),
    CHECK (cnil_told_at IS NULL OR (cnil_told_at > aware_at + interval '72 hours') = (late_because IS NOT NULL)),
    CHECK (cnil_told_at IS NOT NULL OR (closed_at IS NOT NULL) = (untold_because IS NOT NULL))
);
SELECT platformize('service_breaches');
REVOKE DELETE ON service_breaches FROM qualify_app;
CREATE INDEX service_breaches_by_entry ON service_breaches (logged_at);

-- Which organizations a breach of the service concerns, and when the first of their people was told.
CREATE TABLE breach_notices (
    organization_id uuid NOT NULL REFERENCES organizations,
    breach_id uuid NOT NULL REFERENCES service_breaches ON DELETE CASCADE,
    told_at timestamptz,
    PRIMARY KEY (organization_id, breach_id)
);
SELECT tenantize('breach_notices', 'SELECT, UPDATE');
CREATE INDEX breach_notices_by_breach ON breach_notices (breach_id);

SELECT sweep_table('breach', 'breaches', 'organization_id, id', 'logged_at');
SELECT sweep_table('service_breach', 'service_breaches', 'id', 'logged_at');

-- Names organizations that a breach of the service concerns, or all there are, and lets each of them be told that was not named
-- before. Tells how many of those that were meant are there, and how many are named for the first time.
CREATE FUNCTION name_concerned(breach uuid, meant uuid[], moment timestamptz, OUT known bigint, OUT added bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('tend_breaches');
    SELECT count(*) INTO known FROM organizations AS o WHERE meant IS NULL OR o.organization_id = ANY (meant);
    WITH named AS (
        INSERT INTO breach_notices (organization_id, breach_id)
        SELECT o.organization_id, breach FROM organizations AS o WHERE meant IS NULL OR o.organization_id = ANY (meant)
        ON CONFLICT DO NOTHING RETURNING organization_id
    ), told AS (
        INSERT INTO outbox (organization_id, event, due_at)
        SELECT organization_id, jsonb_build_object('event', 'breach_concerns', 'breach', breach), moment FROM named
        RETURNING 1
    )
    SELECT count(*) INTO added FROM told;
END $$;

-- How many organizations a breach of the service concerns, and how many of them were told.
CREATE FUNCTION concerned_by(breach uuid, OUT concerned bigint, OUT told bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('tend_breaches');
    SELECT count(*), count(told_at) INTO concerned, told FROM breach_notices WHERE breach_id = breach;
END $$;

-- The breaches of the service that concern the current organization.
CREATE FUNCTION breaches_here() RETURNS TABLE (
    id uuid, happened text, categories text, people bigint, effects text, measures text, aware_at timestamptz,
    logged_at timestamptz, cnil_told_at timestamptz, late_because text, people_told_at timestamptz, closed_at timestamptz,
    untold_because text, told_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.id, b.happened, b.categories, b.people, b.effects, b.measures, b.aware_at, b.logged_at, b.cnil_told_at,
        b.late_because, b.people_told_at, b.closed_at, b.untold_because, n.told_at
    FROM breach_notices AS n JOIN service_breaches AS b ON b.id = n.breach_id
    WHERE n.organization_id = (SELECT current_organization())
$$;

CREATE POLICY relay ON breach_notices TO qualify_relay USING (true) WITH CHECK (true);
GRANT SELECT, INSERT (organization_id, breach_id) ON breach_notices TO qualify_relay;
CREATE POLICY relay ON service_breaches FOR SELECT TO qualify_relay USING (true);
GRANT SELECT ON service_breaches TO qualify_relay;
CREATE POLICY relay ON organizations FOR SELECT TO qualify_relay USING (true);
GRANT SELECT (organization_id) ON organizations TO qualify_relay;
GRANT INSERT (organization_id, event, due_at) ON outbox TO qualify_relay;
GRANT EXECUTE ON FUNCTION name_concerned(uuid, uuid[], timestamptz), concerned_by(uuid), breaches_here() TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION name_concerned OWNER TO qualify_relay;
ALTER FUNCTION concerned_by OWNER TO qualify_relay;
ALTER FUNCTION breaches_here OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

-- What should have been told by then and was not, in all organizations: numbers, and nothing else.
CREATE FUNCTION overdue_breaches(
    moment timestamptz, OUT of_service bigint, OUT of_tenants bigint, OUT untold bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('read_retention');
    PERFORM set_config('qualify.sweep_cutoff', moment::text, true);
    SELECT count(*) INTO of_service FROM service_breaches
    WHERE cnil_told_at IS NULL AND closed_at IS NULL AND aware_at < moment - interval '72 hours';
    SELECT count(*) INTO of_tenants FROM breaches
    WHERE cnil_told_at IS NULL AND closed_at IS NULL AND aware_at < moment - interval '72 hours';
    SELECT count(*) INTO untold FROM breach_notices AS n JOIN service_breaches AS b ON b.id = n.breach_id
    WHERE n.told_at IS NULL AND b.aware_at < moment - interval '24 hours';
END $$;
SELECT let_see('qualify_retention', 'overdue', 'breaches', 'aware_at, cnil_told_at, closed_at',
    'aware_at < (SELECT sweep_cutoff())');
SELECT let_see('qualify_retention', 'overdue', 'service_breaches', 'aware_at, cnil_told_at, closed_at',
    'aware_at < (SELECT sweep_cutoff())');
SELECT let_see('qualify_retention', 'overdue', 'breach_notices', 'breach_id, told_at',
    '(SELECT sweep_cutoff()) IS NOT NULL AND told_at IS NULL');
GRANT EXECUTE ON FUNCTION overdue_breaches(timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_retention;
ALTER FUNCTION overdue_breaches OWNER TO qualify_retention;
REVOKE CREATE ON SCHEMA public FROM qualify_retention;
