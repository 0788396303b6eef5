-- Who did what, and when: one chain of entries per organization. Each entry's hash covers the one before it, so that a
-- removal, a change or a swap shows. The runtime role reads; entries come by the functions below, and nothing else that
-- serves may write, change or delete one. Only ids and codes: the checks refuse anything that could be somebody's words.

CREATE TABLE audit_entries (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    at timestamptz NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind ~ '^[a-z_]+$'),
    actor_id uuid,
    session_id uuid,
    action text NOT NULL CHECK (action ~ '^[a-z_]+$'),
    target_kind text CHECK (target_kind ~ '^[a-z_]+$'),
    target_id uuid CHECK ((target_id IS NULL) = (target_kind IS NULL)),
    times integer NOT NULL CHECK (times > 0),
    changes text[] NOT NULL CHECK (array_to_string(changes, ' ', '?') ~ '^[a-z0-9_:>, -]*$'),
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (organization_id, sequence)
);
SELECT tenantize('audit_entries', 'SELECT');
CREATE INDEX audit_entries_by_time ON audit_entries (organization_id, at);
CREATE INDEX audit_entries_by_actor ON audit_entries (organization_id, actor_id, sequence);
CREATE INDEX audit_entries_by_action ON audit_entries (organization_id, action, sequence);
CREATE INDEX audit_entries_by_target ON audit_entries (organization_id, target_id, sequence);

-- The newest entry of each chain. Its row is locked by whoever writes the next one, at the end of their work.
CREATE TABLE audit_heads (
    organization_id uuid PRIMARY KEY,
    sequence bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 50);
SELECT tenantize('audit_heads', 'SELECT');

-- Where a chain begins after its oldest entries were deleted for their age: the last entry that went.
CREATE TABLE audit_anchors (
    organization_id uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    anchored_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, sequence)
);
SELECT tenantize('audit_anchors', 'SELECT');

-- What an entry's hash is made of: Entry::text in the domain says the same.
CREATE FUNCTION audit_text(entry audit_entries) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT concat_ws(
        E'\n', encode(entry.previous, 'hex'), entry.organization_id, entry.sequence,
        (extract(epoch FROM entry.at) * 1000000)::bigint, entry.actor_kind, coalesce(entry.actor_id::text, ''),
        coalesce(entry.session_id::text, ''), entry.action, coalesce(entry.target_kind, ''),
        coalesce(entry.target_id::text, ''), entry.times, array_to_string(entry.changes, ' ')
    )
$$;

-- Appends one entry for each thing that was touched. Whoever calls it says whose chain it is; only the functions below may.
CREATE FUNCTION chain_audit(
    whose uuid, moment timestamptz, doer_kind text, doer uuid, via uuid, doing text, often integer, touched jsonb
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head audit_heads;
    entry audit_entries;
    touch record;
BEGIN
    SELECT * INTO head FROM audit_heads WHERE organization_id = whose FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO audit_heads VALUES (whose, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM audit_heads WHERE organization_id = whose FOR UPDATE;
    END IF;
    FOR touch IN SELECT * FROM jsonb_to_recordset(touched) AS t (kind text, id uuid, changes text[]) LOOP
        head.sequence := head.sequence + 1;
        entry := (
            whose, head.sequence, moment, doer_kind, doer, via, doing, touch.kind, touch.id, often,
            coalesce(touch.changes, '{}'), head.hash, NULL
        );
        head.hash := sha256(convert_to(audit_text(entry), 'UTF8'));
        entry.hash := head.hash;
        INSERT INTO audit_entries SELECT entry.*;
    END LOOP;
    UPDATE audit_heads SET sequence = head.sequence, hash = head.hash WHERE organization_id = whose;
END $$;

-- Appends to the chain of the current organization: the last thing a unit of work does before it commits.
CREATE FUNCTION append_audit(
    moment timestamptz, doer_kind text, doer uuid, via uuid, doing text, touched jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM chain_audit(current_organization(), moment, doer_kind, doer, via, doing, 1, touched);
END $$;

-- So that nobody can fill a trail: what happens again within a minute is counted here, and kept as one entry with its
-- number when the minute is over.
CREATE TABLE security_tallies (
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    about uuid NOT NULL,
    actor_id uuid,
    since timestamptz NOT NULL,
    held integer NOT NULL,
    target_kind text,
    target_id uuid,
    PRIMARY KEY (organization_id, kind, actor_kind, about)
);
SELECT tenantize('security_tallies', 'SELECT');
CREATE INDEX security_tallies_oldest ON security_tallies (since);

-- Keeps a security event in a chain, or counts it. It is known again by who did it, else by what it was done to.
CREATE FUNCTION chain_security(
    whose uuid, moment timestamptz, doer_kind text, doer uuid, via uuid, doing text, thing_kind text, thing uuid
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known uuid := coalesce(doer, thing, '00000000-0000-0000-0000-000000000000');
    tally security_tallies;
    fresh boolean;
BEGIN
    INSERT INTO security_tallies VALUES (whose, doing, doer_kind, known, doer, moment, 0, thing_kind, thing)
    ON CONFLICT DO NOTHING;
    fresh := FOUND;
    SELECT * INTO STRICT tally FROM security_tallies
    WHERE organization_id = whose AND kind = doing AND actor_kind = doer_kind AND about = known FOR UPDATE;
    IF NOT fresh AND moment < tally.since + interval '1 minute' AND moment > tally.since - interval '1 minute' THEN
        UPDATE security_tallies SET held = tally.held + 1, target_kind = thing_kind, target_id = thing
        WHERE organization_id = whose AND kind = doing AND actor_kind = doer_kind AND about = known;
        RETURN;
    END IF;
    UPDATE security_tallies SET since = moment, held = 0, target_kind = thing_kind, target_id = thing
    WHERE organization_id = whose AND kind = doing AND actor_kind = doer_kind AND about = known;
    PERFORM chain_audit(
        whose, moment, doer_kind, doer, via, doing, tally.held + 1,
        jsonb_build_array(jsonb_build_object('kind', thing_kind, 'id', thing))
    );
END $$;

-- A security event in the current organization.
CREATE FUNCTION note_security(
    moment timestamptz, doer_kind text, doer uuid, via uuid, doing text, thing_kind text, thing uuid
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM chain_security(current_organization(), moment, doer_kind, doer, via, doing, thing_kind, thing);
END $$;

-- A security event of a user, in the trail of each organization they belong to, in one order so that two at once never
-- wait in a circle. Any work for the platform may tell of one.
CREATE FUNCTION tell_security(
    affected uuid, moment timestamptz, doer_kind text, doer uuid, via uuid, doing text, thing_kind text, thing uuid
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home uuid;
BEGIN
    PERFORM platform_task();
    FOR home IN SELECT organization_id FROM memberships WHERE user_id = affected ORDER BY organization_id LOOP
        PERFORM chain_security(home, moment, doer_kind, doer, via, doing, thing_kind, thing);
    END LOOP;
END $$;

-- Keeps what was counted and has not been told, and forgets tallies of the day before. Tells how many rows it dealt with.
CREATE FUNCTION settle_security(moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    tally security_tallies;
    dealt bigint := 0;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    FOR tally IN
        SELECT * FROM security_tallies
        WHERE since <= moment - interval '1 minute' AND (held > 0 OR since <= moment - interval '24 hours')
        ORDER BY organization_id, since LIMIT most FOR UPDATE SKIP LOCKED
    LOOP
        dealt := dealt + 1;
        IF tally.held > 0 THEN
            PERFORM chain_audit(
                tally.organization_id, moment, tally.actor_kind, tally.actor_id, NULL, tally.kind, tally.held,
                jsonb_build_array(jsonb_build_object('kind', tally.target_kind, 'id', tally.target_id))
            );
            UPDATE security_tallies SET since = moment, held = 0
            WHERE organization_id = tally.organization_id AND kind = tally.kind
                AND actor_kind = tally.actor_kind AND about = tally.about;
        ELSE
            DELETE FROM security_tallies
            WHERE organization_id = tally.organization_id AND kind = tally.kind
                AND actor_kind = tally.actor_kind AND about = tally.about;
        END IF;
    END LOOP;
    RETURN dealt;
END $$;

-- What concerns no account is counted by the hour, without a word of whom.
CREATE TABLE security_counts (
    kind text NOT NULL CHECK (kind ~ '^[a-z_]+$'),
    hour timestamptz NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (kind, hour)
);
SELECT platformize('security_counts');

-- The organizations that have a trail, for the operator's walk along all chains.
CREATE FUNCTION audited_organizations(beyond uuid, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('verify_audit');
    RETURN QUERY
        SELECT organization_id FROM audit_heads WHERE beyond IS NULL OR organization_id > beyond
        ORDER BY organization_id LIMIT most;
END $$;

CREATE POLICY auth ON audit_entries TO qualify_auth USING (true) WITH CHECK (true);
CREATE POLICY auth ON audit_heads TO qualify_auth USING (true) WITH CHECK (true);
CREATE POLICY auth ON security_tallies TO qualify_auth USING (true) WITH CHECK (true);
GRANT INSERT ON audit_entries TO qualify_auth;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO qualify_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON security_tallies TO qualify_auth;
GRANT EXECUTE ON FUNCTION
    audit_text(audit_entries), chain_audit(uuid, timestamptz, text, uuid, uuid, text, integer, jsonb),
    chain_security(uuid, timestamptz, text, uuid, uuid, text, text, uuid) TO qualify_auth;
GRANT EXECUTE ON FUNCTION
    append_audit(timestamptz, text, uuid, uuid, text, jsonb),
    note_security(timestamptz, text, uuid, uuid, text, text, uuid),
    tell_security(uuid, timestamptz, text, uuid, uuid, text, text, uuid),
    settle_security(timestamptz, integer), audited_organizations(uuid, integer) TO qualify_app;

GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION append_audit OWNER TO qualify_auth;
ALTER FUNCTION note_security OWNER TO qualify_auth;
ALTER FUNCTION tell_security OWNER TO qualify_auth;
ALTER FUNCTION settle_security OWNER TO qualify_auth;
ALTER FUNCTION audited_organizations OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
