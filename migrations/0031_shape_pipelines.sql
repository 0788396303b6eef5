-- Several pipelines that an organization shapes itself, why leads are given up, and how long they stood where.

ALTER TABLE pipelines
    ADD version integer NOT NULL DEFAULT 1,
    ADD retired_at timestamptz,
    DROP CONSTRAINT pipelines_organization_id_position_key;

-- A stage that is taken out of its pipeline stays, because timelines tell of it.
ALTER TABLE stages
    ADD stale_after_days integer CHECK (stale_after_days BETWEEN 1 AND 365),
    ADD retired_at timestamptz,
    DROP CONSTRAINT stages_organization_id_pipeline_id_position_key;
CREATE INDEX stages_of_pipeline ON stages (organization_id, pipeline_id, position);

-- Why a lead is given up. One that is taken off the list stays, because leads were given up for it.
CREATE TABLE reasons (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    name text NOT NULL,
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name COLLATE "und-x-icu")) STORED,
    position integer NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, name_norm)
);
SELECT tenantize('reasons', 'SELECT, INSERT, UPDATE');

-- A new key looks at the rows that are there, which belong to many organizations; until the end of this transaction their
-- owner sees them all.
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE reasons NO FORCE ROW LEVEL SECURITY;
ALTER TABLE leads NO FORCE ROW LEVEL SECURITY;
ALTER TABLE activities NO FORCE ROW LEVEL SECURITY;

ALTER TABLE leads
    ADD reason_id uuid,
    ADD FOREIGN KEY (organization_id, reason_id) REFERENCES reasons;

-- What else a timeline tells: how long the lead stood where it left, why it was given up, what of it changed.
ALTER TABLE activities
    ADD spent_seconds bigint CHECK (spent_seconds >= 0),
    ADD reason_id uuid,
    ADD fields text[] NOT NULL DEFAULT '{}',
    ADD FOREIGN KEY (organization_id, reason_id) REFERENCES reasons,
    DROP CONSTRAINT activities_kind_check,
    ADD CONSTRAINT activities_kind_check CHECK (kind IN (
        'submitted', 'noted', 'moved', 'created', 'changed', 'called', 'mailed', 'met')),
    ADD CONSTRAINT activities_words CHECK (kind NOT IN ('called', 'mailed', 'met') OR note IS NOT NULL);

-- The organizations that are there begin with the usual reasons, in their language.
INSERT INTO reasons (organization_id, id, name, position)
SELECT o.organization_id, gen_random_uuid(), usual.name, usual.place
FROM organizations AS o, LATERAL unnest(CASE WHEN o.language = 'fr'
    THEN ARRAY['Pas de budget', 'Pas le bon moment', 'A choisi un concurrent', 'Injoignable', 'Hors cible', 'Doublon ou test']
    ELSE ARRAY['No budget', 'Not now', 'Chose a competitor', 'Cannot be reached', 'Not a fit', 'Duplicate or test']
END) WITH ORDINALITY AS usual (name, place);
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE reasons FORCE ROW LEVEL SECURITY;
ALTER TABLE leads FORCE ROW LEVEL SECURITY;
ALTER TABLE activities FORCE ROW LEVEL SECURITY;
