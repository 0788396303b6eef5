use std::collections::BTreeMap;

use jiff::Timestamp;
use qualify_domain::{
    id::JobId,
    job::{Job, JobFault, JobState, LeftOut},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far a job is.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStateCode {
    /// Nothing is done yet.
    Waiting,
    /// Some of it is done.
    Running,
    /// All of it is done.
    Done,
    /// It came to an end before.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl From<JobState> for JobStateCode {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Waiting => Self::Waiting,
            JobState::Running => Self::Running,
            JobState::Done => Self::Done,
            JobState::Failed => Self::Failed,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

/// Why a job came to an end before all was done.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobFaultCode {
    /// The key may not do that any more.
    Forbidden,
    /// What it was about is gone.
    Gone,
    /// What it was to do is not possible as it stands.
    Refused,
    /// It broke, again and again.
    Broken,
    /// Its file was removed, because somebody was erased: ask for it anew.
    Erased,
}

impl From<JobFault> for JobFaultCode {
    fn from(fault: JobFault) -> Self {
        match fault {
            JobFault::Forbidden => Self::Forbidden,
            JobFault::Gone => Self::Gone,
            JobFault::Refused => Self::Refused,
            JobFault::Broken => Self::Broken,
            JobFault::Erased => Self::Erased,
        }
    }
}

/// A lead that was left as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOutBody {
    /// The lead.
    lead: Uuid,
    /// Why, as the report counts it.
    #[schema(example = "skipped_same")]
    why: &'static str,
}

/// Long work that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    /// Its id.
    id: Uuid,
    /// What is done.
    #[schema(example = "import_leads")]
    kind: &'static str,
    /// How far it is.
    state: JobStateCode,
    /// How much is done.
    #[schema(minimum = 0)]
    done: u64,
    /// How much there is to do, if that is known.
    #[schema(minimum = 0)]
    total: Option<u64>,
    /// What came of it so far: how many of each outcome. What begins with `skipped_` says why something was left out.
    report: BTreeMap<String, u64>,
    /// The first 50 leads that were left out for each reason; the report counts all. Only where one job is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOutBody>,
    /// Why it failed.
    fault: Option<JobFaultCode>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    asked_at: Timestamp,
    /// When it ended, in whichever way.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl From<&Job> for JobBody {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id.0,
            kind: job.kind.code(),
            state: job.state.into(),
            done: job.done,
            total: job.total,
            report: job.report.iter().map(|(outcome, times)| (outcome.to_owned(), times)).collect(),
            left_out: Vec::new(),
            fault: job.fault.map(Into::into),
            asked_at: job.asked_at,
            ended_at: job.ended_at,
        }
    }
}

impl JobBody {
    /// With the leads that were left out.
    pub fn whole(job: &Job) -> Self {
        let left = |left: &LeftOut| LeftOutBody { lead: left.lead.0, why: left.why.code() };
        Self { left_out: job.left_out.iter().map(left).collect(), ..Self::from(job) }
    }
}

/// An export that has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportBegun {
    /// The job that writes the file.
    job: Uuid,
    /// Where the file is fetched once the job is done.
    #[schema(example = "/api/v1/jobs/01939c5e-0000-7000-8000-000000000001/file")]
    file: String,
}

impl From<JobId> for ExportBegun {
    fn from(job: JobId) -> Self {
        Self { job: job.0, file: format!("/api/v1/jobs/{job}/file") }
    }
}

/// The jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    /// The jobs, the newest first.
    items: Vec<JobBody>,
}

impl From<&[Job]> for JobList {
    fn from(jobs: &[Job]) -> Self {
        Self { items: jobs.iter().map(Into::into).collect() }
    }
}
