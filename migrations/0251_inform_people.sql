-- People who were not asked themselves are told that their data is kept, within a month or at the first contact (PRV-6). When
-- that was is kept here if a member says so; a call or a mail to them tells it by itself.
ALTER TABLE leads ADD informed_on date;
CREATE INDEX leads_to_inform ON leads (organization_id, created_at)
    WHERE source IN ('api', 'import') AND informed_on IS NULL;
