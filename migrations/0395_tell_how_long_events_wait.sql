-- Since when the event has been due that waits longest for a worker, and how many the worker gave up on, in all organizations:
-- two numbers for whoever watches over the installation.
CREATE FUNCTION queue_state(OUT oldest_due_at timestamptz, OUT parked bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('read_retention');
    oldest_due_at := (SELECT min(due_at) FROM outbox WHERE parked_at IS NULL);
    parked := (SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL);
END $$;
GRANT EXECUTE ON FUNCTION queue_state() TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION queue_state OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
