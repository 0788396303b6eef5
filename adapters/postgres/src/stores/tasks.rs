use async_trait::async_trait;
use jiff::civil::Date;
use qualify_domain::{
    audit::Target,
    id::{LeadId, TaskId, UserId},
    task::Task,
};
use qualify_ports::storage::{Slice, StorageError, TaskCursor, TaskRow, TaskStore};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{date, day, instant, optional, phone, timestamp, value},
};

struct StoredTask {
    id: Uuid,
    version: i32,
    lead_id: Uuid,
    title: String,
    due_on: Option<time::Date>,
    reminder: String,
    owner_id: Uuid,
    made_by: Option<Uuid>,
    made_at: OffsetDateTime,
    done_at: Option<OffsetDateTime>,
}

impl TryFrom<StoredTask> for Task {
    type Error = StorageError;

    fn try_from(row: StoredTask) -> Result<Self, StorageError> {
        Ok(Self {
            id: TaskId(row.id),
            version: row.version,
            lead: LeadId(row.lead_id),
            title: value(&row.title)?,
            due_on: row.due_on.map(day).transpose()?,
            reminder: value(&row.reminder)?,
            owner: UserId(row.owner_id),
            made_by: row.made_by.map(UserId),
            made_at: timestamp(row.made_at)?,
            done_at: row.done_at.map(timestamp).transpose()?,
        })
    }
}

#[async_trait]
impl TaskStore for Work {
    async fn find(&mut self, id: TaskId) -> Result<Option<Task>, StorageError> {
        let row = sqlx::query_as!(
            StoredTask,
            "SELECT id, version, lead_id, title, due_on, reminder, owner_id, made_by, made_at, done_at
            FROM tasks WHERE organization_id = $1 AND id = $2",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Task::try_from).transpose()
    }

    async fn hold(&mut self, id: TaskId) -> Result<Option<Task>, StorageError> {
        let mut held = None;
        while let Some(task) = TaskStore::find(self, id).await? {
            if held == Some(task.lead) {
                return Ok(Some(task));
            }
            // The lead before the task, as whoever merges does; and no stronger than what refers to it holds it anyway.
            sqlx::query!(
                "SELECT FROM leads WHERE organization_id = $1 AND id = $2 FOR KEY SHARE",
                self.organization,
                task.lead.0,
            )
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
            held = Some(task.lead);
        }
        Ok(None)
    }

    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Task>, StorageError> {
        let rows = sqlx::query_as!(
            StoredTask,
            "SELECT id, version, lead_id, title, due_on, reminder, owner_id, made_by, made_at, done_at
            FROM tasks WHERE organization_id = $1 AND lead_id = $2
            ORDER BY done_at DESC NULLS FIRST, due_on NULLS LAST, id LIMIT $3",
            self.organization,
            lead.0,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Task::try_from).collect()
    }

    async fn open_of(
        &mut self,
        owner: UserId,
        after: Option<TaskCursor>,
        limit: u16,
    ) -> Result<Slice<TaskRow, TaskCursor>, StorageError> {
        // The end of time stands for no day: it sorts last.
        let place = after.map(|after| (after.due_on.map_or(time::Date::MAX, date), after.id.0));
        let rows = sqlx::query!(
            r#"SELECT t.id, t.version, t.lead_id, t.title, t.due_on, t.reminder, t.owner_id, t.made_by, t.made_at, t.done_at,
                l.name AS lead_name, l.email, l.phone, l.phone_e164
            FROM tasks AS t JOIN leads AS l ON l.organization_id = t.organization_id AND l.id = t.lead_id
            WHERE t.organization_id = $1 AND t.owner_id = $2 AND t.done_at IS NULL
                AND ($3::date IS NULL OR (coalesce(t.due_on, '9999-12-31'), t.id) > ($3, $4))
            ORDER BY t.due_on NULLS LAST, t.id LIMIT $5"#,
            self.organization,
            owner.0,
            place.map(|(day, _)| day),
            place.map(|(_, id)| id),
            i64::from(limit) + 1,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let more = rows.len() > usize::from(limit);
        let items: Vec<TaskRow> = rows
            .into_iter()
            .take(usize::from(limit))
            .map(|row| {
                let stored = StoredTask {
                    id: row.id,
                    version: row.version,
                    lead_id: row.lead_id,
                    title: row.title,
                    due_on: row.due_on,
                    reminder: row.reminder,
                    owner_id: row.owner_id,
                    made_by: row.made_by,
                    made_at: row.made_at,
                    done_at: row.done_at,
                };
                Ok(TaskRow {
                    task: stored.try_into()?,
                    name: optional(row.lead_name.as_deref())?,
                    email: optional(row.email.as_deref())?,
                    phone: phone(row.phone, row.phone_e164),
                })
            })
            .collect::<Result<_, StorageError>>()?;
        let next = items.last().filter(|_| more).map(|last| TaskCursor { due_on: last.task.due_on, id: last.task.id });
        Ok(Slice { items, next })
    }

    async fn count_due(&mut self, owner: UserId, until: Date, most: u16) -> Result<u16, StorageError> {
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM (
                SELECT FROM tasks
                WHERE organization_id = $1 AND owner_id = $2 AND done_at IS NULL AND due_on <= $3 LIMIT $4
            ) AS due"#,
            self.organization,
            owner.0,
            date(until),
            i64::from(most),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(u16::try_from(count).unwrap_or(most))
    }

    async fn insert(&mut self, task: &Task) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO tasks (organization_id, id, version, lead_id, title, due_on, reminder, owner_id, made_by, made_at,
                done_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            self.organization,
            task.id.0,
            task.version,
            task.lead.0,
            &*task.title,
            task.due_on.map(date),
            task.reminder.code(),
            task.owner.0,
            task.made_by.map(|user| user.0),
            instant(task.made_at),
            task.done_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Lead(task.lead), &["task"]);
        Ok(())
    }

    async fn update(&mut self, task: &Task) -> Result<(), StorageError> {
        let updated = sqlx::query!(
            "UPDATE tasks SET version = version + 1, title = $4, due_on = $5, reminder = $6, owner_id = $7, done_at = $8
            WHERE organization_id = $1 AND id = $2 AND version = $3",
            self.organization,
            task.id.0,
            task.version,
            &*task.title,
            task.due_on.map(date),
            task.reminder.code(),
            task.owner.0,
            task.done_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if updated.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.touched(Target::Lead(task.lead), &["task"]);
        Ok(())
    }

    async fn remove(&mut self, id: TaskId) -> Result<bool, StorageError> {
        let lead = sqlx::query_scalar!(
            "DELETE FROM tasks WHERE organization_id = $1 AND id = $2 RETURNING lead_id",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        if let Some(lead) = lead {
            self.touched(Target::Lead(LeadId(lead)), &["task"]);
        }
        Ok(lead.is_some())
    }
}
