-- What members are told of. Ids only: whom a notification is about stands in the lead, as far as its reader's reach goes.

-- The member for whom the transaction works; null where it is the product itself. Unset or empty is an error, as for
-- organization and reach.
CREATE FUNCTION current_member() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN current_setting('qualify.member') <> 'anybody' THEN current_setting('qualify.member')::uuid END $$;
GRANT EXECUTE ON FUNCTION current_member() TO qualify_app, qualify_auth, qualify_relay;

-- Makes the rows of a table their member's own: colleagues neither see nor change them.
CREATE FUNCTION keep_to_member(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY own ON %s AS RESTRICTIVE TO qualify_app, qualify_owner
        USING ((SELECT current_member()) IS NULL OR user_id = (SELECT current_member()))
        WITH CHECK ((SELECT current_member()) IS NULL OR user_id = (SELECT current_member()))', target);
END $$;

CREATE TABLE notifications (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('new_lead', 'answer', 'assignment')),
    lead_id uuid,
    actor_id uuid,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE,
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE
);
SELECT tenantize('notifications');
SELECT keep_to_member('notifications');
SELECT reach_by_lead('notifications', 'SELECT');
CREATE INDEX notifications_newest ON notifications (organization_id, user_id, created_at DESC, id DESC);
CREATE INDEX notifications_unread ON notifications (organization_id, user_id) WHERE read_at IS NULL;
CREATE INDEX notifications_of_lead ON notifications (organization_id, lead_id);
CREATE INDEX notifications_by_age ON notifications (created_at);

CREATE POLICY relay ON notifications TO qualify_relay USING (true);
GRANT SELECT, DELETE, UPDATE (read_at) ON notifications TO qualify_relay; -- UPDATE in order to lock them

CREATE FUNCTION forget_notifications(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    DELETE FROM notifications WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM notifications
        WHERE created_at <= before ORDER BY created_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION forget_notifications(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION forget_notifications OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
