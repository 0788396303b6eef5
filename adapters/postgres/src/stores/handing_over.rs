//! What a member leaves behind goes to another, all at once, and the timelines tell it.

use jiff::Timestamp;
use qualify_domain::{activity::Author, id::UserId};
use qualify_ports::storage::StorageError;

use crate::{error::failed, stores::activities::parts, tx::Work, values::instant};

impl Work {
    /// All leads of a member, to another or back to the queue; tells how many.
    pub(super) async fn hand_leads_over(
        &mut self,
        from: UserId,
        to: Option<UserId>,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let (member, program) = parts(author);
        let given = sqlx::query_scalar!(
            r#"WITH given AS (
                UPDATE leads SET owner_id = $3, version = version + 1 WHERE organization_id = $1 AND owner_id = $2
                    AND ($7::uuid[] IS NULL OR owner_id = ANY ($7))
                RETURNING id
            ), told AS (
                INSERT INTO activities (organization_id, id, lead_id, at, author_id, author_key_id, kind, from_owner_id,
                    to_owner_id)
                SELECT $1, gen_random_uuid(), id, $6, $4, $5, 'assigned', $2, $3 FROM given
            )
            SELECT count(*) AS "given!" FROM given"#,
            self.organization,
            from.0,
            to.map(|to| to.0),
            member,
            program,
            instant(now),
            self.owners.as_deref() as _,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(given.unsigned_abs())
    }

    /// What the member still had to do.
    pub(super) async fn hand_tasks_over(
        &mut self,
        from: UserId,
        to: UserId,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let (member, program) = parts(author);
        // The leads before the tasks, as whoever merges does.
        sqlx::query!(
            "SELECT FROM leads WHERE organization_id = $1 AND id IN (
                SELECT lead_id FROM tasks WHERE organization_id = $1 AND owner_id = $2 AND done_at IS NULL
            ) ORDER BY id FOR KEY SHARE",
            self.organization,
            from.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "WITH given AS (
                UPDATE tasks SET owner_id = $3, version = version + 1
                WHERE organization_id = $1 AND owner_id = $2 AND done_at IS NULL
                RETURNING lead_id, title, due_on
            )
            INSERT INTO activities (organization_id, id, lead_id, at, author_id, author_key_id, kind, note, fields,
                to_owner_id, due_on)
            SELECT $1, gen_random_uuid(), lead_id, $6, $4, $5, 'task_changed', title, ARRAY['owner'], $3, due_on
            FROM given",
            self.organization,
            from.0,
            to.0,
            member,
            program,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
