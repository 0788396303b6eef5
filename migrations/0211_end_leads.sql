-- Leads go so many months after the last contact that came from the person (RET-12), with all that hangs on them. Months are
-- those of the calendar in Paris: no one cutoff divides what is due from what is not, and so they are added here.

CREATE FUNCTION months_after(start timestamptz, months integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (start AT TIME ZONE 'Europe/Paris' + make_interval(months => months)) AT TIME ZONE 'Europe/Paris' $$;

-- What an organization says of it; no row, or no number, says the usual. Fewer months than before count from `begins_at` on.
CREATE TABLE retention_policies (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    months smallint CHECK (months BETWEEN 1 AND 120),
    months_before smallint CHECK (months_before > months),
    begins_at timestamptz,
    justification text,
    changed_by uuid,
    changed_at timestamptz,
    warned_until timestamptz, -- owners know of all leads that go until then
    CHECK (months <= 36 OR justification IS NOT NULL),
    CHECK ((months IS NULL) = (changed_at IS NULL) AND (changed_by IS NULL) = (changed_at IS NULL)),
    CHECK ((months_before IS NULL) = (begins_at IS NULL))
);
SELECT tenantize('retention_policies', 'SELECT, INSERT, UPDATE');

-- When a lead goes whose person got in touch for the last time then.
CREATE FUNCTION lead_ends_at(home uuid, contact timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT least(
        months_after(contact, greatest(kept.months, p.months_before)),
        greatest(months_after(contact, kept.months), p.begins_at)
    )
    FROM (SELECT home) AS one LEFT JOIN retention_policies AS p ON p.organization_id = one.home
    CROSS JOIN LATERAL (SELECT coalesce(p.months, 36)::integer AS months) AS kept
$$;
-- No later contact ends until that moment: from here on it is a matter of days, which the function above knows.
CREATE FUNCTION contact_before(ending timestamptz, months integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT months_after(ending, -months) + interval '4 days' $$;

-- The months by which contacts end then: until fewer begin to count, it is as many as before.
CREATE FUNCTION months_until(ending timestamptz, months smallint, months_before smallint, begins_at timestamptz)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(CASE WHEN ending < begins_at THEN greatest(months, months_before) ELSE months END, 36)::integer
$$;

GRANT EXECUTE ON FUNCTION
    months_until(timestamptz, smallint, smallint, timestamptz), months_after(timestamptz, integer), lead_ends_at(uuid, timestamptz), contact_before(timestamptz, integer)
    TO qualify_app, qualify_retention, qualify_sweep_lead;

-- What the sweep and the count see: of organizations only how long they keep leads, and of leads only those that are due.
CREATE POLICY sweep_lead_sees ON organizations FOR SELECT TO qualify_sweep_lead, qualify_retention
    USING ((SELECT sweep_cutoff()) IS NOT NULL);
GRANT SELECT (organization_id) ON organizations TO qualify_sweep_lead, qualify_retention;
CREATE POLICY sweep_lead_sees ON retention_policies FOR SELECT TO qualify_sweep_lead, qualify_retention
    USING ((SELECT sweep_cutoff()) IS NOT NULL);
GRANT SELECT (organization_id, months, months_before, begins_at)
    ON retention_policies TO qualify_sweep_lead, qualify_retention;
SELECT let_see(role, policy, 'leads', 'organization_id, id, last_submission_at',
    'lead_ends_at(organization_id, last_submission_at) <= (SELECT sweep_cutoff())')
FROM (VALUES ('qualify_sweep_lead', 'sweep_lead'), ('qualify_retention', 'due_lead')) AS roles (role, policy);
SELECT let_delete('qualify_sweep_lead', 'sweep_lead', 'leads', 'last_submission_at',
    'lead_ends_at(organization_id, last_submission_at) <= (SELECT sweep_cutoff())');
-- What hangs on a lead is due with it, and seen as far as it is. The rest goes by itself when its lead does.
DO $$
DECLARE
    name text;
    due text;
BEGIN
    FOREACH name IN ARRAY ARRAY['activities', 'tasks', 'submissions'] LOOP
        due := format(
            '(SELECT sweep_cutoff()) IS NOT NULL AND EXISTS (
                SELECT FROM leads AS l WHERE l.organization_id = %1$I.organization_id AND l.id = %1$I.lead_id)', name
        );
        PERFORM let_see('qualify_sweep_lead', 'sweep_lead', name::regclass, 'organization_id, lead_id', due);
        EXECUTE format('CREATE POLICY sweep_lead_deletes ON %I FOR DELETE TO qualify_sweep_lead USING (%s)', name, due);
        EXECUTE format('GRANT DELETE ON %I TO qualify_sweep_lead', name);
    END LOOP;
END $$;

CREATE FUNCTION sweep_lead(cutoff timestamptz, moment timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home record;
    ending uuid[];
    gone bigint;
    swept bigint := 0;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', cutoff::text, true);
    FOR home IN
        SELECT o.organization_id AS id, contact_before(cutoff, months_until(cutoff, p.months, p.months_before, p.begins_at)) AS contact
        FROM organizations AS o LEFT JOIN retention_policies AS p ON p.organization_id = o.organization_id
    LOOP
        SELECT array_agg(due.id) INTO ending FROM (
            SELECT id FROM leads WHERE organization_id = home.id AND last_submission_at <= home.contact
            ORDER BY last_submission_at LIMIT most - swept FOR UPDATE SKIP LOCKED
        ) AS due;
        CONTINUE WHEN ending IS NULL;
        DELETE FROM activities WHERE organization_id = home.id AND lead_id = ANY (ending);
        DELETE FROM tasks WHERE organization_id = home.id AND lead_id = ANY (ending);
        DELETE FROM submissions WHERE organization_id = home.id AND lead_id = ANY (ending);
        DELETE FROM leads WHERE organization_id = home.id AND id = ANY (ending);
        GET DIAGNOSTICS gone = ROW_COUNT;
        swept := swept + gone;
        EXIT WHEN swept >= most;
    END LOOP;
    RETURN swept;
END $$;
SELECT count_due('lead',
    'organizations AS o LEFT JOIN retention_policies AS p ON p.organization_id = o.organization_id
        JOIN leads AS l ON l.organization_id = o.organization_id',
    'l.last_submission_at <= contact_before(cutoff, months_until(cutoff, p.months, p.months_before, p.begins_at))');
SELECT hand_over_sweep('lead');

-- Tells the owners of each organization how many leads end until `later`, unless they know already of all that end until
-- `soon`. Tells how many organizations it told.
CREATE FUNCTION warn_of_ends(moment timestamptz, soon timestamptz, later timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home record;
    ending bigint;
    warned bigint := 0;
BEGIN
    PERFORM require_platform_task('sweep_retention');
    PERFORM set_config('qualify.sweep_cutoff', later::text, true);
    FOR home IN
        SELECT o.organization_id AS id, contact_before(later, months_until(later, p.months, p.months_before, p.begins_at)) AS contact, p.warned_until
        FROM organizations AS o LEFT JOIN retention_policies AS p ON p.organization_id = o.organization_id
        WHERE p.warned_until IS NULL OR p.warned_until < soon
    LOOP
        -- So many tell enough.
        SELECT count(*) INTO ending FROM (
            SELECT FROM leads
            WHERE organization_id = home.id AND last_submission_at <= home.contact
                AND (home.warned_until IS NULL OR lead_ends_at(home.id, last_submission_at) > home.warned_until)
            LIMIT 100000
        ) AS due;
        CONTINUE WHEN ending = 0;
        INSERT INTO outbox (organization_id, event, due_at)
        SELECT home.id, jsonb_build_object('event', 'leads_ending', 'member', m.user_id, 'leads', ending, 'by', later), moment
        FROM memberships AS m WHERE m.organization_id = home.id AND 'owner' = ANY (m.roles);
        INSERT INTO retention_policies (organization_id, warned_until) VALUES (home.id, later)
        ON CONFLICT (organization_id) DO UPDATE SET warned_until = excluded.warned_until;
        warned := warned + 1;
    END LOOP;
    RETURN warned;
END $$;
CREATE POLICY warns ON retention_policies FOR INSERT TO qualify_retention WITH CHECK (true);
CREATE POLICY warns_again ON retention_policies FOR UPDATE TO qualify_retention
    USING ((SELECT sweep_cutoff()) IS NOT NULL) WITH CHECK (true);
GRANT SELECT (warned_until), INSERT (organization_id, warned_until), UPDATE (warned_until)
    ON retention_policies TO qualify_retention;
CREATE POLICY warns ON outbox FOR INSERT TO qualify_retention WITH CHECK (event ->> 'event' = 'leads_ending');
GRANT INSERT (organization_id, event, due_at) ON outbox TO qualify_retention;
CREATE POLICY warns ON memberships FOR SELECT TO qualify_retention USING ((SELECT sweep_cutoff()) IS NOT NULL);
GRANT SELECT (organization_id, user_id, roles) ON memberships TO qualify_retention;
GRANT EXECUTE ON FUNCTION warn_of_ends(timestamptz, timestamptz, timestamptz) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_retention;
ALTER FUNCTION warn_of_ends OWNER TO qualify_retention;
REVOKE CREATE ON SCHEMA public FROM qualify_retention;

CREATE INDEX retention_runs_of_rule ON retention_runs (rule, sequence);

ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check,
    ADD CONSTRAINT notifications_kind_check
        CHECK (kind IN ('new_lead', 'answer', 'assignment', 'mention', 'task', 'reminder', 'job_over', 'leads_end'));
