-- How often something was tried: sign-ins by address and by source, mails that anybody can ask for. The keys are keyed
-- digests, so that nobody can read from here who tried what, and addresses without an account look like the others.

CREATE TABLE throttles (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    failures integer NOT NULL CHECK (failures >= 0),
    times timestamptz[] NOT NULL,
    expires_at timestamptz
);
SELECT platformize('throttles');
CREATE INDEX throttles_expired ON throttles (expires_at) WHERE expires_at IS NOT NULL;
