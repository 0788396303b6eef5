-- Outgoing webhooks (WEB-12): where organizations want to be told of their leads, what is told there, and to whom a lead was told
-- (DSR-12).

CREATE TABLE hook_endpoints (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    url text NOT NULL CHECK (url LIKE 'https://%'),
    kinds text[] NOT NULL CHECK (cardinality(kinds) > 0),
    detail text NOT NULL CHECK (detail IN ('thin', 'full')),
    state text NOT NULL CHECK (state IN ('on', 'paused', 'gone', 'failing')),
    -- Sealed, each with the key that opens it. The one before the newest signs beside it until then.
    secret_key text NOT NULL,
    secret bytea NOT NULL,
    old_key text,
    old_secret bytea,
    old_until timestamptz,
    failing_since timestamptz,
    made_by uuid NOT NULL, -- they may leave; the endpoint stays
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK ((old_key IS NULL) = (old_secret IS NULL) AND (old_secret IS NULL) = (old_until IS NULL))
);
SELECT tenantize('hook_endpoints');

-- What one endpoint is told of one event. It goes with its lead; what is told of the end of a lead hangs on none.
CREATE TABLE hook_deliveries (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL,
    lead_id uuid,
    told_id uuid, -- by which id the endpoint knows the lead
    at timestamptz NOT NULL,
    body text NOT NULL,
    attempts smallint NOT NULL,
    status smallint,
    obstacle text,
    state text NOT NULL CHECK (state IN ('waiting', 'taken', 'given_up')),
    state_at timestamptz NOT NULL, -- when it is tried next, or came to its end
    held_until timestamptz, -- a worker deals with it until then
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, endpoint_id, event_id, kind),
    FOREIGN KEY (organization_id, endpoint_id) REFERENCES hook_endpoints ON DELETE CASCADE,
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE,
    CHECK (lead_id IS NULL OR told_id IS NOT NULL),
    CHECK (status IS NULL OR obstacle IS NULL)
);
SELECT tenantize('hook_deliveries');
SELECT reach_by_lead('hook_deliveries', 'ALL');
SELECT restrict_by_lead('hook_deliveries');
CREATE INDEX hook_deliveries_of_lead ON hook_deliveries (organization_id, lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX hook_deliveries_newest ON hook_deliveries (organization_id, endpoint_id, at DESC, id DESC);
CREATE INDEX hook_deliveries_due ON hook_deliveries (organization_id, endpoint_id, state_at) WHERE state = 'waiting';
CREATE INDEX hook_deliveries_next ON hook_deliveries (state_at) WHERE state = 'waiting';
CREATE INDEX hook_deliveries_by_age ON hook_deliveries (at);

-- To whom a lead was told. Once the lead is gone, however it went, nothing but ids is left of it, until those are told who knew
-- it. An endpoint may be gone before them.
CREATE TABLE hook_disclosures (
    organization_id uuid NOT NULL REFERENCES organizations,
    endpoint_id uuid NOT NULL,
    told_id uuid NOT NULL,
    host text NOT NULL,
    lead_id uuid,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, endpoint_id, told_id, host),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE SET NULL (lead_id)
);
SELECT tenantize('hook_disclosures');
SELECT reach_by_lead('hook_disclosures', 'ALL');
SELECT restrict_by_lead('hook_disclosures');
CREATE INDEX hook_disclosures_of_lead ON hook_disclosures (organization_id, lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX hook_disclosures_orphaned ON hook_disclosures (organization_id) WHERE lead_id IS NULL;

-- What the worker may see of all organizations: what is due, and never what is told.
CREATE POLICY relay ON hook_endpoints FOR SELECT TO qualify_relay USING (true);
GRANT SELECT (organization_id, id, state) ON hook_endpoints TO qualify_relay;
CREATE POLICY relay ON hook_deliveries TO qualify_relay USING (true) WITH CHECK (true);
GRANT SELECT (organization_id, id, endpoint_id, attempts, state, state_at, held_until), UPDATE (held_until)
    ON hook_deliveries TO qualify_relay;
CREATE POLICY relay ON hook_disclosures FOR SELECT TO qualify_relay USING (lead_id IS NULL);
GRANT SELECT (organization_id, lead_id) ON hook_disclosures TO qualify_relay;
GRANT SELECT (closed_at) ON organizations TO qualify_relay;

-- Claims what is due: `most` in all, no more of one endpoint than makes it `each` at a time, for all workers together, and of one
-- organization twice as many. One that is slow holds up nobody else, and organizations take turns.
CREATE FUNCTION claim_deliveries(moment timestamptz, lease timestamptz, most integer, each integer)
RETURNS TABLE (home uuid, delivery uuid, endpoint uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('relay_outbox');
    IF NOT EXISTS (SELECT FROM hook_deliveries WHERE state = 'waiting' AND state_at <= moment) THEN
        RETURN;
    END IF;
    RETURN QUERY
        WITH queued AS (
            SELECT due.organization_id, due.id, due.state_at,
                row_number() OVER (PARTITION BY due.organization_id ORDER BY due.state_at) + (
                    SELECT count(*) FROM hook_deliveries AS h
                    WHERE h.organization_id = due.organization_id AND h.state = 'waiting' AND h.state_at <= moment
                        AND h.held_until > moment
                ) AS turn
            FROM hook_endpoints AS e
            JOIN organizations AS o ON o.organization_id = e.organization_id AND o.closed_at IS NULL
            CROSS JOIN LATERAL (
                SELECT d.organization_id, d.id, d.state_at FROM hook_deliveries AS d
                WHERE d.organization_id = e.organization_id AND d.endpoint_id = e.id AND d.state = 'waiting'
                    AND d.state_at <= moment AND (d.held_until IS NULL OR d.held_until <= moment)
                ORDER BY d.state_at
                LIMIT greatest(0, each - (
                    SELECT count(*) FROM hook_deliveries AS h
                    WHERE h.organization_id = e.organization_id AND h.endpoint_id = e.id AND h.state = 'waiting'
                        AND h.state_at <= moment AND h.held_until > moment
                ))
            ) AS due
            WHERE e.state = 'on'
        ), picked AS (
            SELECT organization_id, id FROM queued WHERE turn <= 2 * each ORDER BY turn, state_at LIMIT most
        ), held AS (
            SELECT d.organization_id, d.id FROM hook_deliveries AS d JOIN picked USING (organization_id, id)
            WHERE d.state = 'waiting' AND (d.held_until IS NULL OR d.held_until <= moment)
            FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE hook_deliveries AS d SET held_until = lease FROM held
        WHERE d.organization_id = held.organization_id AND d.id = held.id
        RETURNING d.organization_id, d.id, d.endpoint_id;
END $$;

-- Organizations in which somebody is to be told that a lead is gone.
CREATE FUNCTION orphaned_disclosures(most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY SELECT DISTINCT d.organization_id FROM hook_disclosures AS d
        JOIN organizations AS o ON o.organization_id = d.organization_id AND o.closed_at IS NULL
        WHERE d.lead_id IS NULL LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION
    claim_deliveries(timestamptz, timestamptz, integer, integer), orphaned_disclosures(integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION claim_deliveries OWNER TO qualify_relay;
ALTER FUNCTION orphaned_disclosures OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

-- RET-13.
SELECT sweep_table('hook_delivery', 'hook_deliveries', 'organization_id, id', 'at');
