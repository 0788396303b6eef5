//! An export that is under way: in one organization, one runs at a time (DSR-13).

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{ExportRunId, JobId},
    violation::Rule,
};

/// An export holds its place for so long after it last told that it goes on. One that broke lets others in after that.
pub const HELD: SignedDuration = SignedDuration::from_mins(2);
/// One that is done in the worker, which has more to do, for so long.
pub const HELD_BY_JOB: SignedDuration = SignedDuration::from_mins(10);

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    /// The copy of what is kept of a person.
    Person,
    /// The copy of what is kept of a member.
    Account,
    /// All leads of the organization.
    Organization,
}

impl Exported {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Person, Self::Account, Self::Organization];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Account => "account",
            Self::Organization => "organization",
        }
    }
}

impl std::str::FromStr for Exported {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|what| what.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// An export that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportRun {
    /// Its id; a job's is the job's.
    pub id: ExportRunId,
    /// What is taken away.
    pub what: Exported,
    /// Until when it holds its place, unless it tells that it goes on.
    pub held_until: Timestamp,
}

impl ExportRun {
    /// One that begins, or goes on.
    pub fn held(id: ExportRunId, what: Exported, now: Timestamp) -> Self {
        Self { id, what, held_until: now + HELD }
    }

    /// The same that a job does.
    pub fn by_job(job: JobId, now: Timestamp) -> Self {
        Self { id: ExportRunId(job.0), what: Exported::Organization, held_until: now + HELD_BY_JOB }
    }

    /// So many seconds are left until others are let in, at the latest; at least one.
    pub fn seconds_left(&self, now: Timestamp) -> u64 {
        let left = self.held_until.duration_since(now);
        let whole = u64::try_from(left.as_secs()).unwrap_or_default();
        (whole + u64::from(left.subsec_nanos() > 0)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_exported_is_found_by_its_code() {
        for what in Exported::ALL {
            assert_eq!(what.code().parse(), Ok(what));
        }
        assert_eq!("everything".parse::<Exported>(), Err(Rule::NotAChoice));
    }

    #[test]
    fn whoever_waits_is_told_for_how_long_at_the_most() {
        let now = Timestamp::UNIX_EPOCH;
        let run = ExportRun::held(ExportRunId(Uuid::nil()), Exported::Person, now);
        assert_eq!(run.seconds_left(now), 120);
        assert_eq!(run.seconds_left(now + SignedDuration::from_millis(500)), 120);
        assert_eq!(run.seconds_left(now + HELD), 1, "others are let in by then");
        assert_eq!(ExportRun::by_job(JobId(Uuid::nil()), now).seconds_left(now), 600);
    }
}
