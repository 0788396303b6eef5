-- What nobody let out of quarantine is forgotten when its time is over. Whoever sweeps sees what is in quarantine, and of it
-- no more than when it came; what was accepted or let out is out of reach.
CREATE POLICY relay ON submissions TO qualify_relay USING (verdict = 'quarantined' AND lead_id IS NULL);
GRANT SELECT (organization_id, id, received_at, verdict, lead_id), DELETE, UPDATE (verdict)
    ON submissions TO qualify_relay; -- UPDATE in order to lock them
CREATE INDEX submissions_to_forget ON submissions (received_at) WHERE verdict = 'quarantined';
-- Before a submission goes, the database looks for entries of timelines that tell of it.
CREATE INDEX activities_of_submission ON activities (organization_id, submission_id) WHERE submission_id IS NOT NULL;

CREATE FUNCTION forget_quarantined(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    DELETE FROM submissions WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM submissions
        WHERE verdict = 'quarantined' AND lead_id IS NULL AND received_at <= before
        ORDER BY received_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION forget_quarantined(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION forget_quarantined OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
