-- An account goes without waiting for its address to be taken out of the notices that people were shown: an organization may have
-- received a million of them. The worker does it, a thousand at a time, and keeps the address until it is done.

-- Up to which submission it came.
ALTER TABLE farewells ADD place uuid;

CREATE POLICY erase ON farewells FOR SELECT TO qualify_erase_account
    USING (organization_id = (SELECT current_organization()));
CREATE POLICY erase_goes_on ON farewells FOR UPDATE TO qualify_erase_account
    USING (organization_id = (SELECT current_organization()))
    WITH CHECK (organization_id = (SELECT current_organization()));
GRANT SELECT (organization_id, id, email, place), UPDATE (place) ON farewells TO qualify_erase_account;
GRANT SELECT (id) ON submissions TO qualify_erase_account;

GRANT CREATE ON SCHEMA public TO qualify_erase_account;
SET LOCAL ROLE qualify_erase_account;

-- Another owner of the current organization, who answers for the data from now on.
CREATE FUNCTION heir_of_notices() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((
        SELECT u.email FROM memberships AS m JOIN users AS u ON u.id = m.user_id
        WHERE m.organization_id = (SELECT current_organization()) AND 'owner' = ANY (m.roles)
        ORDER BY m.joined_at, m.user_id LIMIT 1
    ), '')
$$;

-- Takes the address of somebody whose account went out of the notices of the next submissions of the current organization; true
-- once there are no more.
CREATE FUNCTION rewrite_notices(farewell uuid, most integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    home CONSTANT uuid := current_organization();
    address text;
    done_to uuid;
    last uuid;
    heir text;
BEGIN
    SELECT email, coalesce(place, '00000000-0000-0000-0000-000000000000') INTO address, done_to
    FROM farewells WHERE organization_id = home AND id = farewell FOR UPDATE;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    SELECT id INTO last FROM (
        SELECT id FROM submissions WHERE organization_id = home AND id > done_to ORDER BY id LIMIT most
    ) AS part ORDER BY id DESC LIMIT 1;
    IF last IS NULL THEN
        RETURN true;
    END IF;
    heir := heir_of_notices();
    UPDATE submissions SET notice = with_address(notice, address, heir)
    WHERE organization_id = home AND id > done_to AND id <= last AND position(address IN notice) > 0;
    UPDATE farewells SET place = last WHERE organization_id = home AND id = farewell;
    RETURN false;
END $$;

-- As before, without what was sent.
CREATE OR REPLACE FUNCTION erase_account() RETURNS boolean
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
    heir := heir_of_notices();
    UPDATE forms SET notice = with_address(notice, mine.email, heir),
        notice_parts = with_address(notice_parts::text, mine.email, heir)::jsonb,
        draft = with_address(draft::text, mine.email, heir)::jsonb
    WHERE organization_id = here
        AND position(mine.email IN concat(notice, ' ', notice_parts::text, ' ', draft::text)) > 0;
    UPDATE form_editions SET settings = with_address(settings::text, mine.email, heir)::jsonb
    WHERE organization_id = here AND position(mine.email IN settings::text) > 0;
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
GRANT EXECUTE ON FUNCTION rewrite_notices(uuid, integer) TO qualify_app;
SET LOCAL ROLE qualify_owner;
REVOKE CREATE ON SCHEMA public FROM qualify_erase_account;
