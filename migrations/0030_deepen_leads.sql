-- What a lead knows beside how to reach its person: the company, what the organization itself asks for, tags, since when it
-- stands where it stands, and its place on the board.

CREATE TABLE properties (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    version integer NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    purpose text NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'text', 'long_text', 'number', 'date', 'choice', 'multiple_choice', 'checkbox', 'url')),
    choices text[] NOT NULL CHECK ((kind IN ('choice', 'multiple_choice')) = (cardinality(choices) > 0)),
    position integer NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, key)
);
SELECT tenantize('properties');

ALTER TABLE leads
    ADD company text,
    ADD company_norm text COLLATE "C" GENERATED ALWAYS AS (lower(company COLLATE "und-x-icu")) STORED,
    ADD properties jsonb NOT NULL DEFAULT '{}',
    ADD tags text[] NOT NULL DEFAULT '{}',
    ADD rank text COLLATE "C",
    ADD stage_entered_at timestamptz,
    ADD last_activity_at timestamptz;

-- The rows that are there belong to many organizations; until the end of this transaction their owner sees them all.
-- A place on the board that nobody chose puts the newest first: sixteen hexadecimal digits that fall as time goes on, and
-- an 8, because no place ends with a 0 (domain/src/rank.rs).
ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE activities NO FORCE ROW LEVEL SECURITY;
UPDATE leads SET
    rank = lpad(to_hex(4611686018427387904 - floor(extract(epoch FROM created_at) * 1000000)::bigint), 16, '0') || '8',
    stage_entered_at = coalesce((
        SELECT max(at) FROM activities AS a
        WHERE a.organization_id = leads.organization_id AND a.lead_id = leads.id AND a.to_stage_id = leads.stage_id
    ), created_at),
    last_activity_at = greatest(last_submission_at, (
        SELECT max(at) FROM activities AS a
        WHERE a.organization_id = leads.organization_id AND a.lead_id = leads.id
    ));
ALTER TABLE leads FORCE ROW LEVEL SECURITY;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
ALTER TABLE leads ALTER rank SET NOT NULL, ALTER stage_entered_at SET NOT NULL, ALTER last_activity_at SET NOT NULL;

CREATE INDEX leads_by_company ON leads (organization_id, company_norm);
CREATE INDEX leads_on_board ON leads (organization_id, stage_id, rank, id);
CREATE INDEX leads_on_board_of_owner ON leads (organization_id, owner_id, stage_id, rank, id);
