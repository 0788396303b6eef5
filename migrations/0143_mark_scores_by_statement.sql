-- What makes a score due is marked by one statement for all rows that another one wrote, and by one whose plan is kept: a
-- function in SQL that a trigger calls for each row is planned for each row.
CREATE FUNCTION mark_scores_of_new_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A statement that writes activities of the same leads has perhaps marked them before.
    INSERT INTO lead_scores (organization_id, lead_id, due_at) SELECT organization_id, id, '-infinity' FROM made
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
DROP TRIGGER score_new ON leads;
CREATE TRIGGER score_new AFTER INSERT ON leads REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION mark_scores_of_new_leads();

CREATE OR REPLACE FUNCTION mark_score_of_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lead_scores AS s (organization_id, lead_id, due_at) VALUES (NEW.organization_id, NEW.id, '-infinity')
    ON CONFLICT (organization_id, lead_id) DO UPDATE SET due_at = '-infinity', changes = s.changes + 1;
    RETURN NULL;
END $$;

-- In the order of the leads, so that two who write of the same ones wait for each other and not in a circle.
CREATE FUNCTION mark_scores_of_new_activities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lead_scores AS s (organization_id, lead_id, due_at)
    SELECT DISTINCT organization_id, lead_id, '-infinity'::timestamptz FROM made
    WHERE kind IN ('submitted', 'noted', 'moved', 'called', 'mailed', 'met')
    ORDER BY organization_id, lead_id
    ON CONFLICT (organization_id, lead_id) DO UPDATE SET due_at = '-infinity', changes = s.changes + 1;
    RETURN NULL;
END $$;
DROP TRIGGER score_happened ON activities;
CREATE TRIGGER score_happened AFTER INSERT ON activities REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION mark_scores_of_new_activities();

CREATE OR REPLACE FUNCTION mark_scores_of_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lead_scores AS s (organization_id, lead_id, due_at)
    SELECT NEW.organization_id, lead, '-infinity'::timestamptz FROM unnest(ARRAY[NEW.lead_id, OLD.lead_id]) AS lead
    GROUP BY lead ORDER BY lead
    ON CONFLICT (organization_id, lead_id) DO UPDATE SET due_at = '-infinity', changes = s.changes + 1;
    RETURN NULL;
END $$;

GRANT EXECUTE ON FUNCTION mark_scores_of_new_leads(), mark_scores_of_new_activities() TO qualify_app;
DROP FUNCTION mark_score_of_activity();
DROP FUNCTION mark_score(uuid, uuid);

-- What holds no words is not asked for them.
DROP TRIGGER keep_words ON activities;
CREATE TRIGGER keep_words BEFORE INSERT ON activities
    FOR EACH ROW WHEN (NEW.note IS NOT NULL OR NEW.submission_id IS NOT NULL) EXECUTE FUNCTION keep_words();
CREATE TRIGGER keep_words_changed BEFORE UPDATE OF note, submission_id ON activities
    FOR EACH ROW EXECUTE FUNCTION keep_words();
