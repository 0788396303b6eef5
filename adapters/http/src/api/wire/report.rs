//! Reports, in the words of the API.

use jiff::civil::Date;
use qualify_domain::report::{Compared, Grain, MemberWork, Point, Series, Span, Stay, Steps};
use qualify_usecases::{Findings, Report};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Days in a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpanBody {
    /// The first.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The last.
    #[schema(value_type = String, format = Date)]
    until: Date,
}

impl From<Span> for SpanBody {
    fn from(span: Span) -> Self {
        Self { from: span.first(), until: span.last() }
    }
}

/// Of when a report is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhenBody {
    /// The days of which it tells.
    period: SpanBody,
    /// The days with which they are compared; null if nothing is.
    compared_with: Option<SpanBody>,
    /// Where its days begin: a time zone of the IANA.
    #[schema(example = "Europe/Paris")]
    time_zone: String,
}

impl From<&Report> for WhenBody {
    fn from(report: &Report) -> Self {
        Self {
            period: report.span.into(),
            compared_with: report.against.map(Into::into),
            time_zone: report.zone.iana_name().unwrap_or("UTC").to_owned(),
        }
    }
}

/// The steps of a funnel: each holds the next.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct StepsBody {
    /// Submissions that are not in quarantine; a lead that came without a form counts as one.
    submissions: u64,
    /// The leads that were opened in the period.
    leads: u64,
    /// Those of them that were qualified, by now.
    qualified: u64,
    /// Those of them that were won, by now.
    won: u64,
    /// Which part of the leads was qualified; null without leads.
    #[schema(minimum = 0, maximum = 1)]
    qualified_share: Option<f64>,
    /// Which part of the leads was won; null without leads.
    #[schema(minimum = 0, maximum = 1)]
    won_share: Option<f64>,
}

impl From<Steps> for StepsBody {
    fn from(steps: Steps) -> Self {
        let Steps { submissions, leads, qualified, won } = steps;
        let (qualified_share, won_share) = (steps.qualified_share(), steps.won_share());
        Self { submissions, leads, qualified, won, qualified_share, won_share }
    }
}

/// What came from one source.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceRow {
    /// `campaign:` or `site:` and its name, `ad:google`, `ad:facebook`, `ad:microsoft`, `direct`, `api`, `import` or `member`.
    #[schema(example = "campaign:newsletter")]
    source: String,
    /// The steps.
    #[serde(flatten)]
    steps: StepsBody,
    /// The steps in the period that it is compared with; null if nothing is.
    before: Option<StepsBody>,
}

/// What came by one form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormRow {
    /// The form; null is what came without one.
    form: Option<Uuid>,
    /// What members call it.
    name: Option<String>,
    /// The steps.
    #[serde(flatten)]
    steps: StepsBody,
    /// The steps in the period that it is compared with; null if nothing is.
    before: Option<StepsBody>,
}

/// From what people sent to what was won.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelReport {
    /// Of when it is.
    #[serde(flatten)]
    when: WhenBody,
    /// All of it.
    total: StepsBody,
    /// All of it in the period that it is compared with; null if nothing is.
    total_before: Option<StepsBody>,
    /// By where people came from.
    by_source: Vec<SourceRow>,
    /// By what they filled.
    by_form: Vec<FormRow>,
}

impl FunnelReport {
    /// The body of a funnel.
    pub fn of(report: &Report, findings: &Findings) -> Option<Self> {
        let Findings::Funnel(found) = findings else { return None };
        let before = found.before.as_ref();
        let channels = Compared { now: found.now.channels.clone(), before: before.map(|other| other.channels.clone()) };
        let forms = Compared { now: found.now.forms.clone(), before: before.map(|other| other.forms.clone()) };
        let source = channels.lines().into_iter().map(|line| SourceRow {
            source: line.about.to_string(),
            steps: line.now.into(),
            before: line.before.map(Into::into),
        });
        let form = forms.lines().into_iter().map(|line| FormRow {
            form: line.about.map(|form| form.0),
            name: line.about.and_then(|form| report.names.form(form)).map(str::to_owned),
            steps: line.now.into(),
            before: line.before.map(Into::into),
        });
        Some(Self {
            when: report.into(),
            total: found.now.total.into(),
            total_before: before.map(|other| other.total.into()),
            by_source: source.collect(),
            by_form: form.collect(),
        })
    }
}

codes! {
    /// How far the points are apart.
    GrainCode of Grain {
        /// A day.
        Day,
        /// From a Monday to the next.
        Week,
        /// From the first of a month to the next.
        Month,
        /// From a New Year's Day to the next.
        Year,
    }
}

/// What happened from a day to the next point.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointBody {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// The leads that were opened.
    leads: u64,
    /// Those of them that were qualified, by now.
    qualified: u64,
    /// Those of them that were won, by now.
    won: u64,
}

impl From<&Point> for PointBody {
    fn from(point: &Point) -> Self {
        Self { from: point.first, leads: point.leads, qualified: point.qualified, won: point.won }
    }
}

/// Leads over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadsReport {
    /// Of when it is.
    #[serde(flatten)]
    when: WhenBody,
    /// How far the points are apart; the first and the last step may be shorter.
    grain: GrainCode,
    /// The points, also where nothing came.
    points: Vec<PointBody>,
    /// The points of the period that it is compared with; null if nothing is.
    points_before: Option<Vec<PointBody>>,
}

impl LeadsReport {
    /// The body of a series.
    pub fn of(report: &Report, findings: &Findings) -> Option<Self> {
        let Findings::Leads(found) = findings else { return None };
        let points = |series: &Series| series.points.iter().map(Into::into).collect();
        Some(Self {
            when: report.into(),
            grain: found.now.grain.into(),
            points: points(&found.now),
            points_before: found.before.as_ref().map(points),
        })
    }
}

/// How long leads stood in a stage that they left.
#[derive(Debug, Serialize, ToSchema)]
pub struct StayBody {
    /// How often one left it.
    times: u64,
    /// Half of them left no later, in seconds; to five minutes within a day, to an hour within sixty days.
    median_seconds: u64,
    /// Nine of ten left no later, in seconds.
    p90_seconds: u64,
}

impl From<Stay> for StayBody {
    fn from(stay: Stay) -> Self {
        Self { times: stay.times, median_seconds: stay.median, p90_seconds: stay.p90 }
    }
}

/// How long leads stood in one stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageRow {
    /// The stage.
    stage: Uuid,
    /// What it is called.
    name: Option<String>,
    /// How long.
    #[serde(flatten)]
    stay: StayBody,
    /// The same in the period that it is compared with; null if nothing is.
    before: Option<StayBody>,
}

/// How long leads stand in stages.
#[derive(Debug, Serialize, ToSchema)]
pub struct StagesReport {
    /// Of when it is.
    #[serde(flatten)]
    when: WhenBody,
    /// The stages that leads left.
    items: Vec<StageRow>,
}

impl StagesReport {
    /// The body of stays.
    pub fn of(report: &Report, findings: &Findings) -> Option<Self> {
        let Findings::Stages(found) = findings else { return None };
        let row = found.lines().into_iter().map(|line| StageRow {
            stage: line.about.0,
            name: report.names.pipelines.stage(line.about).map(|stage| stage.name.to_string()),
            stay: line.now.into(),
            before: line.before.map(Into::into),
        });
        Some(Self { when: report.into(), items: row.collect() })
    }
}

/// How many leads were given up for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonRow {
    /// The reason.
    reason: Uuid,
    /// What members call it.
    name: Option<String>,
    /// How many.
    leads: u64,
    /// How many in the period that it is compared with; null if nothing is.
    before: Option<u64>,
}

/// Why leads are given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonsReport {
    /// Of when it is.
    #[serde(flatten)]
    when: WhenBody,
    /// The reasons, the most frequent first.
    items: Vec<ReasonRow>,
}

impl ReasonsReport {
    /// The body of reasons.
    pub fn of(report: &Report, findings: &Findings) -> Option<Self> {
        let Findings::Reasons(found) = findings else { return None };
        let row = found.lines().into_iter().map(|line| ReasonRow {
            reason: line.about.0,
            name: report.names.reason(line.about).map(str::to_owned),
            leads: line.now,
            before: line.before,
        });
        Some(Self { when: report.into(), items: row.collect() })
    }
}

/// What somebody works on and did.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkBody {
    /// The leads of the period that are theirs now.
    leads: u64,
    /// Those of them that were qualified, by now.
    qualified: u64,
    /// Those of them that were won, by now.
    won: u64,
    /// The calls, e-mails and meetings that they told of in the period.
    conversations: u64,
    /// The notes that they wrote in the period.
    notes: u64,
    /// How often they moved a lead in the period.
    moves: u64,
    /// The tasks that they did in the period.
    tasks: u64,
}

impl From<MemberWork> for WorkBody {
    fn from(work: MemberWork) -> Self {
        let MemberWork { leads, qualified, won, conversations, notes, moves, tasks } = work;
        Self { leads, qualified, won, conversations, notes, moves, tasks }
    }
}

/// What one member works on and did.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberRow {
    /// The member; null is the queue, which nobody owns.
    member: Option<Uuid>,
    /// Their name; null if they are no member any more.
    name: Option<String>,
    /// What it is.
    #[serde(flatten)]
    work: WorkBody,
    /// The same in the period that it is compared with; null if nothing is.
    before: Option<WorkBody>,
}

/// What members work on.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembersReport {
    /// Of when it is.
    #[serde(flatten)]
    when: WhenBody,
    /// The members of whom there is something.
    items: Vec<MemberRow>,
}

impl MembersReport {
    /// The body of members' work.
    pub fn of(report: &Report, findings: &Findings) -> Option<Self> {
        let Findings::Members(found) = findings else { return None };
        let row = found.lines().into_iter().map(|line| MemberRow {
            member: line.about.map(|user| user.0),
            name: line.about.and_then(|user| report.names.member(user)),
            work: line.now.into(),
            before: line.before.map(Into::into),
        });
        Some(Self { when: report.into(), items: row.collect() })
    }
}
