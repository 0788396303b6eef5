-- An organization ends at its owner's word, or when what it was entitled to has ended (RET-6).
ALTER TABLE organizations
    ADD ending text CHECK (ending IN ('asked', 'trial', 'subscription')),
    -- When the provider last said that nothing is paid for.
    ADD end_confirmed_at timestamptz;
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
UPDATE organizations SET ending = 'asked' WHERE closed_at IS NOT NULL;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations
    ADD CHECK ((closed_at IS NULL) = (ending IS NULL)),
    ADD CHECK (end_confirmed_at IS NULL OR ending IN ('trial', 'subscription'));

-- RET-8: whoever purges does not see an organization that is not paid for, unless the provider said so within a day. All
-- that it may delete it finds through the organization, and so this holds everything. A purge that has begun goes on.
GRANT SELECT (ending, end_confirmed_at) ON organizations TO qualify_sweep_organization;
DO $$
DECLARE
    way text;
BEGIN
    FOREACH way IN ARRAY ARRAY['SELECT', 'UPDATE', 'DELETE'] LOOP
        EXECUTE format('CREATE POLICY %I ON organizations AS RESTRICTIVE FOR %s TO qualify_sweep_organization USING (
            purge_due_at <= (SELECT sweep_cutoff()) AND (
                ending = ''asked'' OR end_confirmed_at > (SELECT sweep_cutoff()) - interval ''24 hours''
                OR EXISTS (SELECT FROM purges WHERE whose = organization_id)
            )
        )', 'confirmed_' || lower(way), way);
    END LOOP;
END $$;

-- Whether the organization's data have begun to go: then nothing takes its end back. Whoever asks holds its row.
GRANT SELECT (whose) ON purges TO qualify_relay;
CREATE POLICY relay ON purges FOR SELECT TO qualify_relay USING (whose = (SELECT current_organization()));
GRANT EXECUTE ON FUNCTION current_organization() TO qualify_relay;
CREATE FUNCTION purge_has_begun() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM purges WHERE whose = (SELECT current_organization()));
END $$;
GRANT EXECUTE ON FUNCTION purge_has_begun() TO qualify_app;

-- Organizations whose data are to go by then, and whose end the provider has not confirmed since (RET-8).
GRANT SELECT (created_at, ending, purge_due_at, end_confirmed_at) ON organizations TO qualify_relay;
CREATE FUNCTION homes_to_confirm(due timestamptz, confirmed timestamptz, after uuid, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('follow_billing');
    RETURN QUERY SELECT organization_id FROM organizations
        WHERE ending IN ('trial', 'subscription') AND purge_due_at <= due
            AND (end_confirmed_at IS NULL OR end_confirmed_at <= confirmed)
            AND (after IS NULL OR organization_id > after)
        ORDER BY organization_id LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION homes_to_confirm(timestamptz, timestamptz, uuid, integer) TO qualify_app;

-- What a request must know of the payments of its organization, for members and for programs.
CREATE POLICY auth ON billing_records FOR SELECT TO qualify_auth USING (true);
GRANT SELECT (organization_id, trial_ends_at, plan, status, since, ends_at) ON billing_records TO qualify_auth;
GRANT SELECT (ending) ON organizations TO qualify_auth;
CREATE FUNCTION grounds_in(home uuid) RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('ending', o.ending, 'trial_ends_at', r.trial_ends_at, 'plan', r.plan, 'status', r.status,
        'since', r.since, 'ends_at', r.ends_at)
    FROM organizations AS o LEFT JOIN billing_records AS r USING (organization_id) WHERE o.organization_id = home
$$;
CREATE FUNCTION grounds_of(member uuid, session uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN (SELECT grounds_in(s.current_organization_id) FROM sessions AS s WHERE s.id = session AND s.user_id = member);
END $$;
CREATE FUNCTION grounds_of_key(key uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN (SELECT grounds_in(k.organization_id) FROM api_keys AS k WHERE k.id = key);
END $$;
GRANT EXECUTE ON FUNCTION grounds_in(uuid) TO qualify_auth;
GRANT EXECUTE ON FUNCTION grounds_of(uuid, uuid), grounds_of_key(uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth, qualify_relay;
ALTER FUNCTION grounds_of OWNER TO qualify_auth;
ALTER FUNCTION grounds_of_key OWNER TO qualify_auth;
ALTER FUNCTION claim_subscription OWNER TO qualify_relay;
ALTER FUNCTION home_of_subscription OWNER TO qualify_relay;
ALTER FUNCTION home_of_checkout OWNER TO qualify_relay;
ALTER FUNCTION homes_to_check OWNER TO qualify_relay;
ALTER FUNCTION homes_to_confirm OWNER TO qualify_relay;
ALTER FUNCTION differing_ledgers OWNER TO qualify_relay;
ALTER FUNCTION purge_has_begun OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_auth, qualify_relay;
