-- The search looks through messages and notes, and what came of a task. The title of one that is merely planned, changed, taken up
-- again or removed is no such thing: the same words, again and again, would crowd out what was said.
CREATE OR REPLACE FUNCTION keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.words := CASE
        WHEN NEW.kind IN ('task_made', 'task_changed', 'task_reopened', 'task_removed') THEN NULL
        WHEN NEW.note IS NOT NULL THEN words_of(NEW.organization_id, NEW.note)
        WHEN NEW.submission_id IS NOT NULL THEN (
            SELECT words_of(NEW.organization_id, s.message) FROM submissions AS s
            WHERE s.organization_id = NEW.organization_id AND s.id = NEW.submission_id AND s.message IS NOT NULL
        )
    END;
    RETURN NEW;
END $$;
