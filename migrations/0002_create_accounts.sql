-- People with a login, and their sessions. They belong to no organization; a membership ties them to one.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    email_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(email COLLATE "und-x-icu")) STORED UNIQUE,
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    created_at timestamptz NOT NULL
);
SELECT platformize('users');

CREATE TABLE passwords (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    hash text NOT NULL,
    pepper text NOT NULL
);
SELECT platformize('passwords');

CREATE TABLE organizations (
    organization_id uuid PRIMARY KEY,
    name text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    created_at timestamptz NOT NULL
);
SELECT tenantize('organizations', 'SELECT, INSERT, UPDATE');

CREATE TABLE memberships (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id uuid NOT NULL REFERENCES users,
    roles text[] NOT NULL CHECK (
        roles <@ ARRAY['owner', 'admin', 'manager', 'agent', 'viewer', 'privacy_officer', 'billing']
    ),
    notify_new_leads boolean NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
SELECT tenantize('memberships');
CREATE INDEX memberships_of_user ON memberships (user_id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    current_organization_id uuid NOT NULL REFERENCES organizations,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
SELECT platformize('sessions');
CREATE INDEX sessions_of_user ON sessions (user_id, created_at);

CREATE TABLE refresh_tokens (
    id uuid PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    rotated_at timestamptz
);
SELECT platformize('refresh_tokens');
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
