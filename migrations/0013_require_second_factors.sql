-- An organization may require second factors of its members (AUTH-15).
ALTER TABLE organizations
    ADD mfa_policy text NOT NULL DEFAULT 'off' CHECK (mfa_policy IN ('off', 'owners_and_admins', 'everybody')),
    ADD mfa_since timestamptz,
    ADD CONSTRAINT mfa_since_when_on CHECK ((mfa_policy = 'off') = (mfa_since IS NULL));

-- Who was urged and said "later" is asked again at the next sign-in.
ALTER TABLE sessions ADD mfa_later_at timestamptz;

CREATE POLICY auth ON totp_secrets FOR SELECT TO qualify_auth USING (true);
CREATE POLICY auth ON passkeys FOR SELECT TO qualify_auth USING (true);
GRANT SELECT (user_id, confirmed_at) ON totp_secrets TO qualify_auth;
GRANT SELECT (user_id) ON passkeys TO qualify_auth;

-- What the session's organization asks of its member, and what there is; read beside the membership in each request.
CREATE FUNCTION mfa_standing(member uuid, session uuid)
RETURNS TABLE (policy text, since timestamptz, joined_at timestamptz, is_guarded boolean, is_later boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM require_platform_task('authenticate');
    RETURN QUERY
        SELECT o.mfa_policy, o.mfa_since, m.joined_at,
            EXISTS (SELECT FROM totp_secrets AS t WHERE t.user_id = member AND t.confirmed_at IS NOT NULL)
                OR EXISTS (SELECT FROM passkeys AS p WHERE p.user_id = member),
            s.mfa_later_at IS NOT NULL
        FROM sessions AS s
        JOIN memberships AS m ON m.user_id = s.user_id AND m.organization_id = s.current_organization_id
        JOIN organizations AS o ON o.organization_id = m.organization_id
        WHERE s.id = session AND s.user_id = member;
END $$;

GRANT EXECUTE ON FUNCTION mfa_standing(uuid, uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION mfa_standing OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
