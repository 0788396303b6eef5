-- What reports count: where people came from, when each lead first was qualified and won, and indexes that answer without
-- looking at the rows.

-- The website of an address, as people say it.
CREATE FUNCTION site_of(address text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT lower(substring(address FROM '^[A-Za-z]+://(?:www\.)?([^/:?#]+)') COLLATE "und-x-icu") $$;

-- Where a visit came from, as one word: the campaign that its address names, else the advertisement, else the other website
-- that linked, else nothing known.
CREATE FUNCTION channel_of(
    campaign text, google text, facebook text, microsoft text, referrer text, landing text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN campaign <> '' THEN 'campaign:' || lower(campaign COLLATE "und-x-icu")
        WHEN google <> '' THEN 'ad:google'
        WHEN facebook <> '' THEN 'ad:facebook'
        WHEN microsoft <> '' THEN 'ad:microsoft'
        WHEN site_of(referrer) <> coalesce(site_of(landing), '') THEN 'site:' || site_of(referrer)
        ELSE 'direct'
    END
$$;
GRANT EXECUTE ON FUNCTION site_of(text), channel_of(text, text, text, text, text, text) TO qualify_app;

ALTER TABLE submissions ADD channel text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    channel_of(utm_source, gclid, fbclid, msclkid, referrer, coalesce(landing_page, page))
) STORED;

ALTER TABLE leads
    -- A program may tell what it knows of a visit, too; else it is the program itself.
    ADD channel text COLLATE "C" NOT NULL GENERATED ALWAYS AS (CASE
        WHEN source = 'form' OR channel_of(
            first_touch ->> 'source', first_touch ->> 'gclid', first_touch ->> 'fbclid', first_touch ->> 'msclkid',
            first_touch ->> 'referrer', coalesce(first_touch ->> 'landing_page', first_touch ->> 'page')
        ) <> 'direct' THEN channel_of(
            first_touch ->> 'source', first_touch ->> 'gclid', first_touch ->> 'fbclid', first_touch ->> 'msclkid',
            first_touch ->> 'referrer', coalesce(first_touch ->> 'landing_page', first_touch ->> 'page')
        )
        ELSE source
    END) STORED,
    -- When it first stood in a stage that meant so then. Who was won was qualified.
    ADD qualified_at timestamptz,
    ADD won_at timestamptz;

-- The rows that are there belong to many organizations; until the end of this transaction their owner sees them all.
ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE activities NO FORCE ROW LEVEL SECURITY;
ALTER TABLE stages NO FORCE ROW LEVEL SECURITY;
UPDATE leads AS l SET qualified_at = reached.qualified, won_at = reached.won
FROM (
    SELECT organization_id, lead_id, min(at) AS qualified, min(at) FILTER (WHERE kind = 'won') AS won
    FROM (
        SELECT a.organization_id, a.lead_id, a.at, s.kind
        FROM activities AS a JOIN stages AS s ON s.organization_id = a.organization_id AND s.id = a.to_stage_id
        WHERE a.kind = 'moved'
        UNION ALL
        SELECT l.organization_id, l.id, l.stage_entered_at, s.kind
        FROM leads AS l JOIN stages AS s ON s.organization_id = l.organization_id AND s.id = l.stage_id
    ) AS stood
    WHERE kind IN ('qualified', 'won')
    GROUP BY organization_id, lead_id
) AS reached
WHERE reached.organization_id = l.organization_id AND reached.lead_id = l.id;
ALTER TABLE stages FORCE ROW LEVEL SECURITY;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
ALTER TABLE leads FORCE ROW LEVEL SECURITY;

-- Whoever moves a lead, by whatever way, sets its marks.
CREATE FUNCTION mark_milestones() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    meant text;
BEGIN
    IF NEW.qualified_at IS NULL OR NEW.won_at IS NULL THEN
        SELECT kind INTO meant FROM stages WHERE organization_id = NEW.organization_id AND id = NEW.stage_id;
        IF meant IN ('qualified', 'won') THEN
            NEW.qualified_at := coalesce(NEW.qualified_at, NEW.stage_entered_at);
        END IF;
        IF meant = 'won' THEN
            NEW.won_at := coalesce(NEW.won_at, NEW.stage_entered_at);
        END IF;
    END IF;
    RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION mark_milestones() TO qualify_app;
CREATE TRIGGER milestones_new BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION mark_milestones();
CREATE TRIGGER milestones_moved BEFORE UPDATE OF stage_id ON leads
    FOR EACH ROW WHEN (NEW.stage_id <> OLD.stage_id) EXECUTE FUNCTION mark_milestones();

-- Moves that go along with a merge, or come back from one, are counted again on both sides.
CREATE FUNCTION count_milestones(home uuid, lead uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE leads AS l SET qualified_at = reached.qualified, won_at = reached.won
    FROM (
        SELECT min(at) AS qualified, min(at) FILTER (WHERE kind = 'won') AS won
        FROM (
            SELECT a.at, s.kind
            FROM activities AS a JOIN stages AS s ON s.organization_id = home AND s.id = a.to_stage_id
            WHERE a.organization_id = home AND a.lead_id = lead AND a.kind = 'moved'
            UNION ALL
            SELECT o.stage_entered_at, s.kind
            FROM leads AS o JOIN stages AS s ON s.organization_id = home AND s.id = o.stage_id
            WHERE o.organization_id = home AND o.id = lead
        ) AS stood
        WHERE kind IN ('qualified', 'won')
    ) AS reached
    WHERE l.organization_id = home AND l.id = lead
$$;
CREATE FUNCTION move_milestones() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_milestones(NEW.organization_id, NEW.lead_id);
    PERFORM count_milestones(OLD.organization_id, OLD.lead_id);
    RETURN NULL;
END $$;
GRANT EXECUTE ON FUNCTION count_milestones(uuid, uuid), move_milestones() TO qualify_app;
CREATE TRIGGER milestones_with_merge AFTER UPDATE OF lead_id ON activities
    FOR EACH ROW WHEN (NEW.kind = 'moved' AND NEW.lead_id <> OLD.lead_id) EXECUTE FUNCTION move_milestones();

-- Each holds all that its report asks for, and what row security asks for beside it.
CREATE INDEX leads_in_reports ON leads (organization_id, created_at)
    INCLUDE (channel, form_id, owner_id, qualified_at, won_at);
CREATE INDEX leads_given_up ON leads (organization_id, stage_entered_at) INCLUDE (reason_id, owner_id)
    WHERE reason_id IS NOT NULL;
CREATE INDEX submissions_in_reports ON submissions (organization_id, received_at) INCLUDE (channel, form_id, lead_id)
    WHERE verdict = 'accepted';
CREATE INDEX moves_in_reports ON activities (organization_id, at) INCLUDE (from_stage_id, spent_seconds, lead_id)
    WHERE kind = 'moved' AND spent_seconds IS NOT NULL;
CREATE INDEX work_in_reports ON activities (organization_id, at) INCLUDE (author_id, kind, lead_id)
    WHERE author_id IS NOT NULL;
