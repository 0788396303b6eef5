-- A timeline tells also whose a lead becomes, and what is planned about it: from whom and to whom it goes, or who is to do a
-- task, and by which day. Members may leave; what is told of them stays, as for authors, and so these are no keys.
ALTER TABLE activities
    ADD from_owner_id uuid,
    ADD to_owner_id uuid,
    ADD due_on date,
    DROP CONSTRAINT activities_kind_check,
    ADD CONSTRAINT activities_kind_check CHECK (kind IN (
        'submitted', 'noted', 'moved', 'created', 'changed', 'called', 'mailed', 'met', 'task_done', 'graded', 'merged',
        'separated', 'assigned', 'task_made', 'task_changed', 'task_reopened', 'task_removed')),
    ADD CONSTRAINT activities_assigned CHECK (kind <> 'assigned' OR from_owner_id IS DISTINCT FROM to_owner_id),
    ADD CONSTRAINT activities_planned CHECK (kind NOT IN ('task_made', 'task_changed') OR to_owner_id IS NOT NULL),
    ADD CONSTRAINT activities_tasks CHECK (
        kind NOT IN ('task_made', 'task_changed', 'task_reopened', 'task_removed') OR note IS NOT NULL);
