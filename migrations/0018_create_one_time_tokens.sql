-- One-time tokens (AUTH-11): what the link of a mail carries. The link is derived from kind and id by a key that is not in
-- the database, and found again by its digest. A token is used by being deleted.

CREATE TABLE one_time_tokens (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('sign_up', 'reset', 'email_change', 'invitation')),
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    email text NOT NULL,
    email_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(email COLLATE "und-x-icu")) STORED,
    user_id uuid REFERENCES users ON DELETE CASCADE,
    home_id uuid REFERENCES organizations ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK ((user_id IS NOT NULL) = (kind = 'email_change')),
    CHECK ((home_id IS NOT NULL) = (kind = 'invitation'))
);
SELECT platformize('one_time_tokens');
CREATE INDEX one_time_tokens_to_address ON one_time_tokens (email_norm, kind);
CREATE INDEX one_time_tokens_of_user ON one_time_tokens (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX one_time_tokens_of_home ON one_time_tokens (home_id) WHERE home_id IS NOT NULL;
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

-- Who signed up and has not proven their mailbox: neither an account nor an organization yet, only the id it will have.
CREATE TABLE pending_sign_ups (
    token_id uuid PRIMARY KEY REFERENCES one_time_tokens ON DELETE CASCADE,
    home_id uuid NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    organization text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'fr'))
);
SELECT platformize('pending_sign_ups');
