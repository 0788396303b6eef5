-- Where a member of the current organization reads clocks, by the name of the zone: the morning of their digest comes there.
CREATE FUNCTION zone_of_member(member uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (
        SELECT coalesce(u.time_zone, o.time_zone)
        FROM memberships AS m JOIN users AS u ON u.id = m.user_id JOIN organizations AS o USING (organization_id)
        WHERE m.organization_id = (SELECT current_organization()) AND m.user_id = member
    );
END $$;
GRANT EXECUTE ON FUNCTION zone_of_member(uuid) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION zone_of_member OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
