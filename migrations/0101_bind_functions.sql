-- Bound as they are made, since a backup is restored without a search path and these stand in a generated column.
CREATE OR REPLACE FUNCTION site_of(address text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(substring(address FROM '^[A-Za-z]+://(?:www\.)?([^/:?#]+)') COLLATE "und-x-icu");

CREATE OR REPLACE FUNCTION channel_of(
    campaign text, google text, facebook text, microsoft text, referrer text, landing text
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN campaign <> '' THEN 'campaign:' || lower(campaign COLLATE "und-x-icu")
    WHEN google <> '' THEN 'ad:google'
    WHEN facebook <> '' THEN 'ad:facebook'
    WHEN microsoft <> '' THEN 'ad:microsoft'
    WHEN site_of(referrer) <> coalesce(site_of(landing), '') THEN 'site:' || site_of(referrer)
    ELSE 'direct'
END;

