-- Each mark by which a person is known leads to the oldest leads that bear it, however many do.
DROP INDEX leads_by_email;
CREATE INDEX leads_by_email ON leads (organization_id, email_norm, created_at, id);
DROP INDEX leads_by_phone;
CREATE INDEX leads_by_phone ON leads (organization_id, phone_e164, created_at, id);
DROP INDEX leads_by_name_at_domain;
CREATE INDEX leads_by_name_at_domain ON leads (organization_id, name_at_domain, created_at, id)
    WHERE name_at_domain IS NOT NULL;

-- What somebody did in a period stands in one place for each kind, and is counted without being put in heaps.
DROP INDEX work_in_reports;
CREATE INDEX work_in_reports ON activities (organization_id, author_id, kind, at) INCLUDE (lead_id)
    WHERE author_id IS NOT NULL;
