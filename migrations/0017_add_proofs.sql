-- When somebody proved anew, within a session, who they are (AUTH-16). The sign-in itself was the first proof.
ALTER TABLE sessions ADD proved_at timestamptz;
