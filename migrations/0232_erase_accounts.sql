-- Somebody deletes their account (DSR-14). They leave one organization after the other; what tells of them there and stays is
-- taken out, and with the last one the account goes, with all that hangs on it.

-- Where the last mail goes.
CREATE TABLE farewells (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    email text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
SELECT tenantize('farewells', 'SELECT, INSERT, DELETE');
CREATE INDEX farewells_by_time ON farewells (created_at);
SELECT sweep_table('farewell', 'farewells', 'organization_id, id', 'created_at');

-- Reaches the account of the member of the transaction, and what names its address in their organization.
CREATE POLICY erase ON users FOR SELECT TO qualify_erase_account USING (true);
CREATE POLICY erase_deletes ON users FOR DELETE TO qualify_erase_account USING (id = (SELECT current_member()));
GRANT SELECT (id, email, email_norm), DELETE ON users TO qualify_erase_account;
CREATE POLICY erase ON memberships FOR SELECT TO qualify_erase_account USING (true);
GRANT SELECT (organization_id, user_id, roles, joined_at) ON memberships TO qualify_erase_account;
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT * FROM (VALUES
        ('forms', 'notice, notice_parts, draft'), ('form_editions', 'settings'), ('submissions', 'notice')
    ) AS parts (name, columns) LOOP
        EXECUTE format('CREATE POLICY erase ON %I FOR SELECT TO qualify_erase_account
            USING (organization_id = (SELECT current_organization()))', part.name);
        EXECUTE format('CREATE POLICY erase_changes ON %I FOR UPDATE TO qualify_erase_account
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()))', part.name);
        EXECUTE format('GRANT SELECT (organization_id, %2$s), UPDATE (%2$s) ON %1$I TO qualify_erase_account',
            part.name, part.columns);
    END LOOP;
    FOR part IN SELECT * FROM (VALUES
        ('jobs', 'user_id', 'user_id = (SELECT current_member())'),
        ('mail_paces', 'id', 'id = (SELECT current_member())'),
        ('invitations', 'email_norm', 'true'),
        ('one_time_tokens', 'email_norm', 'true'),
        ('outbox', 'event', 'true'),
        ('security_tallies', 'about, actor_id, target_id', 'true')
    ) AS parts (name, columns, own) LOOP
        EXECUTE format('CREATE POLICY erase ON %I FOR SELECT TO qualify_erase_account USING (%s)', part.name, part.own);
        EXECUTE format('CREATE POLICY erase_deletes ON %I FOR DELETE TO qualify_erase_account USING (%s)',
            part.name, part.own);
        EXECUTE format('GRANT SELECT (%s), DELETE ON %I TO qualify_erase_account', part.columns, part.name);
    END LOOP;
END $$;

-- A text with one address in the place of another, and of no part of a longer one.
CREATE FUNCTION with_address(said text, address text, heir text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(
        said, '(?<![[:alnum:]._%+-])' || regexp_replace(address, '([^[:alnum:]@])', '\\\1', 'g') || '(?![[:alnum:]-]|\.[[:alnum:]])',
        heir, 'g'
    )
$$;

-- For a member who was removed from the current organization in this transaction. Tells whether it was the last one, and the
-- account is gone.
CREATE FUNCTION erase_account() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := current_member();
    here CONSTANT uuid := current_organization();
    mine record;
    heir text;
BEGIN
    IF me IS NULL OR EXISTS (SELECT FROM memberships WHERE organization_id = here AND user_id = me) THEN
        RAISE insufficient_privilege USING MESSAGE = 'only for a member who was removed';
    END IF;
    SELECT email, email_norm INTO mine FROM users WHERE id = me;
    -- Notices say who answers for the data: another owner, from now on.
    heir := coalesce((
        SELECT u.email FROM memberships AS m JOIN users AS u ON u.id = m.user_id
        WHERE m.organization_id = here AND 'owner' = ANY (m.roles) ORDER BY m.joined_at, m.user_id LIMIT 1
    ), '');
    UPDATE forms SET notice = with_address(notice, mine.email, heir),
        notice_parts = with_address(notice_parts::text, mine.email, heir)::jsonb,
        draft = with_address(draft::text, mine.email, heir)::jsonb
    WHERE organization_id = here
        AND position(mine.email IN concat(notice, ' ', notice_parts::text, ' ', draft::text)) > 0;
    UPDATE form_editions SET settings = with_address(settings::text, mine.email, heir)::jsonb
    WHERE organization_id = here AND position(mine.email IN settings::text) > 0;
    UPDATE submissions SET notice = with_address(notice, mine.email, heir)
    WHERE organization_id = here AND position(mine.email IN notice) > 0;
    IF EXISTS (SELECT FROM memberships WHERE user_id = me) THEN
        RETURN false;
    END IF;
    DELETE FROM jobs WHERE user_id = me;
    DELETE FROM mail_paces WHERE id = me;
    DELETE FROM invitations WHERE email_norm = mine.email_norm;
    DELETE FROM one_time_tokens WHERE email_norm = mine.email_norm;
    DELETE FROM outbox WHERE me::text IN (event ->> 'user', event ->> 'member', event ->> 'owner');
    DELETE FROM security_tallies WHERE me IN (about, actor_id, target_id);
    DELETE FROM users WHERE id = me;
    RETURN true;
END $$;
GRANT EXECUTE ON FUNCTION current_member(), current_organization(), with_address(text, text, text) TO qualify_erase_account;
GRANT EXECUTE ON FUNCTION erase_account() TO qualify_app;
GRANT USAGE, CREATE ON SCHEMA public TO qualify_erase_account;
ALTER FUNCTION erase_account OWNER TO qualify_erase_account;
REVOKE CREATE ON SCHEMA public FROM qualify_erase_account;
