-- What is kept for a limited time goes by sweeps, and each sweep leaves a proof: which rule, up to when, how many rows, how
-- long, with what end. One chain for the whole installation: a sweep goes through all organizations at once, and the proofs
-- are numbers and codes that tell of none of them and of nobody.

CREATE TABLE retention_runs (
    sequence bigint PRIMARY KEY CHECK (sequence > 0),
    rule text NOT NULL CHECK (rule ~ '^[a-z_]+$'),
    began_at timestamptz NOT NULL,
    cutoff timestamptz NOT NULL,
    rows bigint NOT NULL CHECK (rows >= 0),
    milliseconds bigint NOT NULL CHECK (milliseconds >= 0),
    outcome text NOT NULL CHECK (outcome IN ('done', 'failed', 'stopped')),
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
SELECT platformize('retention_runs');
REVOKE INSERT, UPDATE, DELETE ON retention_runs FROM qualify_app;

-- The newest run. Its row is locked by whoever records the next one.
CREATE TABLE retention_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    sequence bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO retention_head (sequence, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
SELECT platformize('retention_head');
REVOKE INSERT, UPDATE, DELETE ON retention_head FROM qualify_app;

-- Whose turn it is, for all workers together. Who takes a rule holds it for a while, and from batch to batch anew: if they
-- die, it is free again by itself.
CREATE TABLE retention_turns (
    rule text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    held_until timestamptz
);
SELECT platformize('retention_turns');

-- What a run's hash is made of: Run::text in the domain says the same.
CREATE FUNCTION run_text(run retention_runs) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(
        E'\n', encode(run.previous, 'hex'), run.sequence, run.rule, (extract(epoch FROM run.began_at) * 1000000)::bigint,
        (extract(epoch FROM run.cutoff) * 1000000)::bigint, run.rows, run.milliseconds, run.outcome
    )
$$;

CREATE FUNCTION record_run(
    swept text, began timestamptz, until timestamptz, gone bigint, took bigint, ending text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head retention_head;
    run retention_runs;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    SELECT * INTO STRICT head FROM retention_head FOR UPDATE;
    run := (head.sequence + 1, swept, began, until, gone, took, ending, head.hash, NULL);
    run.hash := sha256(convert_to(run_text(run), 'UTF8'));
    INSERT INTO retention_runs SELECT run.*;
    UPDATE retention_head SET sequence = run.sequence, hash = run.hash;
END $$;

-- Up to when the sweep of this transaction goes. Policies go by it; unset or empty is an error, as for the organization.
CREATE FUNCTION sweep_cutoff() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('qualify.sweep_cutoff')::timestamptz $$;

GRANT USAGE ON SCHEMA public TO qualify_retention;
CREATE POLICY proof ON retention_runs TO qualify_retention USING (true) WITH CHECK (true);
CREATE POLICY proof ON retention_head TO qualify_retention USING (true) WITH CHECK (true);
GRANT INSERT ON retention_runs TO qualify_retention;
GRANT SELECT, UPDATE ON retention_head TO qualify_retention;
GRANT EXECUTE ON FUNCTION
    platform_task(), require_platform_task(text[]), run_text(retention_runs), sweep_cutoff() TO qualify_retention;
GRANT EXECUTE ON FUNCTION record_run(text, timestamptz, timestamptz, bigint, bigint, text) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_retention;
ALTER FUNCTION record_run OWNER TO qualify_retention;
REVOKE CREATE ON SCHEMA public FROM qualify_retention;

-- How the rights of a sweep are made. Each rule has a role, qualify_sweep_<code>, which reaches nothing but what is due, and
-- of that no more than the columns it goes by. What is due is counted by another role: were a sweep to lose its rights, the
-- count would show it.

-- Lets a role see some columns of what is due in a table.
CREATE FUNCTION let_see(role text, policy text, target regclass, columns text, due text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY %I ON %s FOR SELECT TO %I USING (%s)', policy || '_sees', target, role, due);
    EXECUTE format('GRANT SELECT (%s) ON %s TO %I', columns, target, role);
END $$;

-- Lets a role delete what is due in a table. Who locks a row must be allowed to change a column of it; nothing is ever
-- written, because no new row would be let through.
CREATE FUNCTION let_delete(role text, policy text, target regclass, locked text, due text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY %I ON %s FOR UPDATE TO %I USING (%s) WITH CHECK (false)',
        policy || '_locks', target, role, due);
    EXECUTE format('CREATE POLICY %I ON %s FOR DELETE TO %I USING (%s)', policy || '_deletes', target, role, due);
    EXECUTE format('GRANT DELETE, UPDATE (%s) ON %s TO %I', locked, target, role);
END $$;

-- Hands the two functions of a rule, sweep_<code> and due_<code>, to their roles, and lets the worker call them.
CREATE FUNCTION hand_over_sweep(code text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    role CONSTANT text := 'qualify_sweep_' || code;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION platform_task(), require_platform_task(text[]), sweep_cutoff() TO %I', role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I(timestamptz, timestamptz, integer) TO qualify_app', 'sweep_' || code);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I(timestamptz, integer) TO qualify_app', 'due_' || code);
    EXECUTE format('GRANT CREATE ON SCHEMA public TO %I, qualify_retention', role);
    EXECUTE format('ALTER FUNCTION %I OWNER TO %I', 'sweep_' || code, role);
    EXECUTE format('ALTER FUNCTION %I OWNER TO qualify_retention', 'due_' || code);
    EXECUTE format('REVOKE CREATE ON SCHEMA public FROM %I, qualify_retention', role);
END $$;

-- Makes the count of what is due, from a table or several that are joined.
CREATE FUNCTION count_due(code text, origin text, due text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($make$
        CREATE FUNCTION %I(cutoff timestamptz, most integer) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $due$
        BEGIN
            PERFORM require_platform_task('read_retention');
            PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
            RETURN (SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT most) AS due);
        END $due$ $make$, 'due_' || code, origin, due);
END $$;

-- Makes the sweep of a rule that deletes rows of one table when their clock, a column, comes to the cutoff, and that holds
-- what else there is to hold.
CREATE FUNCTION sweep_table(
    code text, target regclass, key text, clock text, beside text[] DEFAULT '{}', held text DEFAULT 'true'
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    role CONSTANT text := 'qualify_sweep_' || code;
    seen CONSTANT text := concat_ws(', ', key, clock, nullif(array_to_string(beside, ', '), ''));
    due CONSTANT text := format('%I <= (SELECT sweep_cutoff()) AND %s', clock, held);
BEGIN
    PERFORM let_see(role, 'sweep_' || code, target, seen, due);
    PERFORM let_delete(role, 'sweep_' || code, target, clock, due);
    PERFORM let_see('qualify_retention', 'due_' || code, target, seen, due);
    EXECUTE format($make$
        CREATE FUNCTION %I(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $sweep$
        DECLARE
            gone bigint;
        BEGIN
            PERFORM require_platform_task('sweep_retention');
            PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
            DELETE FROM %s WHERE (%s) IN (
                SELECT %s FROM %s WHERE %I <= cutoff AND %s ORDER BY %I LIMIT most FOR UPDATE SKIP LOCKED
            );
            GET DIAGNOSTICS gone = ROW_COUNT;
            RETURN gone;
        END $sweep$ $make$, 'sweep_' || code, target, key, key, target, clock, held, clock);
    PERFORM count_due(code, target::text, format('%I <= cutoff AND %s', clock, held));
    PERFORM hand_over_sweep(code);
END $$;

-- One batch of a rule, and how much of it is due, by the code of the rule.
CREATE FUNCTION sweep_of(code text, cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    gone bigint;
BEGIN
    EXECUTE format('SELECT %I($1, $2, $3)', 'sweep_' || code) INTO STRICT gone USING cutoff, moment, most;
    RETURN gone;
END $$;
CREATE FUNCTION due_of(code text, cutoff timestamptz, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    due bigint;
BEGIN
    EXECUTE format('SELECT %I($1, $2)', 'due_' || code) INTO STRICT due USING cutoff, most;
    RETURN due;
END $$;
GRANT EXECUTE ON FUNCTION
    sweep_of(text, timestamptz, timestamptz, integer), due_of(text, timestamptz, integer) TO qualify_app;
