-- Jobs: long work that a member or a program asked for and may leave. Each is its asker's own; `user_id` is the member's id,
-- or the API key's where a program asked. What is to be done, and how far it came, is kept by the piece of work that did it.

CREATE TABLE jobs (
    organization_id uuid NOT NULL REFERENCES organizations,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    session_id uuid, -- null where a program asked
    kind jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    place text NOT NULL,
    done bigint NOT NULL CHECK (done >= 0),
    total bigint CHECK (total >= 0),
    report jsonb NOT NULL,
    fault text CHECK (fault IN ('forbidden', 'gone', 'refused', 'broken')),
    called_off_at timestamptz,
    asked_at timestamptz NOT NULL,
    began_at timestamptz,
    ended_at timestamptz,
    version integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (organization_id, id),
    CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled'))),
    CHECK ((fault IS NOT NULL) = (state = 'failed'))
);
SELECT tenantize('jobs', 'SELECT, INSERT, UPDATE');
SELECT keep_to_member('jobs');
CREATE INDEX jobs_newest_of_asker ON jobs (organization_id, user_id, asked_at DESC, id DESC);
CREATE INDEX jobs_unfinished ON jobs (organization_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;

-- The file a job makes, part after part.
CREATE TABLE job_parts (
    organization_id uuid NOT NULL,
    job_id uuid NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    user_id uuid NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (organization_id, job_id, part),
    FOREIGN KEY (organization_id, job_id) REFERENCES jobs ON DELETE CASCADE
);
SELECT tenantize('job_parts', 'SELECT, INSERT');
SELECT keep_to_member('job_parts');

-- Whoever asked is told of the end of a job they left. The new key looks at the rows of all organizations.
ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications NO FORCE ROW LEVEL SECURITY;
ALTER TABLE notifications
    ADD job_id uuid,
    ADD FOREIGN KEY (organization_id, job_id) REFERENCES jobs ON DELETE CASCADE,
    DROP CONSTRAINT notifications_kind_check,
    ADD CONSTRAINT notifications_kind_check
        CHECK (kind IN ('new_lead', 'answer', 'assignment', 'mention', 'task', 'reminder', 'job_over'));
ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE INDEX notifications_of_job ON notifications (organization_id, job_id) WHERE job_id IS NOT NULL;

-- What is over is forgotten in time, the files before the jobs (RET-13).
CREATE POLICY relay ON jobs TO qualify_relay USING (true);
CREATE POLICY relay ON job_parts TO qualify_relay USING (true);
GRANT SELECT, DELETE, UPDATE (place) ON jobs TO qualify_relay; -- UPDATE in order to lock them
GRANT SELECT, DELETE, UPDATE (part) ON job_parts TO qualify_relay;

CREATE FUNCTION forget_jobs(jobs_before timestamptz, files_before timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parts bigint;
    whole bigint;
BEGIN
    PERFORM require_platform_task('relay_outbox');
    DELETE FROM job_parts WHERE (organization_id, job_id, part) IN (
        SELECT p.organization_id, p.job_id, p.part
        FROM jobs AS j JOIN job_parts AS p ON p.organization_id = j.organization_id AND p.job_id = j.id
        WHERE j.ended_at <= files_before ORDER BY j.ended_at LIMIT most FOR UPDATE OF p SKIP LOCKED
    );
    GET DIAGNOSTICS parts = ROW_COUNT;
    DELETE FROM jobs WHERE (organization_id, id) IN (
        SELECT organization_id, id FROM jobs
        WHERE ended_at <= jobs_before ORDER BY ended_at LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS whole = ROW_COUNT;
    RETURN greatest(parts, whole);
END $$;
GRANT EXECUTE ON FUNCTION forget_jobs(timestamptz, timestamptz, integer) TO qualify_app;
GRANT CREATE ON SCHEMA public TO qualify_relay;
ALTER FUNCTION forget_jobs OWNER TO qualify_relay;
REVOKE CREATE ON SCHEMA public FROM qualify_relay;
