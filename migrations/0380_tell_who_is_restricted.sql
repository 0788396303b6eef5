-- Nobody opens a new lead of somebody whose lead is restricted (DSR-10): whoever brings an address or a number is told so, and
-- learns nothing else of the lead.

CREATE POLICY auth ON lead_aliases FOR SELECT TO qualify_auth USING (true);
GRANT SELECT (organization_id, lead_id, kind, norm) ON lead_aliases TO qualify_auth;

-- Which of these addresses, as they are compared, and numbers are those of restricted leads of the current organization.
CREATE FUNCTION restricted_marks(emails text[], phones text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.email_norm FROM leads AS l
    WHERE l.organization_id = (SELECT current_organization()) AND l.restricted AND l.email_norm = ANY (emails)
    UNION
    SELECT l.phone_e164 FROM leads AS l
    WHERE l.organization_id = (SELECT current_organization()) AND l.restricted AND l.phone_e164 = ANY (phones)
    UNION
    SELECT a.norm FROM lead_aliases AS a JOIN leads AS l ON l.organization_id = a.organization_id AND l.id = a.lead_id
    WHERE a.organization_id = (SELECT current_organization()) AND l.restricted
        AND (a.kind = 'email' AND a.norm = ANY (emails) OR a.kind = 'phone' AND a.norm = ANY (phones))
$$;
GRANT EXECUTE ON FUNCTION restricted_marks(text[], text[]) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION restricted_marks OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;

-- When the mail that tells of the end could not be delivered: the announcement is over, and somebody tells the person otherwise.
ALTER TABLE restrictions ADD lift_refused_at timestamptz;
GRANT UPDATE (lift_refused_at) ON restrictions TO qualify_app;
