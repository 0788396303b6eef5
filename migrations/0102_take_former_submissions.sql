-- A copy of the former version that still runs sends no answers to declared fields: that is none, not a fault.
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
            term, content, gclid, fbclid, msclkid, ip, verdict, spam_reasons, coalesce(own, '{}')
        FROM new
    ), told AS (
        INSERT INTO outbox (organization_id, event, due_at)
        SELECT organization, event, received_at FROM new WHERE event IS NOT NULL
    )
    SELECT coalesce(array_agg(submission_id), '{}') INTO fresh FROM keys;
    RETURN fresh;
END $$;
