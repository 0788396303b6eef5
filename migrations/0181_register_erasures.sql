-- What is left of a lead that was erased: its id, when and on which ground. A restore from a backup goes by it, so that nobody
-- comes back (RET-17); the certificate stays with the register of what people asked for, and counts what went. Neither leads
-- to anybody: the id stands nowhere else any more.

CREATE TABLE tombstones (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL, -- the lead's
    at timestamptz NOT NULL,
    ground text NOT NULL CHECK (ground IN ('asked', 'not_needed', 'withdrawn', 'objected', 'unlawful', 'duty')),
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('tombstones', 'SELECT, INSERT');
CREATE INDEX tombstones_by_time ON tombstones (at);

CREATE TABLE erasures (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL, -- the lead's
    at timestamptz NOT NULL,
    ground text NOT NULL CHECK (ground IN ('asked', 'not_needed', 'withdrawn', 'objected', 'unlawful', 'duty')),
    counts jsonb NOT NULL, -- how many rows of which table
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('erasures', 'SELECT, INSERT');
CREATE INDEX erasures_newest ON erasures (organization_id, at DESC, id DESC);
CREATE INDEX erasures_by_expiry ON erasures (expires_at);

SELECT sweep_table('tombstone', 'tombstones', 'organization_id, id', 'at');
SELECT sweep_table('erasure', 'erasures', 'organization_id, id', 'expires_at');
