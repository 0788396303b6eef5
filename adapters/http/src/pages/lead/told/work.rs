//! What a timeline tells of who works on a lead, and of what is planned about it.

use jiff::civil::Date;
use qualify_domain::{
    activity::{Assignment, Author},
    id::UserId,
    task::{TaskField, Todo},
};

use super::Told;

impl Told<'_> {
    /// From whom to whom the lead went, as far as whoever gave it is not one of them.
    pub(super) fn assigned(&self, given: Assignment, by: Option<Author>) -> String {
        let t = self.t;
        let is_theirs = |user: UserId| by == Some(Author::Member(user));
        match (given.from.filter(|from| !is_theirs(*from)), given.to) {
            (None, Some(to)) if is_theirs(to) => t.get("did-take"),
            (Some(from), Some(to)) if is_theirs(to) => t.with("did-take-over", "from", self.inside(from)),
            (None, Some(to)) => t.with("did-give", "to", self.inside(to)),
            (Some(from), Some(to)) => {
                t.with_all("did-hand-over", [("from", &*self.inside(from)), ("to", &*self.inside(to))])
            }
            (None, None) => t.get("did-put-back"),
            (Some(from), None) => t.with("did-put-back-of", "from", self.inside(from)),
        }
    }

    /// For whom and by when something is to be done.
    pub(super) fn planned(&self, todo: &Todo, by: Option<Author>) -> String {
        let told = if by == Some(Author::Member(todo.owner)) {
            self.t.get("did-plan")
        } else {
            self.t.with("did-plan-for", "owner", self.inside(todo.owner))
        };
        match todo.due_on {
            Some(due_on) => format!("{told} · {}", self.by_day(due_on)),
            None => told,
        }
    }

    /// What of a task is otherwise, and how it is now.
    pub(super) fn replanned(&self, todo: &Todo, fields: &[TaskField]) -> String {
        let t = self.t;
        let told = fields.iter().map(|field| match field {
            TaskField::Title => t.get("replanned-title"),
            TaskField::DueOn => todo.due_on.map_or_else(|| t.get("replanned-whenever"), |due_on| self.by_day(due_on)),
            TaskField::Reminder => t.get("replanned-reminder"),
            TaskField::Owner => t.with("planned-for", "owner", self.inside(todo.owner)),
        });
        std::iter::once(t.get("did-replan")).chain(told).collect::<Vec<_>>().join(" · ")
    }

    /// A member's name within a sentence; who left has none.
    fn inside(&self, id: UserId) -> String {
        self.named(id).unwrap_or_else(|| self.t.get("somebody-inside"))
    }

    fn by_day(&self, due_on: Date) -> String {
        self.t.with("planned-by", "day", self.calendar.date(due_on))
    }
}
