-- PRV-2: every version of the privacy policy that was published, in each language. None is ever changed or lost.

CREATE TABLE policy_versions (
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    number integer NOT NULL CHECK (number > 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    text text NOT NULL CHECK (text <> ''),
    effective_from timestamptz NOT NULL,
    PRIMARY KEY (language, number)
);
SELECT platformize('policy_versions');
REVOKE UPDATE, DELETE ON policy_versions FROM qualify_app;
