-- Addresses to which nothing goes that their owners did not ask for since (DSR-11): keyed hashes, by which an address is known
-- when it comes again, and from which nobody can tell it. They outlive the leads of these people; that is what they are for.

CREATE TABLE suppressions (
    organization_id uuid NOT NULL REFERENCES organizations,
    address bytea NOT NULL CHECK (octet_length(address) = 32),
    ground text NOT NULL CHECK (ground IN ('objection', 'withdrawal', 'erasure')),
    since timestamptz NOT NULL,
    PRIMARY KEY (organization_id, address)
);
SELECT tenantize('suppressions', 'SELECT, INSERT, UPDATE');
