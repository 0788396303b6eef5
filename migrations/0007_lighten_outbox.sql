-- Whoever holds the lease of an event, and nobody else, gives it back or up. The lease finds it, so the outbox, into
-- which each submission writes, needs no index by id. Nor does it ask for each event whether its organization exists:
-- row security has checked that it is the writer's own.

ALTER TABLE outbox DROP CONSTRAINT outbox_organization_id_fkey;
DROP INDEX outbox_by_id;
DROP FUNCTION postpone_event(uuid, timestamptz);
DROP FUNCTION park_event(uuid, timestamptz, text);

CREATE FUNCTION postpone_event(event_id uuid, lease timestamptz, due timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE outbox SET due_at = due WHERE id = event_id AND due_at = lease AND parked_at IS NULL;
    RETURN FOUND;
END $$;

CREATE FUNCTION park_event(event_id uuid, lease timestamptz, now timestamptz, reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE outbox SET parked_at = now, parked_reason = reason
    WHERE id = event_id AND due_at = lease AND parked_at IS NULL;
    RETURN FOUND;
END $$;

GRANT EXECUTE ON FUNCTION
    postpone_event(uuid, timestamptz, timestamptz), park_event(uuid, timestamptz, timestamptz, text) TO qualify_app;

GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION postpone_event OWNER TO qualify_relay;
ALTER FUNCTION park_event OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
