-- What a form asks beyond what is built in, what it does with people who are known, and its editions.

ALTER TABLE forms
    ADD fields jsonb NOT NULL DEFAULT '[{"asks": "name", "is_required": false}, {"asks": "email", "is_required": false},
        {"asks": "phone", "is_required": false}, {"asks": "message", "is_required": false}]',
    ADD known_person text NOT NULL DEFAULT 'append'
        CHECK (known_person IN ('append', 'always_new', 'new_if_closed')),
    ADD draft jsonb; -- the fields as they will be once they are published
ALTER TABLE forms ALTER fields DROP DEFAULT, ALTER known_person DROP DEFAULT;

-- Each edition that was published stays, whole: a submission names the one it saw.
CREATE TABLE form_editions (
    organization_id uuid NOT NULL,
    form_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    settings jsonb NOT NULL,
    at timestamptz NOT NULL,
    author_id uuid,
    author_key_id uuid,
    PRIMARY KEY (organization_id, form_id, version),
    FOREIGN KEY (organization_id, form_id) REFERENCES forms,
    CONSTRAINT form_editions_one_author CHECK (author_id IS NULL OR author_key_id IS NULL)
);
ALTER TABLE forms NO FORCE ROW LEVEL SECURITY;
INSERT INTO form_editions (organization_id, form_id, version, settings, at)
SELECT organization_id, id, version, jsonb_build_object('name', name, 'language', language, 'allowed_origins', allowed_origins,
    'thank_you', thank_you_url, 'legal_basis', legal_basis, 'notice', notice, 'consent_wording', consent_wording,
    'requires_token', requires_token, 'known_person', known_person, 'fields', fields), created_at
FROM forms;
ALTER TABLE forms FORCE ROW LEVEL SECURITY;
SELECT tenantize('form_editions', 'SELECT, INSERT');

-- What was answered to the fields that an organization declares, by their words.
ALTER TABLE submissions ADD own jsonb NOT NULL DEFAULT '{}';
ALTER TYPE intake ADD ATTRIBUTE own jsonb;

CREATE OR REPLACE FUNCTION keep_submissions(items intake[]) RETURNS uuid[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    fresh uuid[];
BEGIN
    WITH keys AS (
        INSERT INTO submission_keys (organization_id, form_id, key, body, submission_id, expires_at)
        SELECT organization, form, decode(key, 'hex'), decode(body, 'hex'), id, expires_at FROM unnest(items)
        ON CONFLICT (organization_id, form_id, key) DO NOTHING
        RETURNING submission_id
    ), new AS (
        SELECT item.* FROM unnest(items) AS item JOIN keys ON keys.submission_id = item.id
    ), kept AS (
        INSERT INTO submissions (
            organization_id, id, form_id, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, utm_source, utm_medium, utm_campaign,
            utm_term, utm_content, gclid, fbclid, msclkid, ip, verdict, spam_reasons, own
        )
        SELECT organization, id, form, form_version, received_at, name, email, phone, phone_e164, message,
            consented, consent_wording, notice, page, landing_page, referrer, source, medium, campaign,
            term, content, gclid, fbclid, msclkid, ip, verdict, spam_reasons, own
        FROM new
    ), told AS (
        INSERT INTO outbox (organization_id, event, due_at)
        SELECT organization, event, received_at FROM new WHERE event IS NOT NULL
    )
    SELECT coalesce(array_agg(submission_id), '{}') INTO fresh FROM keys;
    RETURN fresh;
END $$;
