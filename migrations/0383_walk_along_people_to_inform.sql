-- Whoever waits to be told that their data is kept is walked along in the order in which they came, part by part: a file may have
-- brought a million of them, many at one moment.
DROP INDEX leads_to_inform;
CREATE INDEX leads_to_inform ON leads (organization_id, created_at, id)
    WHERE source IN ('api', 'import') AND informed_on IS NULL;
