-- Which versions of the processing agreement an organization accepted (PRV-7): by whom, when, and the hash of what they read.
CREATE TABLE agreements (
    organization_id uuid NOT NULL REFERENCES organizations,
    version smallint NOT NULL CHECK (version > 0),
    language text NOT NULL,
    hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    accepted_by uuid NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, version)
);
SELECT tenantize('agreements', 'SELECT, INSERT');
