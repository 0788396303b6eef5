-- Passkeys (AUTH-14): public keys of authenticators that verify their user.

CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE,
    public_key bytea NOT NULL,
    state bytea NOT NULL,
    name text NOT NULL,
    added_at timestamptz NOT NULL,
    used_at timestamptz
);
SELECT platformize('passkeys');
CREATE INDEX passkeys_of_user ON passkeys (user_id, added_at);

-- What was asked of a browser's authenticator. Each row is used once, by deleting it.
CREATE TABLE passkey_ceremonies (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id uuid REFERENCES users ON DELETE CASCADE,
    state bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
SELECT platformize('passkey_ceremonies');
CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);
