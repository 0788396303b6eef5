-- Orders of the list that an index serves, and the search in what was written.

DROP INDEX leads_by_name;
CREATE INDEX leads_by_name ON leads (organization_id, name_norm, id);
CREATE INDEX leads_by_last_submission ON leads (organization_id, last_submission_at DESC, id DESC);

-- Words as the search keeps them: in lower case, whatever the language, each behind a mark of its organization. A look for
-- one organization's words so never walks along another's, and costs what its own hits cost. The mark is a shortcut, no
-- protection: whoever looks filters by the organization itself.
CREATE FUNCTION words_of(organization uuid, said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT left(md5(organization::text), 8) || lexeme FROM unnest(to_tsvector('simple', said))
    ))
$$;
GRANT EXECUTE ON FUNCTION words_of(uuid, text) TO qualify_app, qualify_auth;

-- What a timeline's entry says: a note's text, a submission's message. Neither who wrote it nor from where (RET-3). It is
-- written with the entry, by the worker: no visitor waits for it.
ALTER TABLE activities ADD words tsvector;
CREATE FUNCTION keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.words := CASE
        WHEN NEW.note IS NOT NULL THEN words_of(NEW.organization_id, NEW.note)
        WHEN NEW.submission_id IS NOT NULL THEN (
            SELECT words_of(NEW.organization_id, s.message) FROM submissions AS s
            WHERE s.organization_id = NEW.organization_id AND s.id = NEW.submission_id AND s.message IS NOT NULL
        )
    END;
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION keep_words() TO qualify_app;
CREATE TRIGGER keep_words BEFORE INSERT OR UPDATE OF note, submission_id ON activities
    FOR EACH ROW EXECUTE FUNCTION keep_words();

-- The rows that are there belong to many organizations; until the end of this transaction their owner sees them all.
ALTER TABLE activities NO FORCE ROW LEVEL SECURITY;
ALTER TABLE submissions NO FORCE ROW LEVEL SECURITY;
UPDATE activities SET note = note WHERE note IS NOT NULL OR submission_id IS NOT NULL;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
ALTER TABLE submissions FORCE ROW LEVEL SECURITY;
CREATE INDEX activities_by_words ON activities USING gin (words) WITH (fastupdate = off);

-- The leads in whose messages and notes words stand that begin with all of these: of the current organization, and as far
-- as the transaction reaches, because nothing else filters here (RLS-6).
CREATE POLICY auth ON activities FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON leads FOR SELECT TO qualify_auth USING (true);
GRANT SELECT ON activities, leads TO qualify_auth;
GRANT EXECUTE ON FUNCTION reached_owners() TO qualify_auth;
CREATE FUNCTION leads_by_words(sought text, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home CONSTANT uuid := current_organization();
    reached CONSTANT uuid[] := reached_owners();
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
                SELECT a.lead_id FROM activities AS a WHERE a.words @@ wanted AND a.organization_id = home LIMIT most * 3
            ) AS hit
            LIMIT most;
        RETURN;
    END IF;
    RETURN QUERY
        SELECT DISTINCT hit.lead_id
        FROM (
            SELECT a.lead_id FROM activities AS a
            JOIN leads AS l ON l.organization_id = a.organization_id AND l.id = a.lead_id
            WHERE a.words @@ wanted AND a.organization_id = home
                AND (l.owner_id IS NULL OR l.owner_id = ANY (reached))
            LIMIT most * 3
        ) AS hit
        LIMIT most;
END $$;
GRANT EXECUTE ON FUNCTION leads_by_words(text, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION leads_by_words OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
