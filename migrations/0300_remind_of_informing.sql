-- Of whom owners and privacy officers were reminded who are to be told that their data is kept (PRV-6): those who came in on that
-- day. No row says that nobody looked yet.
CREATE TABLE informing_reminders (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    day date,
    is_late boolean,
    -- When the worker looks again.
    next_at timestamptz NOT NULL,
    CHECK ((day IS NULL) = (is_late IS NULL))
);
SELECT tenantize('informing_reminders', 'SELECT, INSERT, UPDATE');

-- In which organizations the worker has to look, of all; no more than that.
CREATE POLICY relay ON informing_reminders FOR SELECT TO qualify_relay USING (true);
GRANT SELECT (organization_id, next_at) ON informing_reminders TO qualify_relay;
CREATE FUNCTION informings_to_watch(moment timestamptz, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY SELECT o.organization_id
        FROM organizations AS o LEFT JOIN informing_reminders AS r ON r.organization_id = o.organization_id
        WHERE r.next_at IS NULL OR r.next_at <= moment
        ORDER BY r.next_at NULLS FIRST LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION informings_to_watch(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION informings_to_watch OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
