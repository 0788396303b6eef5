//! Tasks: what members have to do about leads.

use std::str::FromStr;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, time},
    tz::TimeZone,
};

use crate::{
    id::{LeadId, TaskId, UserId},
    property::read_date,
    text::Line,
    violation::{Rule, Violations},
};

/// Something to do about a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Grows with each change.
    pub version: i32,
    /// The lead it is about.
    pub lead: LeadId,
    /// What is to be done.
    pub title: Line,
    /// By which day.
    pub due_on: Option<Date>,
    /// When its owner is reminded.
    pub reminder: Reminder,
    /// The member who does it.
    pub owner: UserId,
    /// The member who made it, if one did.
    pub made_by: Option<UserId>,
    /// When.
    pub made_at: Timestamp,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// When the owner of a task is reminded of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reminder {
    /// Never.
    None,
    /// In the morning of the day.
    #[default]
    OnTheDay,
    /// In the morning of the day before.
    DayBefore,
}

impl Reminder {
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::OnTheDay, Self::DayBefore, Self::None];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::OnTheDay => "on_the_day",
            Self::DayBefore => "day_before",
        }
    }

    /// The moment for a task that is due on that day, where the organization's clocks show eight.
    pub fn moment(self, due_on: Date, zone: &TimeZone) -> Option<Timestamp> {
        let day = match self {
            Self::None => return None,
            Self::OnTheDay => due_on,
            Self::DayBefore => due_on.checked_sub(1.day()).ok()?,
        };
        zone.to_timestamp(day.to_datetime(time(8, 0, 0, 0))).ok()
    }
}

impl FromStr for Reminder {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|reminder| reminder.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// How urgent an open task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Its day is over.
    Overdue,
    /// It is due today.
    Today,
    /// It is due later.
    Later,
    /// It has no day.
    Whenever,
}

/// What of a task somebody can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskField {
    /// What is to be done.
    Title,
    /// By which day.
    DueOn,
    /// When its owner is reminded.
    Reminder,
    /// The member who does it.
    Owner,
}

impl TaskField {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Title, Self::DueOn, Self::Reminder, Self::Owner];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::DueOn => "due_on",
            Self::Reminder => "reminder",
            Self::Owner => "owner",
        }
    }
}

impl FromStr for TaskField {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|field| field.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What was to be done, as it was when a timeline told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// What was to be done.
    pub title: Line,
    /// By which day.
    pub due_on: Option<Date>,
    /// The member who was to do it.
    pub owner: UserId,
}

impl Task {
    /// What a timeline tells of it.
    pub fn todo(&self) -> Todo {
        Todo { title: self.title.clone(), due_on: self.due_on, owner: self.owner }
    }

    /// Which of it is otherwise in another state of the task.
    pub fn differing(&self, other: &Self) -> Vec<TaskField> {
        let fields = [
            (TaskField::Title, self.title != other.title),
            (TaskField::DueOn, self.due_on != other.due_on),
            (TaskField::Reminder, self.reminder != other.reminder),
            (TaskField::Owner, self.owner != other.owner),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// How urgent it is on that day.
    pub fn urgency(&self, today: Date) -> Urgency {
        match self.due_on {
            None => Urgency::Whenever,
            Some(day) if day < today => Urgency::Overdue,
            Some(day) if day == today => Urgency::Today,
            Some(_) => Urgency::Later,
        }
    }

    /// When its owner is to be reminded, if it is not done.
    pub fn remind_at(&self, zone: &TimeZone) -> Option<Timestamp> {
        let day = self.due_on.filter(|_| self.done_at.is_none())?;
        self.reminder.moment(day, zone)
    }
}

/// A task as somebody wrote it.
#[derive(Clone, Debug, Default)]
pub struct WrittenTask {
    /// What is to be done.
    pub title: String,
    /// By which day; empty for whenever.
    pub due_on: String,
    /// When its owner is reminded, by its stable name; in the morning of the day if empty.
    pub reminder: String,
    /// The member who does it; whoever writes it if empty.
    pub owner: String,
}

/// What a written task says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is to be done.
    pub title: Line,
    /// By which day.
    pub due_on: Option<Date>,
    /// When its owner is reminded.
    pub reminder: Reminder,
    /// The member who does it; whoever writes it if none.
    pub owner: Option<UserId>,
}

impl WrittenTask {
    /// Reads it.
    ///
    /// # Errors
    /// All that is wrong, each at its field.
    pub fn parse(&self) -> Result<Plan, Violations> {
        let mut faults = Violations::default();
        let title = faults.keep("title", Line::parse(&self.title));
        let due_on = match self.due_on.trim() {
            "" => Some(None),
            typed => faults.keep("due_on", read_date(typed)).map(Some),
        };
        let reminder = match self.reminder.as_str() {
            "" => Some(Reminder::default()),
            code => faults.keep("reminder", code.parse()),
        };
        let owner = match self.owner.as_str() {
            "" => Some(None),
            id => faults.keep("owner", id.parse().map_err(|_| Rule::NotAChoice)).map(Some),
        };
        let plan = title.zip(due_on).zip(reminder.zip(owner));
        faults.or(plan.map(|((title, due_on), (reminder, owner))| Plan { title, due_on, reminder, owner }))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    fn task(due_on: Option<Date>) -> Task {
        Task {
            id: TaskId(Uuid::nil()),
            version: 1,
            lead: LeadId(Uuid::nil()),
            title: "Send the offer".parse().unwrap(),
            due_on,
            reminder: Reminder::OnTheDay,
            owner: UserId(Uuid::nil()),
            made_by: None,
            made_at: Timestamp::UNIX_EPOCH,
            done_at: None,
        }
    }

    #[test]
    fn a_task_is_as_urgent_as_its_day_is_near() {
        let today = date(2026, 11, 26);
        let urgency = |day: Option<i8>| task(day.map(|day| date(2026, 11, day))).urgency(today);
        assert_eq!(urgency(Some(25)), Urgency::Overdue);
        assert_eq!(urgency(Some(26)), Urgency::Today);
        assert_eq!(urgency(Some(27)), Urgency::Later);
        assert_eq!(urgency(None), Urgency::Whenever);
    }

    #[test]
    fn a_reminder_comes_in_the_morning_where_the_organization_is() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let mut task = task(Some(date(2026, 3, 29)));
        // The clocks went forward that night.
        assert_eq!(task.remind_at(&paris).unwrap().to_string(), "2026-03-29T06:00:00Z");
        task.reminder = Reminder::DayBefore;
        assert_eq!(task.remind_at(&paris).unwrap().to_string(), "2026-03-28T07:00:00Z");
        task.done_at = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(task.remind_at(&paris), None, "what is done needs no reminder");
        task.done_at = None;
        task.due_on = None;
        assert_eq!(task.remind_at(&paris), None);
    }

    #[test]
    fn what_of_a_task_is_otherwise_is_told_field_by_field() {
        let former = task(None);
        assert_eq!(former.differing(&Task { version: 2, done_at: Some(Timestamp::UNIX_EPOCH), ..former.clone() }), []);
        let other = Task {
            title: "Send the contract".parse().unwrap(),
            due_on: Some(date(2026, 11, 26)),
            reminder: Reminder::None,
            owner: UserId(Uuid::max()),
            ..former.clone()
        };
        assert_eq!(former.differing(&other), TaskField::ALL);
        for field in TaskField::ALL {
            assert_eq!(field.code().parse::<TaskField>(), Ok(field));
        }
        assert_eq!("done_at".parse::<TaskField>(), Err(Rule::NotAChoice));
    }

    #[test]
    fn all_that_is_wrong_with_a_task_is_told_at_once() {
        let wrong = WrittenTask {
            title: " ".to_owned(),
            due_on: "soon".to_owned(),
            reminder: "often".to_owned(),
            owner: "me".to_owned(),
        };
        let faults = wrong.parse().unwrap_err();
        assert_eq!(
            faults.iter().map(|fault| &*fault.field).collect::<Vec<_>>(),
            ["title", "due_on", "reminder", "owner"]
        );
        let short = WrittenTask { title: "Call".to_owned(), ..WrittenTask::default() }.parse().unwrap();
        assert_eq!((short.due_on, short.reminder, short.owner), (None, Reminder::OnTheDay, None));
    }
}
