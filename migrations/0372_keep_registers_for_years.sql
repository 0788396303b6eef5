-- RET-13: registers of requests and of breaches are kept for five years of the calendar in Paris, not for a number of days. As
-- with leads, years are added here to what started the time.
DO $$
DECLARE
    rule record;
    role text;
    due text;
BEGIN
    FOR rule IN SELECT * FROM (VALUES
        ('rights_request', 'rights_requests', 'organization_id, id', 'received_at'),
        ('breach', 'breaches', 'organization_id, id', 'logged_at'),
        ('service_breach', 'service_breaches', 'id', 'logged_at'),
        ('operator_request', 'operator_requests', 'id', 'received_at')
    ) AS rules (code, target, key, clock) LOOP
        role := 'qualify_sweep_' || rule.code;
        due := format('months_after(%I, 60) <= (SELECT sweep_cutoff())', rule.clock);
        EXECUTE format('GRANT EXECUTE ON FUNCTION months_after(timestamptz, integer), contact_before(timestamptz, integer)
            TO %I', role);
        EXECUTE format('ALTER POLICY %I ON %I USING (%s)', 'sweep_' || rule.code || '_sees', rule.target, due);
        EXECUTE format('ALTER POLICY %I ON %I USING (%s)', 'sweep_' || rule.code || '_locks', rule.target, due);
        EXECUTE format('ALTER POLICY %I ON %I USING (%s)', 'sweep_' || rule.code || '_deletes', rule.target, due);
        EXECUTE format('ALTER POLICY %I ON %I USING (%s)', 'due_' || rule.code || '_sees', rule.target, due);
        EXECUTE format('GRANT CREATE ON SCHEMA public TO %I, qualify_retention', role);
        EXECUTE format('SET LOCAL ROLE %I', role);
        EXECUTE format($make$
            CREATE OR REPLACE FUNCTION %I(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $sweep$
            DECLARE
                since CONSTANT timestamptz := contact_before(cutoff, 60);
                gone bigint;
            BEGIN
                PERFORM require_platform_task('sweep_retention');
                PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
                DELETE FROM %I WHERE (%s) IN (
                    SELECT %s FROM %I WHERE %I <= since ORDER BY %I LIMIT most FOR UPDATE SKIP LOCKED
                );
                GET DIAGNOSTICS gone = ROW_COUNT;
                RETURN gone;
            END $sweep$ $make$, 'sweep_' || rule.code, rule.target, rule.key, rule.key, rule.target, rule.clock, rule.clock);
        SET LOCAL ROLE qualify_retention;
        EXECUTE format($make$
            CREATE OR REPLACE FUNCTION %I(cutoff timestamptz, most integer) RETURNS bigint
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $due$
            BEGIN
                PERFORM require_platform_task('read_retention');
                PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
                -- Who counts sees what should have been answered as well: the exact moment is asked for here too.
                RETURN (SELECT count(*) FROM (
                    SELECT FROM %I WHERE %I <= contact_before(cutoff, 60) AND months_after(%I, 60) <= cutoff LIMIT most
                ) AS due);
            END $due$ $make$, 'due_' || rule.code, rule.target, rule.clock, rule.clock);
        SET LOCAL ROLE qualify_owner;
        EXECUTE format('REVOKE CREATE ON SCHEMA public FROM %I, qualify_retention', role);
    END LOOP;
END $$;
