-- What people ask about their own data, and what becomes of it: the register. Everything follows from the steps; what stands
-- beside them is by which the list, the worker and the count of what is overdue find their rows.
CREATE TABLE rights_requests (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    kind text NOT NULL,
    -- Who asks: somebody at that address, or that user. Neither, once nobody needs to know any more.
    email text,
    email_norm text,
    user_id uuid,
    language text NOT NULL,
    words text,
    wish jsonb,
    received_at timestamptz NOT NULL,
    steps jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'awaiting_identity', 'open', 'answered', 'refused', 'lapsed')),
    due_at timestamptz NOT NULL,
    told jsonb NOT NULL,
    -- When the worker has to look at it next.
    next_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK ((email IS NULL) = (email_norm IS NULL) AND (email IS NULL OR user_id IS NULL))
);
SELECT tenantize('rights_requests', 'SELECT, INSERT, UPDATE');
CREATE INDEX rights_requests_waiting ON rights_requests (organization_id, due_at, id)
    WHERE state IN ('received', 'awaiting_identity', 'open');
CREATE INDEX rights_requests_over ON rights_requests (organization_id, received_at DESC, id DESC)
    WHERE state IN ('answered', 'refused', 'lapsed');
CREATE INDEX rights_requests_due ON rights_requests (due_at) WHERE state IN ('received', 'awaiting_identity', 'open');
CREATE INDEX rights_requests_to_watch ON rights_requests (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX rights_requests_by_receipt ON rights_requests (received_at);

-- The link that proves the mailbox of whoever asks; it works once, and then for a while what it opened. Digests only.
CREATE TABLE rights_links (
    organization_id uuid NOT NULL,
    request_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    session bytea CHECK (octet_length(session) = 32),
    used_at timestamptz,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, request_id),
    UNIQUE (organization_id, digest),
    UNIQUE (organization_id, session),
    FOREIGN KEY (organization_id, request_id) REFERENCES rights_requests ON DELETE CASCADE,
    CHECK ((session IS NULL) = (used_at IS NULL))
);
SELECT tenantize('rights_links', 'SELECT, INSERT, UPDATE');
CREATE INDEX rights_links_by_end ON rights_links (ends_at);

SELECT sweep_table('rights_link', 'rights_links', 'organization_id, request_id', 'ends_at');
SELECT sweep_table('rights_request', 'rights_requests', 'organization_id, id', 'received_at');

-- How many requests should have been answered by then and were not, in all organizations: a number, and nothing else (DSR-6).
CREATE FUNCTION overdue_requests(moment timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('read_retention');
    PERFORM set_config('qualify.sweep_cutoff', moment::text, true);
    RETURN (
        SELECT count(*) FROM rights_requests
        WHERE due_at <= moment AND state IN ('received', 'awaiting_identity', 'open')
    );
END $$;
SELECT let_see('qualify_retention', 'overdue', 'rights_requests', 'due_at, state', 'due_at <= (SELECT sweep_cutoff())');
GRANT EXECUTE ON FUNCTION overdue_requests(timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_retention;
ALTER FUNCTION overdue_requests OWNER TO qualify_retention;
REVOKE CREATE ON SCHEMA public FROM qualify_retention;

-- Which requests the worker has to look at, of all organizations; no more than that.
CREATE POLICY relay ON rights_requests FOR SELECT TO qualify_relay USING (next_at IS NOT NULL);
GRANT SELECT (organization_id, id, next_at) ON rights_requests TO qualify_relay;
CREATE FUNCTION rights_to_watch(moment timestamptz, most integer) RETURNS TABLE (organization_id uuid, request_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY SELECT organization_id, id FROM rights_requests WHERE next_at <= moment ORDER BY next_at LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION rights_to_watch(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION rights_to_watch OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

-- What is kept of a person who is erased is found by their address.
CREATE INDEX rights_requests_by_address ON rights_requests (organization_id, email_norm) WHERE email_norm IS NOT NULL;
