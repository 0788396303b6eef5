-- What whoever runs the installation says of a breach is not changed by whom it is told to, and
-- support that an organization ended stays ended.

REVOKE UPDATE ON breach_notices FROM qualify_app;
GRANT UPDATE (told_at) ON breach_notices TO qualify_app;

CREATE POLICY ends_once ON support_grants AS RESTRICTIVE FOR UPDATE TO qualify_app
    USING (ended_at IS NULL) WITH CHECK (ended_at IS NOT NULL);
