-- What members have to do about leads.

CREATE TABLE tasks (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    lead_id uuid NOT NULL,
    title text NOT NULL,
    due_on date,
    reminder text NOT NULL CHECK (reminder IN ('none', 'on_the_day', 'day_before')),
    owner_id uuid NOT NULL,
    made_by uuid,
    made_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, lead_id) REFERENCES leads
);
SELECT tenantize('tasks');
SELECT reach_by_lead('tasks', 'ALL');
CREATE INDEX tasks_of_lead ON tasks (organization_id, lead_id, made_at);
-- What somebody still has to do, the most urgent first; what has no day comes last.
CREATE INDEX tasks_open_of_owner ON tasks (organization_id, owner_id, due_on, id) WHERE done_at IS NULL;

ALTER TABLE activities
    DROP CONSTRAINT activities_kind_check,
    ADD CONSTRAINT activities_kind_check CHECK (kind IN (
        'submitted', 'noted', 'moved', 'created', 'changed', 'called', 'mailed', 'met', 'task_done'));

ALTER TABLE notifications
    DROP CONSTRAINT notifications_kind_check,
    ADD CONSTRAINT notifications_kind_check
        CHECK (kind IN ('new_lead', 'answer', 'assignment', 'mention', 'task', 'reminder'));
ALTER TABLE notification_choices
    DROP CONSTRAINT notification_choices_kind_check,
    ADD CONSTRAINT notification_choices_kind_check
        CHECK (kind IN ('new_lead', 'answer', 'assignment', 'mention', 'task', 'reminder'));
