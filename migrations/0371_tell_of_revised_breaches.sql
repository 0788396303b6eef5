-- PRV-8: what is learnt of a breach of the service after organizations were told of it reaches them by mail as well. Whoever was
-- not told yet is told by the first mail all that is known by then.
CREATE FUNCTION tell_revised(breach uuid, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('tend_breaches');
    INSERT INTO outbox (organization_id, event, due_at)
    SELECT organization_id, jsonb_build_object('event', 'breach_concerns', 'breach', breach, 'is_revised', true), moment
    FROM breach_notices WHERE breach_id = breach AND told_at IS NOT NULL;
END $$;
GRANT EXECUTE ON FUNCTION tell_revised(uuid, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION tell_revised OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
