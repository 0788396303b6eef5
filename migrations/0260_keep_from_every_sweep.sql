-- What is held or restricted stays, whichever rule would end it: the lead, and the organization while anything of it is held.
SELECT spare_kept('lead', 'leads', 'other', 'id');
SELECT spare_kept('lead', 'submissions', 'other', 'id, lead_id');
SELECT spare_kept('organization', name::regclass, 'other', 'organization_id')
FROM unnest(ARRAY['organizations', 'leads', 'submissions']) AS name;
SELECT spare_kept('organization', 'users', 'other', 'id');

-- What somebody agreed to is hidden with their lead.
SELECT restrict_by_lead('consent_events');
