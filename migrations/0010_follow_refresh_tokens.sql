-- Which token took the place of another, and whether its browser ever received it: so that an answer that was lost on the
-- way signs nobody out, and a token that was stolen is noticed (SES-6).

ALTER TABLE refresh_tokens
    ADD successor_id uuid,
    ADD acknowledged_at timestamptz,
    ADD revoked_at timestamptz;

-- The keys that sign access tokens (SES-3). Only their names stand here: the keys themselves are derived from the
-- installation's key ring.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    ring_key text NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL
);
SELECT platformize('signing_keys');
