-- When and from where accounts were used: shown to their owners for 90 days (RET-4). Beside submissions, the only place
-- with network addresses, and the only one with browsers' names (DAT-4). A guess at an account that does not exist
-- leaves nothing here.

CREATE TABLE connection_events (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id uuid,
    kind text NOT NULL CHECK (kind IN ('sign_in', 'failure', 'refresh', 'sign_out', 'revoked')),
    occurred_at timestamptz NOT NULL,
    ip inet,
    user_agent text CHECK (length(user_agent) <= 300),
    CHECK (session_id IS NOT NULL OR kind = 'failure')
);
SELECT platformize('connection_events');
CREATE INDEX connection_events_of_user ON connection_events (user_id, occurred_at DESC, id DESC);
CREATE INDEX connection_events_of_session ON connection_events (session_id, occurred_at DESC)
    WHERE kind IN ('sign_in', 'refresh');
