-- Legal holds, and what they and restrictions keep from sweeps (RET-18).

CREATE TABLE holds (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    reason text NOT NULL,
    author_id uuid NOT NULL, -- they may leave; the hold stays
    placed_at timestamptz NOT NULL,
    review_on date NOT NULL,
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('holds', 'SELECT, INSERT, DELETE');
GRANT UPDATE (review_on) ON holds TO qualify_app;

-- `of_lead` is the lead of a submission: it stays as long as what was sent does.
CREATE TABLE held_records (
    organization_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('lead', 'submission', 'account')),
    record_id uuid NOT NULL,
    of_lead uuid CHECK (of_lead IS NULL OR kind = 'submission'),
    PRIMARY KEY (organization_id, hold_id, kind, record_id),
    FOREIGN KEY (organization_id, hold_id) REFERENCES holds ON DELETE CASCADE
);
SELECT tenantize('held_records', 'SELECT, INSERT, UPDATE, DELETE');
CREATE INDEX held_records_by_record ON held_records (record_id);
CREATE INDEX held_records_of_lead ON held_records (of_lead) WHERE of_lead IS NOT NULL;

-- A merge moves what was sent to another lead.
CREATE FUNCTION follow_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE held_records SET of_lead = NEW.lead_id
    WHERE organization_id = NEW.organization_id AND kind = 'submission' AND record_id = NEW.id;
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION follow_held() TO qualify_app;
CREATE TRIGGER hold_follows AFTER UPDATE OF lead_id ON submissions
    FOR EACH ROW WHEN (NEW.lead_id IS DISTINCT FROM OLD.lead_id) EXECUTE FUNCTION follow_held();

-- Those who sweep go through all organizations. They learn whether a record is kept, and nothing else.
CREATE POLICY keeps ON held_records FOR SELECT TO qualify_retention USING (true);
CREATE POLICY keeps ON restrictions FOR SELECT TO qualify_retention USING (true);
GRANT SELECT (organization_id, kind, record_id, of_lead) ON held_records TO qualify_retention;
GRANT SELECT (lead_id, ground, names_ip) ON restrictions TO qualify_retention;

-- Whether anything at all is kept, which is asked once.
CREATE FUNCTION keeps_anything() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM held_records) OR EXISTS (SELECT FROM restrictions)
$$;
-- Whether a record, what it belongs to or something of that organization is held, or restricted so that it be kept. A restriction keeps addresses only if it
-- names them: Restriction::claim and Claim::concerns in the domain say the same.
CREATE FUNCTION is_kept(data text, VARIADIC records uuid[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM held_records AS h WHERE h.record_id = ANY (records))
        OR EXISTS (SELECT FROM held_records AS h WHERE h.of_lead = ANY (records))
        OR EXISTS (SELECT FROM held_records AS h WHERE h.organization_id = ANY (records))
        OR EXISTS (
            SELECT FROM restrictions AS r
            WHERE r.lead_id = ANY (records) AND r.ground IN ('unlawful', 'claims') AND (r.names_ip OR data <> 'ip')
        )
$$;
CREATE INDEX restrictions_by_lead ON restrictions (lead_id);

-- What is held is not deleted, by whatever way: the last line behind all that asks before.
CREATE FUNCTION refuse_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM held_records AS h WHERE h.record_id = OLD.id)
        OR EXISTS (SELECT FROM held_records AS h WHERE h.of_lead = OLD.id) THEN
        RAISE restrict_violation USING MESSAGE = 'it is held', CONSTRAINT = 'held';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER held BEFORE DELETE ON leads FOR EACH ROW EXECUTE FUNCTION refuse_held();
CREATE TRIGGER held BEFORE DELETE ON submissions FOR EACH ROW EXECUTE FUNCTION refuse_held();
CREATE TRIGGER held BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION refuse_held();
DO $$
DECLARE
    role text;
BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'qualify\_sweep\_%' LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION keeps_anything(), is_kept(text, uuid[]) TO %I', role);
    END LOOP;
END $$;
GRANT CREATE ON SCHEMA public TO qualify_retention;
ALTER FUNCTION keeps_anything OWNER TO qualify_retention;
ALTER FUNCTION is_kept OWNER TO qualify_retention;
ALTER FUNCTION refuse_held OWNER TO qualify_retention;
REVOKE CREATE ON SCHEMA public FROM qualify_retention;

-- Keeps from a rule's sweep, and from its count of what is due, the rows of a table that are kept: by the ids that the row
-- holds. A rule that comes later calls it after its policies are made.
CREATE FUNCTION spare_kept(code text, target regclass, data text, keys text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    policy record;
    role CONSTANT text := 'qualify_sweep_' || code;
BEGIN
    FOR policy IN
        SELECT polname, pg_get_expr(polqual, polrelid) AS due FROM pg_policy
        WHERE polrelid = target AND polname IN (
            'sweep_' || code || '_sees', 'sweep_' || code || '_locks', 'sweep_' || code || '_deletes',
            'sweep_' || code || '_empties', 'due_' || code || '_sees'
        )
    LOOP
        EXECUTE format('ALTER POLICY %I ON %s USING ((%s) AND ((SELECT NOT keeps_anything()) OR NOT is_kept(%L, %s)))',
            policy.polname, target, policy.due, data, keys);
    END LOOP;
    EXECUTE format('GRANT SELECT (%s) ON %s TO %I, qualify_retention', keys, target, role);
END $$;
SELECT spare_kept('lead_ip', 'submissions', 'ip', 'id, lead_id');
SELECT spare_kept('quarantine', 'submissions', 'other', 'id');
