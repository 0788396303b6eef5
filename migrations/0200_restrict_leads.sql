-- Restricted leads are kept and not used (DSR-10). Row security hides them, and all that hangs on them, from every transaction
-- but those whose permission is about restrictions; nobody else can change them either.

ALTER TABLE leads ADD restricted boolean NOT NULL DEFAULT false;
CREATE INDEX leads_restricted ON leads (organization_id, id) WHERE restricted;

-- Whether the transaction sees what is restricted. Unset or empty is an error, as for organization and reach.
CREATE FUNCTION sees_restricted() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('qualify.restricted')::boolean $$;
GRANT EXECUTE ON FUNCTION sees_restricted() TO qualify_app, qualify_auth, qualify_relay;

CREATE POLICY restricted ON leads AS RESTRICTIVE TO qualify_app, qualify_owner
    USING (NOT restricted OR (SELECT sees_restricted())) WITH CHECK (NOT restricted OR (SELECT sees_restricted()));

-- The leads of the current organization that are hidden from the transaction; null if there are none. Asked once for each
-- statement and table, whatever the number of rows.
CREATE FUNCTION hidden_leads() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN NOT sees_restricted() THEN (
        SELECT array_agg(id) FROM leads WHERE organization_id = (SELECT current_organization()) AND restricted
    ) END
$$;
GRANT EXECUTE ON FUNCTION hidden_leads() TO qualify_app, qualify_owner;

-- Hides what hangs on a lead together with it. What hangs on none is not asked about: visitors send without it.
CREATE FUNCTION restrict_by_lead(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    shown CONSTANT text := 'lead_id IS NULL OR (SELECT hidden_leads()) IS NULL
        OR lead_id <> ALL ((SELECT hidden_leads())::uuid[])';
BEGIN
    EXECUTE format('CREATE POLICY restricted ON %s AS RESTRICTIVE TO qualify_app, qualify_owner
        USING (%s) WITH CHECK (%s)', target, shown, shown);
END $$;
SELECT restrict_by_lead(name::regclass) FROM unnest(ARRAY[
    'submissions', 'activities', 'tasks', 'notifications', 'import_changes', 'lead_scores', 'merges', 'lead_aliases'
]) AS name;

CREATE TABLE restrictions (
    organization_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    ground text NOT NULL CHECK (ground IN ('contested', 'unlawful', 'claims', 'objection')),
    names_ip boolean NOT NULL,
    since timestamptz NOT NULL,
    author_id uuid, -- null where the person did it themselves
    -- The person is told first, and then it is lifted.
    lift_announced_at timestamptz,
    PRIMARY KEY (organization_id, lead_id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE
);
SELECT tenantize('restrictions', 'SELECT, INSERT, DELETE');
GRANT UPDATE (lift_announced_at) ON restrictions TO qualify_app;
SELECT reach_by_lead('restrictions', 'ALL');
SELECT restrict_by_lead('restrictions');

-- Whoever may not restrict fails here, because their lead would be one that they must not see.
CREATE FUNCTION mark_restricted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A restriction that goes with its lead, or with its organization, leaves nothing to mark.
    IF TG_OP = 'DELETE' THEN
        -- Whoever sweeps has no right to look.
        IF current_setting('qualify.platform_task', true) = 'sweep_retention' THEN
            RETURN NULL;
        END IF;
        IF NOT EXISTS (SELECT FROM leads WHERE organization_id = OLD.organization_id AND id = OLD.lead_id) THEN
            RETURN NULL;
        END IF;
    END IF;
    UPDATE leads SET restricted = (TG_OP = 'INSERT'), version = version + 1
    WHERE organization_id = coalesce(NEW.organization_id, OLD.organization_id)
        AND id = coalesce(NEW.lead_id, OLD.lead_id);
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION mark_restricted() TO qualify_app;
CREATE TRIGGER marks_lead AFTER INSERT OR DELETE ON restrictions FOR EACH ROW EXECUTE FUNCTION mark_restricted();

-- Reports are answered by indexes alone, which hold what row security asks for, too.
DROP INDEX leads_in_reports;
CREATE INDEX leads_in_reports ON leads (organization_id, created_at)
    INCLUDE (channel, form_id, owner_id, qualified_at, won_at, restricted);
DROP INDEX leads_given_up;
CREATE INDEX leads_given_up ON leads (organization_id, stage_entered_at) INCLUDE (reason_id, owner_id, restricted)
    WHERE reason_id IS NOT NULL;

-- What looks for words does so in another role, and hides the same.
DROP FUNCTION leads_by_words(text, integer);
CREATE FUNCTION leads_by_words(sought text, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home CONSTANT uuid := current_organization();
    reached CONSTANT uuid[] := reached_owners();
    hidden CONSTANT uuid[] := coalesce(hidden_leads(), '{}');
    wanted tsquery;
BEGIN
    SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery INTO wanted
    FROM unnest(words_of(home, sought));
    IF wanted IS NULL THEN
        RETURN;
    END IF;
    -- As many hits as make it likely that there are so many leads among them: a broad look ends with these.
    IF reached IS NULL THEN
        RETURN QUERY
            SELECT DISTINCT hit.lead_id
            FROM (
                SELECT a.lead_id FROM activities AS a
                WHERE a.words @@ wanted AND a.organization_id = home AND a.lead_id <> ALL (hidden)
                LIMIT most * 3
            ) AS hit
            LIMIT most;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT DISTINCT hit.lead_id
        FROM (
            SELECT a.lead_id FROM activities AS a
            JOIN leads AS l ON l.organization_id = a.organization_id AND l.id = a.lead_id
            WHERE a.words @@ wanted AND a.organization_id = home AND a.lead_id <> ALL (hidden)
                AND (l.owner_id IS NULL OR l.owner_id = ANY (reached))
            LIMIT most * 3
        ) AS hit
        LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION hidden_leads() TO qualify_auth;
GRANT EXECUTE ON FUNCTION leads_by_words(text, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION hidden_leads OWNER TO qualify_auth;
ALTER FUNCTION leads_by_words OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;

-- Nothing is scored for leads that are restricted: else their marks would call the worker again and again.
CREATE POLICY relay ON leads FOR SELECT TO qualify_relay USING (restricted);
GRANT SELECT (organization_id, id, restricted) ON leads TO qualify_relay;
GRANT SELECT (lead_id) ON lead_scores TO qualify_relay;
DROP FUNCTION to_score(timestamptz, integer);
CREATE FUNCTION to_score(now timestamptz, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY
        SELECT DISTINCT waiting.organization_id FROM (
            (SELECT s.organization_id FROM lead_scores AS s
                WHERE s.due_at < 'infinity' AND s.due_at <= now AND NOT EXISTS (
                    SELECT FROM leads AS l WHERE l.organization_id = s.organization_id AND l.id = s.lead_id AND l.restricted
                )
                ORDER BY s.due_at LIMIT most)
            UNION ALL
            (SELECT e.organization_id FROM score_editions AS e
                WHERE e.settled_at IS NULL ORDER BY e.made_at LIMIT most)
        ) AS waiting;
END $$;
GRANT EXECUTE ON FUNCTION to_score(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION to_score OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
