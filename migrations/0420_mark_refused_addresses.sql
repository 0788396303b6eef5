-- Since when no mail to an address is taken, as the mail server said (MAIL-6): of people with a login, and of who is invited. It
-- is empty again once a mail was taken, and tells nothing of what the server answered.

ALTER TABLE users ADD mail_refused_at timestamptz;
ALTER TABLE invitations ADD mail_refused_at timestamptz;

-- As before, with that.
DROP FUNCTION members_with_profile();
CREATE FUNCTION members_with_profile()
RETURNS TABLE (
    user_id uuid, roles text[], notify_new_leads boolean, joined_at timestamptz,
    first_name text, last_name text, email text, language text, mail_refused_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.user_id, m.roles, m.notify_new_leads, m.joined_at, u.first_name, u.last_name, u.email, u.language,
        u.mail_refused_at
    FROM memberships AS m JOIN users AS u ON u.id = m.user_id
    WHERE m.organization_id = (SELECT current_organization())
$$;
GRANT EXECUTE ON FUNCTION members_with_profile() TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION members_with_profile OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
