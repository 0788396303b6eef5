-- Orders and groups of the list that an index serves: by company, by what last happened, and by grade.

DROP INDEX leads_by_company;
CREATE INDEX leads_by_company ON leads (organization_id, company_norm, id);
CREATE INDEX leads_by_last_activity ON leads (organization_id, last_activity_at DESC, id DESC);
CREATE INDEX leads_newest_of_grade ON leads (organization_id, grade, created_at DESC, id DESC);
