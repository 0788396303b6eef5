-- Teams, and how far a look at leads reaches.

CREATE TABLE teams (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL,
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name COLLATE "und-x-icu")) STORED,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name_norm)
);
SELECT tenantize('teams');

CREATE TABLE team_members (
    organization_id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    is_leader boolean NOT NULL,
    PRIMARY KEY (organization_id, team_id, user_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams ON DELETE CASCADE,
    FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
SELECT tenantize('team_members');
CREATE INDEX team_members_of_user ON team_members (organization_id, user_id);
CREATE UNIQUE INDEX team_members_leader ON team_members (organization_id, team_id) WHERE is_leader;

-- Whose leads are within reach of the transaction, beside those nobody owns; null where all are. Unset or empty is an
-- error, as for the organization: work that forgot how far it reaches must stop, neither see all nor find nothing.
CREATE FUNCTION reached_owners() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN current_setting('qualify.reach') <> 'all' THEN current_setting('qualify.reach')::uuid[] END $$;
GRANT EXECUTE ON FUNCTION reached_owners() TO qualify_app, qualify_auth, qualify_relay;

CREATE POLICY reach ON leads AS RESTRICTIVE TO qualify_app, qualify_owner
    USING (
        (SELECT reached_owners()) IS NULL OR owner_id IS NULL OR owner_id = ANY ((SELECT reached_owners())::uuid[])
    )
    WITH CHECK (
        (SELECT reached_owners()) IS NULL OR owner_id IS NULL OR owner_id = ANY ((SELECT reached_owners())::uuid[])
    );
-- The list of somebody who reaches a few owners' leads is put together from the newest of each, and of the queue.
CREATE INDEX leads_newest_of_owner ON leads (organization_id, owner_id, created_at DESC, id DESC)
    WHERE owner_id IS NOT NULL;
CREATE INDEX leads_newest_of_queue ON leads (organization_id, created_at DESC, id DESC) WHERE owner_id IS NULL;

-- Makes what hangs on a lead reach as far as the lead does. OFFSET 0 keeps the planner from collecting all leads of the
-- organization where it wants to look at a few.
CREATE FUNCTION reach_by_lead(target regclass, commands text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY reach ON %1$s AS RESTRICTIVE FOR %2$s TO qualify_app, qualify_owner USING (
        (SELECT reached_owners()) IS NULL OR lead_id IS NULL OR EXISTS (
            SELECT FROM leads AS l WHERE l.organization_id = %1$s.organization_id AND l.id = %1$s.lead_id OFFSET 0
        )
    )', target, commands);
END $$;
-- A submission is taken in by somebody who reaches nothing, and belongs to no lead then.
SELECT reach_by_lead('submissions', 'SELECT');
SELECT reach_by_lead('activities', 'ALL');

-- What else a member's session must know, beside who they are, in the same round trip: their colleagues, null where the
-- organization has no teams.
CREATE POLICY auth ON teams FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON team_members FOR SELECT TO qualify_auth USING (true);
GRANT SELECT ON teams, team_members TO qualify_auth;

CREATE FUNCTION colleagues_of(member uuid, session uuid) RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home uuid;
BEGIN
    PERFORM require_platform_task('authenticate');
    SELECT current_organization_id INTO home FROM sessions WHERE id = session AND user_id = member;
    IF NOT EXISTS (SELECT FROM teams WHERE organization_id = home) THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(
        SELECT DISTINCT other.user_id FROM team_members AS own
        JOIN team_members AS other USING (organization_id, team_id)
        WHERE own.organization_id = home AND own.user_id = member
    );
END $$;
GRANT EXECUTE ON FUNCTION colleagues_of(uuid, uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION colleagues_of OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;

-- A member may leave; what they wrote stays, and tells that somebody wrote it.
ALTER TABLE activities DROP CONSTRAINT activities_organization_id_author_id_fkey;
