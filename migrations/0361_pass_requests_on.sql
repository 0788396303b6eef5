-- What people ask of the operator, and is an organization's to answer (DSR-2): it is registered with its clock of two working
-- days, and passed on. Who asked and what they said is kept until it stands in the organization's register; ids and times stay.
CREATE TABLE operator_requests (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    email text,
    words text,
    language text NOT NULL,
    received_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    -- To which organization, and when it stood in its register.
    passed_to uuid,
    passed_on_at timestamptz,
    entered_at timestamptz,
    -- That no organization's it was.
    closed_at timestamptz,
    CHECK (received_at <= registered_at),
    CHECK ((passed_to IS NULL) = (passed_on_at IS NULL)),
    CHECK (entered_at IS NULL OR passed_on_at IS NOT NULL AND closed_at IS NULL),
    CHECK ((email IS NULL) = (entered_at IS NOT NULL OR closed_at IS NOT NULL)),
    CHECK (words IS NULL OR email IS NOT NULL)
);
SELECT platformize('operator_requests');
REVOKE DELETE ON operator_requests FROM qualify_app;
CREATE INDEX operator_requests_by_receipt ON operator_requests (received_at);
CREATE INDEX operator_requests_waiting ON operator_requests (due_at) WHERE entered_at IS NULL AND closed_at IS NULL;
SELECT sweep_table('operator_request', 'operator_requests', 'id', 'received_at');

-- What came by way of the operator.
ALTER TABLE rights_requests ADD passed_on_at timestamptz;

-- Passes a request on: whoever does so gives it away and learns nothing. False if it was passed on before, or is closed.
CREATE FUNCTION pass_request_on(request uuid, home uuid, moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('tend_requests');
    UPDATE operator_requests SET passed_to = home, passed_on_at = moment
    WHERE id = request AND passed_on_at IS NULL AND closed_at IS NULL
        AND EXISTS (SELECT FROM organizations AS o WHERE o.organization_id = home);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO outbox (organization_id, event, due_at)
    VALUES (home, jsonb_build_object('event', 'request_passed_on', 'request', request), moment);
    RETURN true;
END $$;

-- Takes what was passed on to the current organization, once, and leaves nothing of who asked where it was.
CREATE FUNCTION take_passed_request(request uuid, moment timestamptz) RETURNS TABLE (
    kind text, email text, words text, language text, received_at timestamptz, passed_on_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    taken operator_requests%ROWTYPE;
BEGIN
    SELECT * INTO taken FROM operator_requests AS o
    WHERE o.id = request AND o.passed_to = (SELECT current_organization()) AND o.entered_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE operator_requests AS o
    SET email = NULL, words = NULL, entered_at = moment, acknowledged_at = coalesce(o.acknowledged_at, moment)
    WHERE o.id = request;
    RETURN QUERY SELECT taken.kind, taken.email, taken.words, taken.language, taken.received_at, taken.passed_on_at;
END $$;

CREATE POLICY relay ON operator_requests TO qualify_relay USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (email, words, acknowledged_at, passed_to, passed_on_at, entered_at) ON operator_requests
    TO qualify_relay;
GRANT EXECUTE ON FUNCTION pass_request_on(uuid, uuid, timestamptz), take_passed_request(uuid, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION pass_request_on OWNER TO qualify_relay;
ALTER FUNCTION take_passed_request OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
