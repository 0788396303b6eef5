-- Leads have scores, by rules that each organization writes itself and that are kept version by version, so that a score
-- can always say by which rules it came.

CREATE TABLE score_editions (
    organization_id uuid NOT NULL REFERENCES organizations,
    version integer NOT NULL CHECK (version > 0),
    book jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    author_id uuid,
    author_key_id uuid,
    settled_at timestamptz,
    PRIMARY KEY (organization_id, version),
    CONSTRAINT score_editions_one_author CHECK (author_id IS NULL OR author_key_id IS NULL)
);
SELECT tenantize('score_editions', 'SELECT, INSERT');
GRANT UPDATE (settled_at) ON score_editions TO qualify_app;
CREATE INDEX score_editions_unsettled ON score_editions (made_at) WHERE settled_at IS NULL;

-- What a member is working on; nothing is scored by it.
CREATE TABLE score_drafts (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    base integer NOT NULL,
    book jsonb NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES memberships ON DELETE CASCADE
);
SELECT tenantize('score_drafts');

-- Nobody scored yet stands at nought: that is the sum of no lines.
ALTER TABLE leads
    ADD fit smallint NOT NULL DEFAULT 0 CHECK (fit BETWEEN 0 AND 100),
    ADD engagement smallint NOT NULL DEFAULT 0 CHECK (engagement BETWEEN 0 AND 100),
    ADD grade text COLLATE "C" NOT NULL DEFAULT 'D4' CHECK (grade ~ '^[A-D][1-4]$'),
    ADD marked boolean NOT NULL DEFAULT false;
-- By what lists are sorted: the grade, and within it how many points are missing; so that the best comes first.
ALTER TABLE leads ADD standing text COLLATE "C" GENERATED ALWAYS AS (
    grade || lpad((200 - fit - engagement)::text, 3, '0')
) STORED;
CREATE INDEX leads_by_standing ON leads (organization_id, standing, id);

-- Why a lead stands where it does, and when that is due to be looked at again: -infinity is as soon as may be. It is
-- beside the lead, so that a mark does not write into every index the lead has.
CREATE TABLE lead_scores (
    organization_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    changes integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    version integer,
    scored_at timestamptz,
    breakdown jsonb,
    PRIMARY KEY (organization_id, lead_id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE,
    CONSTRAINT lead_scores_whole CHECK (num_nulls(version, scored_at, breakdown) IN (0, 3))
);
SELECT tenantize('lead_scores', 'SELECT, INSERT, UPDATE');
SELECT reach_by_lead('lead_scores', 'SELECT');
CREATE INDEX lead_scores_due ON lead_scores (due_at) WHERE due_at < 'infinity';
CREATE INDEX lead_scores_due_here ON lead_scores (organization_id, due_at) WHERE due_at < 'infinity';
CREATE INDEX lead_scores_by_version ON lead_scores (organization_id, version, lead_id);

-- Whoever changes what a rule may speak of, by whatever way, makes the score due in the same transaction: no way can
-- forget it, and a hundred changes of one lead are one score.
CREATE FUNCTION mark_score(organization uuid, lead uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO lead_scores AS s (organization_id, lead_id, due_at) VALUES (organization, lead, '-infinity')
    ON CONFLICT (organization_id, lead_id) DO UPDATE SET due_at = '-infinity', changes = s.changes + 1
$$;
GRANT EXECUTE ON FUNCTION mark_score(uuid, uuid) TO qualify_app;

CREATE FUNCTION mark_score_of_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_score(NEW.organization_id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER score_new AFTER INSERT ON leads FOR EACH ROW EXECUTE FUNCTION mark_score_of_lead();
CREATE TRIGGER score_changed
    AFTER UPDATE OF name, email, phone, phone_e164, company, tags, properties, form_id, source, first_touch, last_touch
    ON leads
    FOR EACH ROW WHEN (
        (OLD.name IS NULL) <> (NEW.name IS NULL) OR OLD.email IS DISTINCT FROM NEW.email
        OR (OLD.phone IS NULL) <> (NEW.phone IS NULL) OR OLD.phone_e164 IS DISTINCT FROM NEW.phone_e164
        OR (OLD.company IS NULL) <> (NEW.company IS NULL) OR OLD.tags <> NEW.tags OR OLD.properties <> NEW.properties
        OR OLD.form_id IS DISTINCT FROM NEW.form_id OR OLD.source <> NEW.source
        OR OLD.first_touch <> NEW.first_touch OR OLD.last_touch <> NEW.last_touch
    ) EXECUTE FUNCTION mark_score_of_lead();

CREATE FUNCTION mark_score_of_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_score(NEW.organization_id, NEW.lead_id);
    RETURN NULL;
END $$;
CREATE TRIGGER score_happened AFTER INSERT ON activities
    FOR EACH ROW WHEN (NEW.kind IN ('submitted', 'noted', 'moved', 'called', 'mailed', 'met'))
    EXECUTE FUNCTION mark_score_of_activity();

-- A timeline tells when a grade became another.
ALTER TABLE activities
    ADD from_grade text CHECK (from_grade ~ '^[A-D][1-4]$'),
    ADD to_grade text CHECK (to_grade ~ '^[A-D][1-4]$'),
    ADD CONSTRAINT activities_grades CHECK ((kind = 'graded') = (from_grade IS NOT NULL AND to_grade IS NOT NULL)),
    DROP CONSTRAINT activities_kind_check,
    ADD CONSTRAINT activities_kind_check CHECK (kind IN (
        'submitted', 'noted', 'moved', 'created', 'changed', 'called', 'mailed', 'met', 'task_done', 'graded'));

-- Where leads wait to be scored, of all organizations; no more than that.
CREATE POLICY relay ON lead_scores FOR SELECT TO qualify_relay USING (true);
CREATE POLICY relay ON score_editions FOR SELECT TO qualify_relay USING (true);
GRANT SELECT (organization_id, due_at) ON lead_scores TO qualify_relay;
GRANT SELECT (organization_id, made_at, settled_at) ON score_editions TO qualify_relay;

CREATE FUNCTION to_score(now timestamptz, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('relay_outbox');
    RETURN QUERY
        SELECT DISTINCT waiting.organization_id FROM (
            (SELECT s.organization_id FROM lead_scores AS s
                WHERE s.due_at < 'infinity' AND s.due_at <= now ORDER BY s.due_at LIMIT most)
            UNION ALL
            (SELECT e.organization_id FROM score_editions AS e
                WHERE e.settled_at IS NULL ORDER BY e.made_at LIMIT most)
        ) AS waiting;
END $$;
GRANT EXECUTE ON FUNCTION to_score(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION to_score OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

-- The leads that are there are scored by the worker, by the rules with which an organization begins.
ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lead_scores NO FORCE ROW LEVEL SECURITY;
INSERT INTO lead_scores (organization_id, lead_id, due_at) SELECT organization_id, id, '-infinity' FROM leads;
ALTER TABLE leads FORCE ROW LEVEL SECURITY;
ALTER TABLE lead_scores FORCE ROW LEVEL SECURITY;
