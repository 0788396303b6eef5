//! Tasks, in the words of the API.

use jiff::{Timestamp, civil::Date};
use qualify_domain::task::{Reminder, Task};
use qualify_ports::storage::{Slice, TaskCursor, TaskRow};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::cursor;

codes! {
    /// When the owner of a task is reminded of it.
    ReminderCode of Reminder {
        /// Never.
        None,
        /// In the morning of the day.
        OnTheDay,
        /// In the morning of the day before.
        DayBefore,
    }
}

/// Something to do about a lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskBody {
    /// Its id.
    id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// The lead it is about.
    lead: Uuid,
    /// What is to be done.
    #[schema(example = "Send the offer")]
    title: String,
    /// By which day.
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-01")]
    due_on: Option<Date>,
    /// When its owner is reminded, where it has a day.
    reminder: ReminderCode,
    /// The member who does it.
    owner: Uuid,
    /// The member who made it, if one did.
    made_by: Option<Uuid>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    /// When it was done; null while it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    done_at: Option<Timestamp>,
}

impl From<&Task> for TaskBody {
    fn from(task: &Task) -> Self {
        Self {
            id: task.id.0,
            version: task.version,
            lead: task.lead.0,
            title: task.title.to_string(),
            due_on: task.due_on,
            reminder: task.reminder.into(),
            owner: task.owner.0,
            made_by: task.made_by.map(|member| member.0),
            made_at: task.made_at,
            done_at: task.done_at,
        }
    }
}

/// The tasks of a lead.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList {
    /// The tasks: open ones first, by their day.
    items: Vec<TaskBody>,
}

impl From<&[Task]> for TaskList {
    fn from(tasks: &[Task]) -> Self {
        Self { items: tasks.iter().map(Into::into).collect() }
    }
}

/// A part of what a member has to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskPage {
    /// The open tasks, by their day; those without one last.
    items: Vec<TaskBody>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<&Slice<TaskRow, TaskCursor>> for TaskPage {
    fn from(part: &Slice<TaskRow, TaskCursor>) -> Self {
        let items = part.items.iter().map(|row| TaskBody::from(&row.task)).collect();
        Self { items, next: part.next.map(cursor::written_task) }
    }
}
