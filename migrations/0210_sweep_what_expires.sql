-- Sweeps for what expires and was left until somebody met it by chance.

CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sign_in_challenges_by_expiry ON sign_in_challenges (expires_at);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);
CREATE INDEX views_by_removal ON views (removed_at) WHERE removed_at IS NOT NULL;
SELECT sweep_table('session', 'sessions', 'id', 'expires_at');
SELECT sweep_table('challenge', 'sign_in_challenges', 'digest', 'expires_at');
SELECT sweep_table('passkey_ceremony', 'passkey_ceremonies', 'digest', 'expires_at');
SELECT sweep_table('invitation', 'invitations', 'organization_id, id', 'expires_at');
SELECT sweep_table('view', 'views', 'organization_id, id', 'removed_at');
