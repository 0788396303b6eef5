-- What happened and has not been dealt with. A claimed event is due again when its lease ends, so a worker that died
-- needs no cleaning up after.

CREATE TABLE outbox (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    event jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    parked_at timestamptz,
    parked_reason text CHECK ((parked_at IS NULL) = (parked_reason IS NULL)),
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('outbox', 'SELECT, INSERT, DELETE');
CREATE INDEX outbox_due ON outbox (due_at) WHERE parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;
CREATE INDEX outbox_by_id ON outbox (id);

CREATE POLICY relay ON outbox TO qualify_relay USING (true) WITH CHECK (true);
CREATE POLICY relay ON submission_keys TO qualify_relay USING (true);
GRANT SELECT, UPDATE ON outbox TO qualify_relay;
GRANT SELECT, DELETE, UPDATE (expires_at) ON submission_keys TO qualify_relay; -- UPDATE in order to lock them

CREATE FUNCTION claim_events(now timestamptz, lease timestamptz, most integer)
RETURNS TABLE (id uuid, organization_id uuid, event jsonb, attempts integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY
        UPDATE outbox SET due_at = lease, attempts = attempts + 1
        WHERE (organization_id, id) IN (
            SELECT due.organization_id, due.id FROM outbox AS due
            WHERE due.parked_at IS NULL AND due.due_at <= claim_events.now
            ORDER BY due.due_at LIMIT most FOR UPDATE SKIP LOCKED
        )
        RETURNING outbox.id, outbox.organization_id, outbox.event, outbox.attempts - 1;
END $$;

CREATE FUNCTION postpone_event(event_id uuid, due timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE outbox SET due_at = due WHERE id = event_id AND parked_at IS NULL;
    RETURN FOUND;
END $$;

CREATE FUNCTION park_event(event_id uuid, now timestamptz, reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE outbox SET parked_at = now, parked_reason = reason WHERE id = event_id AND parked_at IS NULL;
    RETURN FOUND;
END $$;

CREATE FUNCTION parked_events(most integer)
RETURNS TABLE (
    id uuid, organization_id uuid, event jsonb, attempts integer, parked_at timestamptz, parked_reason text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY
        SELECT id, organization_id, event, attempts, parked_at, parked_reason FROM outbox
        WHERE parked_at IS NOT NULL ORDER BY parked_at DESC LIMIT most;
END $$;

CREATE FUNCTION replay_event(event_id uuid, now timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE outbox SET parked_at = NULL, parked_reason = NULL, attempts = 0, due_at = now
    WHERE id = event_id AND parked_at IS NOT NULL;
    RETURN FOUND;
END $$;

CREATE FUNCTION waiting_events() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN (SELECT count(*) FROM outbox WHERE parked_at IS NULL);
END $$;

-- Keys are remembered for as long as a second try is to be known, then forgotten.
CREATE FUNCTION forget_submission_keys(now timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    DELETE FROM submission_keys WHERE (organization_id, form_id, key) IN (
        SELECT organization_id, form_id, key FROM submission_keys
        WHERE expires_at <= now ORDER BY expires_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;

GRANT EXECUTE ON FUNCTION
    claim_events(timestamptz, timestamptz, integer), postpone_event(uuid, timestamptz),
    park_event(uuid, timestamptz, text), parked_events(integer), replay_event(uuid, timestamptz), waiting_events(),
    forget_submission_keys(timestamptz, integer) TO qualify_app;

GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION claim_events OWNER TO qualify_relay;
ALTER FUNCTION postpone_event OWNER TO qualify_relay;
ALTER FUNCTION park_event OWNER TO qualify_relay;
ALTER FUNCTION parked_events OWNER TO qualify_relay;
ALTER FUNCTION replay_event OWNER TO qualify_relay;
ALTER FUNCTION waiting_events OWNER TO qualify_relay;
ALTER FUNCTION forget_submission_keys OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
