-- The ledger of consent (PRV-5): what people agreed to, confirmed, took back and objected to, one entry after the other. The
-- product adds to it and changes nothing; an entry goes with the submission or the lead on which it hangs.

CREATE TABLE consent_events (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    submission_id uuid,
    lead_id uuid, -- of who sent nothing
    matter text NOT NULL
        CHECK (matter IN ('request', 'email_marketing', 'phone_marketing', 'sharing', 'profiling')),
    kind text NOT NULL CHECK (kind IN ('given', 'confirmed', 'withdrawn', 'objected')),
    awaits_confirmation boolean NOT NULL CHECK (kind = 'given' OR NOT awaits_confirmation),
    wording bytea CHECK (octet_length(wording) = 32),
    notice bytea CHECK (octet_length(notice) = 32),
    method text NOT NULL
        CHECK (method IN ('form', 'confirmation_link', 'withdrawal_link', 'rights_page', 'member', 'import')),
    at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, submission_id) REFERENCES submissions ON DELETE CASCADE,
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads ON DELETE CASCADE,
    CHECK (num_nonnulls(submission_id, lead_id) = 1)
);
CREATE INDEX consent_events_of_submission ON consent_events (organization_id, submission_id)
    WHERE submission_id IS NOT NULL;
CREATE INDEX consent_events_of_lead ON consent_events (organization_id, lead_id) WHERE lead_id IS NOT NULL;

-- What was agreed to so far. The owner sees the rows of all organizations for it.
ALTER TABLE submissions NO FORCE ROW LEVEL SECURITY;
INSERT INTO consent_events
    (organization_id, id, submission_id, matter, kind, awaits_confirmation, wording, notice, method, at)
SELECT s.organization_id, gen_random_uuid(), s.id, ticked.matter, 'given', false, sha256(convert_to(ticked.words, 'UTF8')),
    sha256(convert_to(s.notice, 'UTF8')), 'form', s.received_at
FROM submissions AS s CROSS JOIN LATERAL (
    SELECT 'request' AS matter, s.consent_wording AS words WHERE s.consented AND s.consent_wording IS NOT NULL
    UNION ALL
    SELECT one ->> 'purpose', one ->> 'wording' FROM jsonb_array_elements(s.purposes) AS boxes (one)
    WHERE (one ->> 'agreed')::boolean
) AS ticked;
ALTER TABLE submissions FORCE ROW LEVEL SECURITY;

SELECT tenantize('consent_events', 'SELECT, INSERT');
-- What is ticked is written by somebody who reaches nothing.
SELECT reach_by_lead('consent_events', 'SELECT');

-- Whatever writes a submission writes into the ledger what was ticked in it: in the same statement, with the time it came.
CREATE FUNCTION keep_consents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_events
        (organization_id, id, submission_id, matter, kind, awaits_confirmation, wording, notice, method, at)
    SELECT s.organization_id, gen_random_uuid(), s.id, ticked.matter, 'given', ticked.awaits,
        sha256(convert_to(ticked.words, 'UTF8')), sha256(convert_to(s.notice, 'UTF8')), 'form', s.received_at
    FROM made AS s CROSS JOIN LATERAL (
        SELECT 'request' AS matter, s.consent_wording AS words, false AS awaits
        WHERE s.consented AND s.consent_wording IS NOT NULL
        UNION ALL
        SELECT one ->> 'purpose', one ->> 'wording', coalesce((one ->> 'is_confirmed')::boolean, false)
        FROM jsonb_array_elements(s.purposes) AS boxes (one) WHERE (one ->> 'agreed')::boolean
    ) AS ticked;
    RETURN NULL;
END $$;
CREATE TRIGGER consents AFTER INSERT ON submissions REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION keep_consents();

-- Links by which a consent is confirmed, once and soon, or taken back, at any time. Kept as digests, like every secret.
CREATE TABLE consent_links (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    submission_id uuid NOT NULL,
    matter text NOT NULL
        CHECK (matter IN ('request', 'email_marketing', 'phone_marketing', 'sharing', 'profiling')),
    link_use text NOT NULL CHECK (link_use IN ('confirm', 'withdraw')),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    expires_at timestamptz CHECK ((link_use = 'confirm') = (expires_at IS NOT NULL)),
    is_used boolean NOT NULL DEFAULT false,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, submission_id, matter, link_use),
    FOREIGN KEY (organization_id, submission_id) REFERENCES submissions ON DELETE CASCADE
);
SELECT tenantize('consent_links', 'SELECT, INSERT');
GRANT UPDATE (is_used) ON consent_links TO qualify_app;
CREATE INDEX consent_links_by_digest ON consent_links (digest);
CREATE INDEX consent_links_by_expiry ON consent_links (expires_at) WHERE expires_at IS NOT NULL;
SELECT sweep_table('consent_link', 'consent_links', 'organization_id, id', 'expires_at');

CREATE POLICY auth ON consent_links FOR SELECT TO qualify_auth USING (true);
GRANT SELECT (organization_id, digest) ON consent_links TO qualify_auth;

-- Whose link that is; nobody's if there is none.
CREATE FUNCTION resolve_consent_link(secret bytea) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM require_platform_task('resolve_link');
    RETURN (SELECT max(organization_id::text)::uuid FROM consent_links WHERE digest = secret HAVING count(*) = 1);
END $$;
GRANT EXECUTE ON FUNCTION resolve_consent_link(bytea) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_auth;
ALTER FUNCTION resolve_consent_link OWNER TO qualify_auth;
REVOKE CREATE ON SCHEMA public FROM qualify_auth;
