//! Jobs: long work that a member or a program asks for and may leave. It is done piece by piece, tells how far it is, and
//! can be stopped; a crash costs nothing but time.
//!
//! To add a kind: a variant of [`JobKind`] with all that must be known to do it, and its steps in
//! `app/usecases/src/jobs/pieces`.

mod change_leads;
mod erase_leads;
mod export_leads;
mod left_out;
mod report;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    change_leads::{Acted, ChangeLeads, LeadAct, MOST_NAMED, Skipped, Which},
    erase_leads::EraseLeads,
    export_leads::{ExportLeads, SheetForm},
    left_out::{LeftOut, MOST_LEFT_OUT},
    report::Report,
};
use crate::{
    access::{Permission, Who},
    activity::Author,
    id::{ApiKeyId, ImportId, JobId, SessionId, UserId},
    violation::Rule,
};

/// A job is forgotten this long after it ended.
pub const MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The file it makes is forgotten sooner, this long after it was asked for (RET-13).
pub const FILE_MEMORY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// So many jobs of one asker may be unfinished.
pub const MOST_UNFINISHED: u64 = 20;
/// Whoever asked is told of the end if it took longer: of a shorter one they have seen it.
const LEFT_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Who asked for a job, and with whose rights it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A member, in one of their sessions.
    Member(UserId, SessionId),
    /// A program, with an API key.
    Program(ApiKeyId),
}

impl Asker {
    /// Whoever acts, if they can ask for a job.
    pub const fn of(who: Who) -> Option<Self> {
        match who {
            Who::Member(user, session) => Some(Self::Member(user, session)),
            Who::ApiKey(key) => Some(Self::Program(key)),
            Who::Visitor(_) | Who::Asker | Who::Support(_) | Who::Product(_) => None,
        }
    }

    /// Who asked, as a timeline tells it.
    pub const fn author(self) -> Author {
        match self {
            Self::Member(user, _) => Author::Member(user),
            Self::Program(key) => Author::Program(key),
        }
    }

    /// The member, if it is one.
    pub const fn member(self) -> Option<UserId> {
        match self {
            Self::Member(user, _) => Some(user),
            Self::Program(_) => None,
        }
    }
}

/// What is to be done, with all that must be known to do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobKind {
    /// Write leads into a file, which waits to be fetched.
    ExportLeads(ExportLeads),
    /// Change many leads in the same way.
    ChangeLeads(ChangeLeads),
    /// Erase many leads, for good.
    EraseLeads(EraseLeads),
    /// Make leads of the rows of a file.
    ImportLeads {
        /// Which import.
        import: ImportId,
    },
    /// Undo what an import did.
    UndoImport {
        /// Which import.
        import: ImportId,
    },
}

impl JobKind {
    /// The stable name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ExportLeads(_) => "export_leads",
            Self::ChangeLeads(_) => "change_leads",
            Self::EraseLeads(_) => "erase_leads",
            Self::ImportLeads { .. } => "import_leads",
            Self::UndoImport { .. } => "undo_import",
        }
    }

    /// What whoever asks must be permitted, at the beginning and at each piece.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::ExportLeads(_) => Permission::ExportLeads,
            Self::ChangeLeads(change) => change.act.permission(),
            Self::EraseLeads(_) => Permission::EraseLead,
            Self::ImportLeads { .. } | Self::UndoImport { .. } => Permission::ImportLeads,
        }
    }

    /// What the file is called that it makes, and in which form that is, if it makes one.
    pub const fn file(&self) -> Option<(&'static str, SheetForm)> {
        match self {
            Self::ExportLeads(export) => Some(("leads", export.form)),
            Self::ChangeLeads(_) | Self::EraseLeads(_) | Self::ImportLeads { .. } | Self::UndoImport { .. } => None,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Rule;

            fn from_str(code: &str) -> Result<Self, Rule> {
                Self::ALL.iter().copied().find(|one| one.code() == code).ok_or(Rule::NotAChoice)
            }
        }
    )+};
}

codes! {
    /// How far a job is.
    JobState {
        /// Nothing is done yet.
        Waiting = "waiting",
        /// Some of it is done.
        Running = "running",
        /// All of it is done.
        Done = "done",
        /// It came to an end before.
        Failed = "failed",
        /// Whoever asked for it stopped it.
        Cancelled = "cancelled",
    }

    /// Why a job came to an end before all was done.
    JobFault {
        /// Whoever asked for it may not do that any more.
        Forbidden = "forbidden",
        /// What it was about is gone.
        Gone = "gone",
        /// What it was to do is not possible as it stands.
        Refused = "refused",
        /// It broke, again and again.
        Broken = "broken",
        /// Its file may have held somebody who was erased.
        Erased = "erased",
    }
}

/// Long work that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Who asked for it.
    pub asker: Asker,
    /// What is to be done.
    pub kind: JobKind,
    /// How far it is.
    pub state: JobState,
    /// Where the next piece begins, as its kind writes it; empty before the first.
    pub place: String,
    /// How much is done.
    pub done: u64,
    /// How much there is to do, where that is known.
    pub total: Option<u64>,
    /// What came of it so far.
    pub report: Report,
    /// The first leads that were left as they are, for each reason.
    pub left_out: Vec<LeftOut>,
    /// Why it failed.
    pub fault: Option<JobFault>,
    /// Whether its asker wants it stopped.
    pub is_called_off: bool,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When its first piece was done.
    pub began_at: Option<Timestamp>,
    /// When it ended, in whichever way.
    pub ended_at: Option<Timestamp>,
    /// Grows with each piece.
    pub version: i32,
}

impl Job {
    /// A job that was just asked for.
    pub fn ask(id: JobId, asker: Asker, kind: JobKind, now: Timestamp) -> Self {
        Self {
            id,
            asker,
            kind,
            state: JobState::Waiting,
            place: String::new(),
            done: 0,
            total: None,
            report: Report::default(),
            left_out: Vec::new(),
            fault: None,
            is_called_off: false,
            asked_at: now,
            began_at: None,
            ended_at: None,
            version: 1,
        }
    }

    /// A piece of it is done, after which the next begins at `place`.
    pub fn advance(&mut self, done: u64, place: impl Into<String>, now: Timestamp) {
        self.done += done;
        self.place = place.into();
        self.state = JobState::Running;
        self.began_at.get_or_insert(now);
    }

    /// All of it is done.
    pub fn finish(&mut self, now: Timestamp) {
        self.end(JobState::Done, now);
    }

    /// It cannot go on.
    pub fn fail(&mut self, fault: JobFault, now: Timestamp) {
        self.fault = Some(fault);
        self.end(JobState::Failed, now);
    }

    /// Its asker stopped it.
    pub fn cancel(&mut self, now: Timestamp) {
        self.end(JobState::Cancelled, now);
    }

    fn end(&mut self, state: JobState, now: Timestamp) {
        self.state = state;
        self.ended_at = Some(now);
    }

    /// Whether nothing more will be done.
    pub fn is_over(&self) -> bool {
        self.ended_at.is_some()
    }

    /// Whether it took so long that its asker may have left, and is to be told of the end.
    pub fn was_left(&self) -> bool {
        self.ended_at.is_some_and(|ended| ended.duration_since(self.asked_at) >= LEFT_AFTER)
    }

    /// Until when the file that it makes is kept: that counts from when it was asked for, so that each part goes at once.
    pub fn file_until(&self) -> Timestamp {
        self.asked_at + FILE_MEMORY
    }

    /// How many hundredths are done, where it is known how much there is.
    pub fn percent(&self) -> Option<u64> {
        match (self.state, self.total) {
            (JobState::Done, _) => Some(100),
            (_, Some(total)) if total > 0 => Some((self.done.min(total) * 100) / total),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{lead_column::LeadColumn, lead_filter::LeadFilter};

    fn job() -> Job {
        let kind = JobKind::ExportLeads(ExportLeads {
            filter: LeadFilter::default(),
            search: None,
            these: Vec::new(),
            zone: String::new(),
            form: SheetForm::Csv,
            columns: LeadColumn::ALL.to_vec(),
            header: vec!["E-mail".to_owned()],
        });
        let asker = Asker::Member(UserId(Uuid::nil()), SessionId(Uuid::nil()));
        Job::ask(JobId(Uuid::nil()), asker, kind, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_job_begins_with_its_first_piece_and_ends_once() {
        let later = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut job = job();
        assert!(!job.is_over() && job.percent().is_none());
        job.total = Some(30);
        job.advance(10, "a", later(1));
        job.advance(10, "b", later(2));
        assert_eq!((job.state, job.began_at, job.done), (JobState::Running, Some(later(1)), 20));
        assert_eq!((job.place.as_str(), job.percent()), ("b", Some(66)));
        job.finish(later(3));
        assert_eq!((job.state, job.percent(), job.was_left()), (JobState::Done, Some(100), false));
        job.ended_at = Some(later(5));
        assert!(job.was_left());
    }

    #[test]
    fn what_failed_says_why() {
        let mut job = job();
        job.fail(JobFault::Forbidden, Timestamp::UNIX_EPOCH);
        assert_eq!((job.state, job.fault), (JobState::Failed, Some(JobFault::Forbidden)));
        for state in JobState::ALL {
            assert_eq!(state.code().parse(), Ok(*state));
        }
        for fault in JobFault::ALL {
            assert_eq!(fault.code().parse(), Ok(*fault));
        }
    }

    #[test]
    fn leads_that_are_left_out_are_all_counted_and_the_first_named() {
        let (mut job, lead) = (job(), |n: usize| crate::id::LeadId(Uuid::from_u128(n as u128)));
        for n in 0..MOST_LEFT_OUT + 2 {
            job.leave_out(lead(n), Skipped::Same);
        }
        job.leave_out(lead(900), Skipped::Gone);
        assert_eq!((job.report.of("skipped_same"), job.report.of("skipped_gone")), (MOST_LEFT_OUT as u64 + 2, 1));
        assert_eq!(job.left_out.len(), MOST_LEFT_OUT + 1);
        assert_eq!(job.left_out.last(), Some(&LeftOut { lead: lead(900), why: Skipped::Gone }), "for each reason");
        for why in Skipped::ALL {
            assert_eq!(serde_json::to_value(why).unwrap(), why.code());
        }
    }

    #[test]
    fn a_kind_is_kept_with_its_name_and_comes_back() {
        let kind = job().kind;
        let kept = serde_json::to_value(&kind).unwrap();
        assert_eq!(kept["kind"], kind.code());
        assert_eq!(serde_json::from_value::<JobKind>(kept).unwrap(), kind);
    }
}
