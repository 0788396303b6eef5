-- Who is invited into an organization, as what. An invitation ends by being deleted: accepted, withdrawn or put in the place
-- of another; the audit trail tells which. Its link leads here by the token's id, and by no other.

CREATE TABLE invitations (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    token_id uuid NOT NULL,
    email text NOT NULL,
    email_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(email COLLATE "und-x-icu")) STORED,
    roles text[] NOT NULL CHECK (
        roles <@ ARRAY['owner', 'admin', 'manager', 'agent', 'viewer', 'privacy_officer', 'billing']
        AND cardinality(roles) > 0
    ),
    invited_by uuid NOT NULL,
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, token_id),
    UNIQUE (organization_id, email_norm)
);
SELECT tenantize('invitations');
