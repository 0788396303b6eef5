-- What rewrites notices does so in a role of its own, which reaches nothing else, and nobody but the worker calls it (RLS-6).
-- Whoever erases an account needs what was sent no more.
SET LOCAL ROLE qualify_erase_account;
DROP FUNCTION rewrite_notices(uuid, integer);
REVOKE EXECUTE ON FUNCTION heir_of_notices() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION heir_of_notices() TO qualify_rewrite_notices;
SET LOCAL ROLE qualify_owner;

DROP POLICY erase ON farewells;
DROP POLICY erase_goes_on ON farewells;
DROP POLICY erase ON submissions;
DROP POLICY erase_changes ON submissions;
REVOKE ALL ON farewells, submissions FROM qualify_erase_account;

DO $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT * FROM (VALUES
        ('farewells', 'organization_id, id, email, place', 'place'), ('submissions', 'organization_id, id, notice', 'notice')
    ) AS parts (name, seen, changed) LOOP
        EXECUTE format('CREATE POLICY rewrite ON %I FOR SELECT TO qualify_rewrite_notices
            USING (organization_id = (SELECT current_organization()))', part.name);
        EXECUTE format('CREATE POLICY rewrite_changes ON %I FOR UPDATE TO qualify_rewrite_notices
            USING (organization_id = (SELECT current_organization()))
            WITH CHECK (organization_id = (SELECT current_organization()))', part.name);
        EXECUTE format('GRANT SELECT (%s), UPDATE (%s) ON %I TO qualify_rewrite_notices', part.seen, part.changed, part.name);
    END LOOP;
END $$;
CREATE POLICY rewrite ON memberships FOR SELECT TO qualify_rewrite_notices
    USING (organization_id = (SELECT current_organization()));
CREATE POLICY rewrite ON users FOR SELECT TO qualify_rewrite_notices
    USING (EXISTS (SELECT FROM memberships AS m WHERE m.user_id = users.id));
GRANT SELECT (organization_id, user_id, roles, joined_at) ON memberships TO qualify_rewrite_notices;
GRANT SELECT (id, email) ON users TO qualify_rewrite_notices;
GRANT EXECUTE ON FUNCTION current_organization(), with_address(text, text, text) TO qualify_rewrite_notices;

-- As before.
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
GRANT EXECUTE ON FUNCTION rewrite_notices(uuid, integer) TO qualify_app;
GRANT USAGE, CREATE ON SCHEMA public TO qualify_rewrite_notices;
ALTER FUNCTION rewrite_notices OWNER TO qualify_rewrite_notices;
REVOKE CREATE ON SCHEMA public FROM qualify_rewrite_notices;
