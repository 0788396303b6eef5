-- Second factors of people with a login (AUTH-13, AUTH-14).

-- The secret of an authenticator app, sealed with a key that is not in the database.
CREATE TABLE totp_secrets (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    key_id text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL,
    failures integer NOT NULL CHECK (failures BETWEEN 0 AND 100)
);
SELECT platformize('totp_secrets');

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, digest)
);
SELECT platformize('recovery_codes');

-- Between a right password and a session. The browser holds 256 random bits; without a second factor they open nothing.
CREATE TABLE sign_in_challenges (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    tries smallint NOT NULL CHECK (tries >= 0)
);
SELECT platformize('sign_in_challenges');
CREATE INDEX sign_in_challenges_of_user ON sign_in_challenges (user_id);
