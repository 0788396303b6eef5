-- Who may be the same person, and what is kept of leads that became one.

-- The same name at the same domain is perhaps the same person; an address or a number is (leads_by_email, leads_by_phone).
ALTER TABLE leads ADD name_at_domain text COLLATE "C" GENERATED ALWAYS AS (
    lower(name COLLATE "und-x-icu") || substring(lower(email COLLATE "und-x-icu") FROM '@[^@]*$')
) STORED;
CREATE INDEX leads_by_name_at_domain ON leads (organization_id, name_at_domain) WHERE name_at_domain IS NOT NULL;

-- Members make leads, too.
ALTER TABLE leads
    DROP CONSTRAINT leads_source_check,
    ADD CONSTRAINT leads_source_check CHECK (source IN ('form', 'api', 'import', 'member'));

-- A lead that was merged is gone: its row lies here whole, as does the survivor's from before and after, until nothing can
-- be undone any more. They go with the lead they were merged into, so that nobody who is erased stays behind in them.
CREATE TABLE merges (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    lead_id uuid NOT NULL, -- who holds all of it now: another than the survivor while that one is merged itself
    survivor_id uuid NOT NULL,
    merged_id uuid NOT NULL, -- refers to nothing
    at timestamptz NOT NULL,
    author_id uuid,
    author_key_id uuid,
    undone_at timestamptz,
    survivor_before jsonb,
    survivor_after jsonb,
    merged_before jsonb,
    submissions uuid[] NOT NULL DEFAULT '{}',
    activities uuid[] NOT NULL DEFAULT '{}',
    tasks uuid[] NOT NULL DEFAULT '{}',
    notifications uuid[] NOT NULL DEFAULT '{}',
    merges uuid[] NOT NULL DEFAULT '{}',
    imports jsonb NOT NULL DEFAULT '[]', -- what they had done to the lead that went
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE,
    CONSTRAINT merges_one_author CHECK (author_id IS NULL OR author_key_id IS NULL),
    CONSTRAINT merges_of_two CHECK (survivor_id <> merged_id)
);
SELECT tenantize('merges', 'SELECT, INSERT, UPDATE');
SELECT reach_by_lead('merges', 'ALL');
CREATE UNIQUE INDEX merges_by_merged ON merges (organization_id, merged_id) WHERE undone_at IS NULL;
CREATE INDEX merges_of_lead ON merges (organization_id, lead_id, at);
CREATE INDEX merges_by_age ON merges (at) WHERE merged_before IS NOT NULL;

-- By what else a person is known whose leads became one: what they write with these goes to the lead that is left.
CREATE TABLE lead_aliases (
    organization_id uuid NOT NULL,
    merge_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('email', 'phone')),
    norm text COLLATE "C" NOT NULL,
    lead_id uuid NOT NULL,
    PRIMARY KEY (organization_id, merge_id, kind, norm),
    FOREIGN KEY (organization_id, merge_id) REFERENCES merges ON DELETE CASCADE,
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE
);
SELECT tenantize('lead_aliases');
SELECT reach_by_lead('lead_aliases', 'ALL');
CREATE INDEX lead_aliases_by_norm ON lead_aliases (organization_id, norm);
CREATE INDEX lead_aliases_of_lead ON lead_aliases (organization_id, lead_id);

-- A timeline tells of merges, and moves along with them. The new key looks at the rows of all organizations.
ALTER TABLE activities NO FORCE ROW LEVEL SECURITY;
ALTER TABLE merges NO FORCE ROW LEVEL SECURITY;
ALTER TABLE activities
    ADD merge_id uuid,
    ADD FOREIGN KEY (organization_id, merge_id) REFERENCES merges ON DELETE CASCADE,
    DROP CONSTRAINT activities_kind_check,
    ADD CONSTRAINT activities_kind_check CHECK (kind IN (
        'submitted', 'noted', 'moved', 'created', 'changed', 'called', 'mailed', 'met', 'task_done', 'graded', 'merged',
        'separated')),
    ADD CONSTRAINT activities_merge CHECK ((kind IN ('merged', 'separated')) = (merge_id IS NOT NULL));
ALTER TABLE merges FORCE ROW LEVEL SECURITY;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
GRANT UPDATE (lead_id) ON activities TO qualify_app;

-- What moves from one lead to another makes the scores of both due.
CREATE FUNCTION mark_scores_of_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_score(NEW.organization_id, NEW.lead_id);
    PERFORM mark_score(OLD.organization_id, OLD.lead_id);
    RETURN NULL;
END $$;
CREATE TRIGGER score_moved AFTER UPDATE OF lead_id ON activities
    FOR EACH ROW EXECUTE FUNCTION mark_scores_of_activity();
CREATE INDEX activities_of_merge ON activities (organization_id, merge_id) WHERE merge_id IS NOT NULL;

-- What members were told of one lead, as if it had been of another: of all of it, or of these only. Beyond the member who
-- merges, whose own alone are within reach.
GRANT UPDATE (lead_id) ON notifications TO qualify_relay;
CREATE FUNCTION give_notifications(giver uuid, taker uuid, only_these uuid[]) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given uuid[];
BEGIN
    WITH moved AS (
        UPDATE notifications SET lead_id = taker
        WHERE organization_id = current_organization() AND lead_id = giver
            AND (only_these IS NULL OR id = ANY (only_these))
        RETURNING id
    )
    SELECT coalesce(array_agg(id), '{}') INTO given FROM moved;
    RETURN given;
END $$;
GRANT EXECUTE ON FUNCTION give_notifications(uuid, uuid, uuid[]) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION give_notifications OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;

-- A lead's row as it was, whatever columns leads have had added since.
CREATE FUNCTION restore_lead(image jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    names text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO STRICT names FROM pg_attribute
    WHERE attrelid = 'leads'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND image ? attname;
    EXECUTE format('INSERT INTO leads (%1$s) SELECT %1$s FROM jsonb_populate_record(NULL::leads, $1)', names) USING image;
END $$;
GRANT EXECUTE ON FUNCTION restore_lead(jsonb) TO qualify_app;

-- What cannot be undone any more is forgotten; that the old id leads to the survivor is not.
CREATE POLICY relay ON merges TO qualify_relay USING (true);
GRANT SELECT ON merges TO qualify_relay;
GRANT UPDATE (survivor_before, survivor_after, merged_before, submissions, activities, tasks, notifications, merges, imports)
    ON merges TO qualify_relay;
CREATE FUNCTION forget_merges(before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    UPDATE merges SET survivor_before = NULL, survivor_after = NULL, merged_before = NULL,
        submissions = '{}', activities = '{}', tasks = '{}', notifications = '{}', merges = '{}', imports = '[]'
    WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM merges
        WHERE merged_before IS NOT NULL AND at <= before ORDER BY at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
GRANT EXECUTE ON FUNCTION forget_merges(timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION forget_merges OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
