-- An organization has a public address, by which people ask what is theirs by right. The word in it is its own: no two
-- organizations have the same one. A key would have to leave the organization out (RLS-5), so that is seen to where words are
-- given, one at a time.

-- The rows that are there belong to many organizations; until the end of this transaction their owner sees them all.
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations ADD slug text;
-- What comes from a name, as Slug::of_name in the domain says it, and a tail where others would have the same.
WITH words AS (
    SELECT organization_id, created_at, rtrim(left(trim(BOTH '-' FROM regexp_replace(
        replace(replace(replace(translate(lower(name COLLATE "und-x-icu"), 'àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ', 'aaaaaaceeeeiiiinoooooouuuuyy'),
            'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'),
        '[^a-z0-9]+', '-', 'g'
    )), 33), '-') AS word
    FROM organizations
), named AS (
    SELECT organization_id, created_at, CASE WHEN length(word) < 3 THEN 'organization' ELSE word END AS word FROM words
), numbered AS (
    SELECT organization_id, word, row_number() OVER (PARTITION BY word ORDER BY created_at, organization_id) AS place
    FROM named
)
UPDATE organizations AS o
SET slug = word || CASE WHEN place = 1 THEN '' ELSE '-' || right(replace(o.organization_id::text, '-', ''), 6) END
FROM numbered AS n WHERE n.organization_id = o.organization_id;
ALTER TABLE organizations
    ALTER slug SET NOT NULL,
    -- Where nobody gives a word, it is one that nobody guesses.
    ALTER slug SET DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 30),
    ADD CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) BETWEEN 3 AND 40),
    -- Which rights it serves without a member's yes.
    ADD automatic_rights text[] NOT NULL DEFAULT '{access,portability}';
CREATE INDEX organizations_by_slug ON organizations (slug);
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;

CREATE FUNCTION resolve_slug(word text) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('resolve_organization');
    RETURN (SELECT organization_id FROM organizations WHERE slug = word);
END $$;

-- The word if it is free for the current organization, else the word with the tail. Whoever asks goes on alone until the end
-- of their work.
CREATE FUNCTION free_slug(word text, tail text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('slug', 0));
    IF EXISTS (
        SELECT FROM organizations WHERE slug = word AND organization_id <> (SELECT current_organization())
    ) THEN
        RETURN concat_ws('-', word, tail);
    END IF;
    RETURN word;
END $$;

GRANT EXECUTE ON FUNCTION resolve_slug(text), free_slug(text, text) TO qualify_app;
GRANT EXECUTE ON FUNCTION current_organization() TO qualify_auth;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION resolve_slug OWNER TO qualify_auth;
ALTER FUNCTION free_slug OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
