-- Each member chooses, kind by kind, how they are told; mails go at the pace their organization may send (MAIL-3).

-- What a member chose otherwise than usual. Takes the place of memberships.notify_new_leads, which nobody reads any more;
-- processes of the former version may go on writing it while they are replaced.
CREATE TABLE notification_choices (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('new_lead', 'answer', 'assignment')),
    choice text NOT NULL CHECK (choice IN ('at_once', 'digest', 'off')),
    PRIMARY KEY (organization_id, user_id, kind),
    FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
SELECT tenantize('notification_choices');
SELECT keep_to_member('notification_choices');
ALTER TABLE memberships ALTER notify_new_leads SET DEFAULT true;

-- `mail` says how a notification is still to be mailed, `mail_id` in which mail it goes: the id of the event that sends it.
ALTER TABLE notifications
    ADD mail text CHECK (mail IN ('at_once', 'digest')),
    ADD mail_id uuid,
    ADD CONSTRAINT mail_id_while_to_be_mailed CHECK (mail IS NOT NULL OR mail_id IS NULL);
CREATE INDEX notifications_to_mail ON notifications (organization_id, user_id) WHERE mail IS NOT NULL AND mail_id IS NULL;
CREATE INDEX notifications_in_mail ON notifications (organization_id, mail_id) WHERE mail_id IS NOT NULL;

-- How many mails went lately, as the moment at which the bucket is full again. `id` is the organization's own for its
-- bucket, else the member's whose mails are paced: `waiting` is the event that will mail what gathers, until then.
CREATE TABLE mail_paces (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    full_at timestamptz NOT NULL,
    waiting uuid,
    waiting_until timestamptz CHECK ((waiting_until IS NULL) = (waiting IS NULL)),
    digest_at timestamptz,
    digested_on date,
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('mail_paces');

-- Gives an event back that was not tried, because its turn has not come.
CREATE FUNCTION defer_event(event_id uuid, lease timestamptz, due timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE outbox SET due_at = due, attempts = attempts - 1
    WHERE id = event_id AND due_at = lease AND parked_at IS NULL;
    RETURN FOUND;
END $$;

-- A bucket that was full long ago is as good as a new one.
CREATE INDEX mail_paces_by_age ON mail_paces (full_at);
CREATE POLICY relay ON mail_paces TO qualify_relay USING (true);
GRANT SELECT, DELETE, UPDATE (full_at) ON mail_paces TO qualify_relay; -- UPDATE in order to lock them
CREATE FUNCTION forget_mail_paces(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    DELETE FROM mail_paces WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM mail_paces
        WHERE full_at <= before AND waiting IS NULL AND digest_at IS NULL
        ORDER BY full_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;

GRANT EXECUTE ON FUNCTION
    defer_event(uuid, timestamptz, timestamptz), forget_mail_paces(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION defer_event OWNER TO qualify_relay;
ALTER FUNCTION forget_mail_paces OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

-- What is there already is carried over, of all organizations at once.
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notification_choices NO FORCE ROW LEVEL SECURITY;
INSERT INTO notification_choices (organization_id, user_id, kind, choice)
SELECT organization_id, user_id, kind, 'off' FROM memberships, unnest(ARRAY['new_lead', 'answer']) AS kind
WHERE NOT notify_new_leads;
-- A mail that was due finds what it is to tell.
INSERT INTO notifications (organization_id, id, user_id, kind, lead_id, created_at, read_at, mail)
SELECT o.organization_id, o.id, m.user_id, CASE WHEN (o.event ->> 'first')::boolean THEN 'new_lead' ELSE 'answer' END,
    l.id, o.due_at, o.due_at, 'at_once'
FROM outbox AS o
JOIN memberships AS m ON m.organization_id = o.organization_id AND m.user_id = (o.event ->> 'member')::uuid
JOIN leads AS l ON l.organization_id = o.organization_id AND l.id = (o.event ->> 'lead')::uuid
WHERE o.event ->> 'event' = 'lead_mail_due';
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE leads FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE notification_choices FORCE ROW LEVEL SECURITY;
