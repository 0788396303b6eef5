-- The files that jobs make are kept outside the database from now on, each under a name that says until when (RET-13); how
-- many parts a file has is told by the place of its job. An export that is under way begins anew: nobody would find the parts
-- it has written. What was exported before is gone with its table: whoever still wants it exports anew.
ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY;
UPDATE jobs SET place = '', done = 0, report = '{}', version = version + 1
    WHERE kind ->> 'kind' = 'export_leads' AND ended_at IS NULL;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
DROP TABLE job_parts;
