-- What is held back is found among everything else that a form received.
CREATE INDEX submissions_in_quarantine ON submissions (organization_id, form_id, received_at DESC, id DESC)
    WHERE verdict = 'quarantined';
